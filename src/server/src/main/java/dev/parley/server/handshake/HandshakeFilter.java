package dev.parley.server.handshake;

import dev.parley.server.http.ClientAddress;
import dev.parley.server.http.ClientAddressReader;
import dev.parley.server.http.DeferredReading;
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

    /** For the container, which injects the fields. */
    public HandshakeFilter() {}

    HandshakeFilter(Handshake handshake, TrustedProxies proxies) {
        this.handshake = handshake;
        this.proxies = proxies;
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
        } else {
            chain.doFilter(
                    new HandshakeRequestWrapper(http, ((Handshake.Verdict.Admitted) verdict).handshake()), response);
        }
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
    private static final class HandshakeRequestWrapper extends HttpServletRequestWrapper {
        private final HandshakePrincipal principal;

        HandshakeRequestWrapper(HttpServletRequest request, HandshakeResult handshake) {
            super(request);
            this.principal = new HandshakePrincipal(handshake);
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
                    ? DeferredReading.upgrade((HttpServletRequest) getRequest(), handler)
                    : super.upgrade(handler);
        }
    }
}
