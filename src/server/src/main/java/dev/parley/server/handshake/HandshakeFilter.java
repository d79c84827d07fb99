package dev.parley.server.handshake;

import dev.parley.server.config.Settings;
import dev.parley.server.container.DeferredReading;
import dev.parley.server.container.GrizzlyConnection;
import dev.parley.server.container.UndertowConnection;
import dev.parley.server.http.ClientAddress;
import dev.parley.server.http.ClientAddressReader;
import dev.parley.server.http.ProblemWriter;
import dev.parley.server.http.RequestPath;
import dev.parley.server.http.TrustedProxies;
import dev.parley.server.session.EndpointType;
import dev.parley.server.session.HandshakePrincipal;
import dev.parley.server.session.HandshakeResult;
import jakarta.inject.Inject;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpUpgradeHandler;
import java.io.IOException;
import java.security.Principal;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The first check of every upgrade, and the only one that can answer with a status and a body. Mapped to all paths,
 * because {@code /chat;x=1} and {@code /%63hat} reach the endpoint too, but do not match a narrower pattern on every
 * server.
 */
public class HandshakeFilter implements Filter {
    @Inject
    private Handshake handshake;

    @Inject
    private TrustedProxies proxies;

    @Inject
    private Settings settings;

    /** For the container, which injects the fields. */
    public HandshakeFilter() {}

    HandshakeFilter(Handshake handshake, TrustedProxies proxies, Settings settings) {
        this.handshake = handshake;
        this.proxies = proxies;
        this.settings = settings;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest http = (HttpServletRequest) request;
        if (!isHandshake(http)) {
            chain.doFilter(request, response);
            return;
        }
        Handshake.Verdict verdict = handshake.decide(read(http));
        if (verdict instanceof Handshake.Verdict.Refused refused) {
            ProblemWriter.write(refused.problem(), (HttpServletResponse) response);
            return;
        }
        HandshakeResult upgraded = upgraded(verdict);
        chain.doFilter(
                settings.endpointRoot() && RequestPath.isRoot(http)
                        ? new RootHandshakeWrapper(http, upgraded.atRoot())
                        : new HandshakeRequestWrapper(http, upgraded),
                response);
    }

    private static HandshakeResult upgraded(Handshake.Verdict verdict) {
        return verdict instanceof Handshake.Verdict.Explained explained
                ? explained.handshake()
                : ((Handshake.Verdict.Admitted) verdict).handshake();
    }

    /**
     * Whether any container might treat the request as a handshake. Java's own HTTP client asks for an upgrade to
     * {@code h2c}, which is none.
     */
    private static boolean isHandshake(HttpServletRequest http) {
        return Collections.list(http.getHeaders("Upgrade")).stream()
                        .anyMatch(protocol -> protocol.toLowerCase(Locale.ROOT).contains("websocket"))
                || http.getHeader("Sec-WebSocket-Key") != null
                || Arrays.stream(EndpointType.values())
                        // Without an upgrade, the root is the page.
                        .filter(endpoint -> endpoint != EndpointType.ROOT)
                        .anyMatch(endpoint -> endpoint.path().equals(RequestPath.of(http)));
    }

    private HandshakeRequest read(HttpServletRequest http) {
        Map<String, List<String>> headers = Collections.list(http.getHeaderNames()).stream()
                .collect(Collectors.toMap(
                        name -> name.toLowerCase(Locale.ROOT),
                        name -> Collections.list(http.getHeaders(name)),
                        (first, again) -> first));
        ClientAddress client = ClientAddressReader.read(http, proxies);
        return new HandshakeRequest(
                http.getMethod(),
                http.getProtocol(),
                client.origin(),
                http.getRequestURI(),
                Optional.ofNullable(http.getQueryString()).orElse(""),
                headers,
                client.address());
    }

    /** Hands over the result of the handshake, makes no HTTP session, and lets no peer stop a thread. */
    private static class HandshakeRequestWrapper extends HttpServletRequestWrapper {
        private final HttpServletRequest request;
        private final HandshakePrincipal principal;

        HandshakeRequestWrapper(HttpServletRequest request, HandshakeResult handshake) {
            super(request);
            this.request = request;
            this.principal = new HandshakePrincipal(
                    handshake, GrizzlyConnection.of(request).or(() -> UndertowConnection.of(request)));
        }

        @Override
        public Principal getUserPrincipal() {
            return principal;
        }

        /** Null where there is none. Open Liberty would make one at each handshake, and send its cookie. */
        @Override
        public HttpSession getSession() {
            return super.getSession(false);
        }

        @Override
        public HttpSession getSession(boolean create) {
            return super.getSession(false);
        }

        @Override
        public <T extends HttpUpgradeHandler> T upgrade(Class<T> handler) throws IOException, ServletException {
            return DeferredReading.isNeeded(handler)
                    ? DeferredReading.upgrade(request, handler)
                    : super.upgrade(handler);
        }
    }

    /**
     * A handshake for the context root, with the path of the endpoint that takes it. Containers match the path of the
     * request that the last filter passes on. An endpoint at the root itself would not do: WildFly takes the path of
     * the welcome file for it.
     */
    private static final class RootHandshakeWrapper extends HandshakeRequestWrapper {
        private static final String ENDPOINT = EndpointType.CHAT.path();

        /** Requests of GlassFish's and Payara's servlet container. */
        private static final String CATALINA = "org.apache.catalina.connector.";

        private final boolean isHidden;

        RootHandshakeWrapper(HttpServletRequest request, HandshakeResult handshake) {
            super(request, handshake);
            this.isHidden = request.getClass().getName().startsWith(CATALINA);
        }

        @Override
        public String getServletPath() {
            return ENDPOINT;
        }

        @Override
        public String getPathInfo() {
            return null;
        }

        @Override
        public String getRequestURI() {
            return getContextPath() + ENDPOINT;
        }

        /**
         * GlassFish takes the path from the innermost request, which it looks for by this method, and from the
         * outermost one if there is no way to its own (seen in 7.0.21). The methods of the superclass do not use this
         * one.
         */
        @Override
        public ServletRequest getRequest() {
            return isHidden ? null : super.getRequest();
        }
    }
}
