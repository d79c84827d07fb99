package dev.parley.server.api;

import dev.parley.server.auth.AllowedOrigins;
import dev.parley.server.http.ClientAddressReader;
import dev.parley.server.http.TrustedProxies;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.Provider;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Allows {@code /api} to the same origins that may open a WebSocket. Pages of an allowed origin get the headers that
 * let them read the responses (Fetch Standard, section 3.2); pages of other origins get 403.
 */
@Provider
@PreMatching
@ApplicationScoped
public class CrossOrigin implements ContainerRequestFilter, ContainerResponseFilter {
    private static final String ALLOWED = "dev.parley.origin";
    private static final String METHOD_ASKED_FOR = "Access-Control-Request-Method";

    /** Methods for which browsers send no Origin to the page's own host, so its absence means nothing. */
    private static final Set<String> READING = Set.of(HttpMethod.GET, HttpMethod.HEAD);

    @Inject
    private AllowedOrigins origins;

    @Inject
    private TrustedProxies proxies;

    @Context
    private HttpServletRequest http;

    @Override
    public void filter(ContainerRequestContext request) {
        List<String> named = headers(request, "Origin");
        if (named.isEmpty() && READING.contains(request.getMethod())) {
            return;
        }
        if (!origins.isAllowed(named, ClientAddressReader.read(http, proxies).origin())) {
            request.abortWith(ProblemResponse.of(AllowedOrigins.problem()));
            return;
        }
        named.forEach(origin -> request.setProperty(ALLOWED, origin));
        if (request.getMethod().equals(HttpMethod.OPTIONS)
                && !headers(request, METHOD_ASKED_FOR).isEmpty()) {
            request.abortWith(Response.noContent()
                    .header("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE")
                    .header("Access-Control-Allow-Headers", "Authorization, Content-Type, Last-Event-ID")
                    .header("Access-Control-Max-Age", "600")
                    .build());
        }
    }

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        response.getHeaders().add("Vary", "Origin");
        Optional.ofNullable(request.getProperty(ALLOWED))
                .ifPresent(origin -> headers((String) origin).forEach(response.getHeaders()::putSingle));
        // The response depends on the caller.
        response.getHeaders().computeIfAbsent("Cache-Control", absent -> List.of("no-store"));
    }

    /** The headers that let pages of an allowed origin read a response. */
    public static Map<String, String> headers(String origin) {
        return Map.of(
                "Access-Control-Allow-Origin",
                origin,
                "Access-Control-Expose-Headers",
                "Allow, Retry-After, WWW-Authenticate");
    }

    private static List<String> headers(ContainerRequestContext request, String name) {
        return Optional.ofNullable(request.getHeaders().get(name)).orElse(List.of());
    }
}
