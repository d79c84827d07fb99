package dev.parley.server.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.auth.AllowedOrigins;
import dev.parley.server.auth.Credentials;
import dev.parley.server.auth.FailedAttempts;
import dev.parley.server.auth.OwnTicketUses;
import dev.parley.server.auth.TicketKey;
import dev.parley.server.auth.TicketKeys;
import dev.parley.server.auth.Tickets;
import dev.parley.server.auth.TokenVerdict;
import dev.parley.server.config.SettingSource;
import dev.parley.server.config.Settings;
import dev.parley.server.http.TrustedProxies;
import dev.parley.server.session.HandshakePrincipal;
import dev.parley.server.session.ManualClock;
import dev.parley.server.session.Sessions;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HandshakeFilterTest {
    private static final Map<String, String> PLAIN = Map.of("Host", "localhost:8080");

    private final ManualClock clock = new ManualClock();
    private final Handshake handshake = new Handshake(
            new AllowedOrigins(List.of("self"), false),
            new Credentials(
                    token -> new TokenVerdict.Unknown("There are no keys."),
                    new Tickets(new TicketKeys(TicketKey.random()), new OwnTicketUses(clock), () -> "ticket", clock),
                    verdict -> verdict,
                    new FailedAttempts(clock)),
            new Handshake.Rules(false, true),
            new Sessions(new Sessions.Caps(3, 0, 2)),
            () -> false,
            new Admission(0, clock, new Random(1)));
    private HandshakeFilter filter = filter(Map.of());

    private Optional<HttpSession> session = Optional.empty();
    private int status;

    private HandshakeFilter filter(Map<String, String> properties) {
        return new HandshakeFilter(
                handshake,
                new TrustedProxies(List.of()),
                Settings.read(new SettingSource(properties, Map.of(), Map.of())));
    }

    private static Map<String, String> upgrade() {
        Map<String, String> headers = new HashMap<>(PLAIN);
        headers.put("Upgrade", "websocket");
        headers.put("Connection", "Upgrade");
        headers.put("Sec-WebSocket-Version", "13");
        headers.put("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        return headers;
    }

    /** The request that the filter passes on; empty if it answers itself. */
    private Optional<HttpServletRequest> passedOn(HttpServletRequest request) throws IOException, ServletException {
        AtomicReference<HttpServletRequest> passed = new AtomicReference<>();
        filter.doFilter(request, response(), (onwards, to) -> passed.set((HttpServletRequest) onwards));
        return Optional.ofNullable(passed.get());
    }

    private HttpServletRequest request(String servletPath, String pathInfo, Map<String, String> headers) {
        return request(
                "/context" + servletPath + Optional.ofNullable(pathInfo).orElse(""), servletPath, pathInfo, headers);
    }

    private HttpServletRequest request(String uri, String servletPath, String pathInfo, Map<String, String> headers) {
        return proxy(HttpServletRequest.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "getMethod" -> "GET";
            case "getProtocol" -> "HTTP/1.1";
            case "getScheme" -> "http";
            case "getServerName" -> "localhost";
            case "getRemoteAddr" -> "192.0.2.1";
            case "getServletPath" -> servletPath;
            case "getPathInfo" -> pathInfo;
            case "getContextPath" -> "/context";
            case "getRequestURI" -> uri;
            case "getQueryString", "getUserPrincipal" -> null;
            case "getHeader" -> headers.get(arguments[0]);
            case "getHeaderNames" -> Collections.enumeration(headers.keySet());
            case "getHeaders" ->
                Collections.enumeration(
                        Optional.ofNullable(headers.get(arguments[0])).stream().toList());
            case "getSession" -> {
                assertThat(arguments).as("a session would be made").containsExactly(false);
                yield session.orElse(null);
            }
            default -> throw new UnsupportedOperationException(method.toString());
        });
    }

    private HttpServletResponse response() {
        return proxy(HttpServletResponse.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "setStatus" -> {
                status = (int) arguments[0];
                yield null;
            }
            case "getWriter" -> new PrintWriter(new StringWriter());
            case "setContentType", "setCharacterEncoding", "setHeader" -> null;
            default -> throw new UnsupportedOperationException(method.toString());
        });
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(
                Proxy.newProxyInstance(HandshakeFilterTest.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    @Test
    void otherRequestsArePassedOnUnchanged() throws Exception {
        HttpServletRequest request = request("/index.html", null, PLAIN);

        assertThat(passedOn(request)).containsSame(request);
    }

    @ParameterizedTest
    @CsvSource({"/chat,", "'', /chat", "/monitor,", "'', /monitor", "/text,", "'', /text"})
    void endpointsNeedAnUpgradeHoweverTheServerDividesThePath(String servletPath, String pathInfo) throws Exception {
        assertThat(passedOn(request(servletPath, pathInfo, PLAIN))).isEmpty();
        assertThat(status).isEqualTo(426);
    }

    @Test
    void admittedHandshakeCarriesItsResult() throws Exception {
        HttpServletRequest passed = passedOn(request("", "/chat", upgrade())).orElseThrow();

        assertThat(passed.getUserPrincipal()).isInstanceOf(HandshakePrincipal.class);
    }

    /** WildFly, GlassFish and Payara have the path of the welcome file; Open Liberty has the slash in the path info. */
    @ParameterizedTest
    @CsvSource({
        "/context, /index.html,",
        "/context/, /index.html,",
        "/context, '',",
        "/context/, '', /",
        "/context/, /index.html, ''"
    })
    void handshakeForTheRootGetsThePathOfAnEndpoint(String uri, String servletPath, String pathInfo) throws Exception {
        HttpServletRequest passed =
                passedOn(request(uri, servletPath, pathInfo, upgrade())).orElseThrow();

        assertThat(passed.getServletPath()).isEqualTo("/chat");
        assertThat(passed.getPathInfo()).isNull();
        assertThat(passed.getRequestURI()).isEqualTo("/context/chat");
        assertThat(((HandshakePrincipal) passed.getUserPrincipal()).handshake().isAtRoot())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({"/context/index.html, /index.html", "/context//, /index.html", "/context/;x=1, /index.html"})
    void otherAddressesOfTheWelcomeFileAreNotTheRoot(String uri, String servletPath) throws Exception {
        HttpServletRequest passed =
                passedOn(request(uri, servletPath, null, upgrade())).orElseThrow();

        assertThat(passed.getServletPath()).isEqualTo(servletPath);
        assertThat(passed.getRequestURI()).isEqualTo(uri);
        assertThat(((HandshakePrincipal) passed.getUserPrincipal()).handshake().isAtRoot())
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({"/context, /index.html,", "/context/, /index.html,", "/context/, '', /"})
    void rootWithoutAnUpgradeIsThePage(String uri, String servletPath, String pathInfo) throws Exception {
        HttpServletRequest request = request(uri, servletPath, pathInfo, PLAIN);

        assertThat(passedOn(request)).containsSame(request);
    }

    @Test
    void rootIsNoEndpointWhereTheSettingSaysSo() throws Exception {
        filter = filter(Map.of("parley.endpoint.root", "false"));
        HttpServletRequest passed =
                passedOn(request("/context/", "/index.html", null, upgrade())).orElseThrow();

        assertThat(passed.getServletPath()).isEqualTo("/index.html");
        assertThat(passed.getRequestURI()).isEqualTo("/context/");
    }

    @Test
    void explainedRefusalIsPassedOnWithItsReason() throws Exception {
        Map<String, String> headers = upgrade();
        headers.put("Origin", "http://localhost:8080");
        headers.put("Sec-WebSocket-Protocol", "parley.v1, bearer.any");

        HttpServletRequest passed = passedOn(request("/chat", null, headers)).orElseThrow();

        HandshakePrincipal principal = (HandshakePrincipal) passed.getUserPrincipal();
        assertThat(principal.getName()).isEqualTo("anonymous");
        assertThat(principal.handshake().refusal().orElseThrow().error().message())
                .isEqualTo("There are no keys.");
    }

    @Test
    void handshakeMakesNoHttpSession() throws Exception {
        HttpServletRequest passed = passedOn(request("/chat", null, upgrade())).orElseThrow();

        assertThat(passed.getSession()).isNull();
        assertThat(passed.getSession(true)).isNull();
        assertThat(passed.getSession(false)).isNull();

        HttpSession existing = proxy(HttpSession.class, (proxy, method, arguments) -> {
            throw new UnsupportedOperationException(method.toString());
        });
        session = Optional.of(existing);
        assertThat(passed.getSession() == existing && passed.getSession(true) == existing)
                .isTrue();
    }
}
