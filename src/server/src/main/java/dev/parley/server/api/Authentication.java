package dev.parley.server.api;

import dev.parley.protocol.ErrorCode;
import dev.parley.server.auth.Credentials;
import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.RateLimiter;
import dev.parley.server.http.ClientAddressReader;
import dev.parley.server.http.Problem;
import dev.parley.server.http.TrustedProxies;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.ext.Provider;
import java.util.List;
import java.util.Optional;

/**
 * Requires a token from every caller of {@code /api}, and the role that {@link RequiresRole} names. Only methods with
 * {@link Open} are open, so a method without an annotation needs a token. Resources get the identity through
 * {@link AsyncResponses}.
 */
@Provider
@Priority(Priorities.AUTHENTICATION)
@ApplicationScoped
public class Authentication implements ContainerRequestFilter {
    private static final Problem NOBODY =
            Credentials.unauthorized(ErrorCode.LOGIN_REQUIRED, "Send your token: Authorization: Bearer TOKEN.");

    @Inject
    private Credentials credentials;

    @Inject
    private TrustedProxies proxies;

    @Inject
    private RateLimiter rateLimiter;

    @Context
    private ResourceInfo resource;

    @Context
    private HttpServletRequest http;

    @Override
    public void filter(ContainerRequestContext request) {
        if (resource.getResourceMethod().isAnnotationPresent(Open.class)) {
            return;
        }
        Credentials.Verdict verdict = credentials.ofToken(
                ClientAddressReader.read(http, proxies).address(),
                Optional.ofNullable(request.getHeaders().get(HttpHeaders.AUTHORIZATION))
                        .orElse(List.of()),
                Optional.ofNullable(request.getUriInfo().getRequestUri().getRawQuery())
                        .orElse(""));
        if (verdict instanceof Credentials.Verdict.Known known) {
            request.setSecurityContext(new TokenSecurityContext(
                    known.identity(), request.getSecurityContext().isSecure()));
            refusal(known.identity()).map(ProblemResponse::of).ifPresent(request::abortWith);
        } else {
            request.abortWith(ProblemResponse.of(
                    verdict instanceof Credentials.Verdict.Refused refused ? refused.problem() : NOBODY));
        }
    }

    private Optional<Problem> refusal(Identity who) {
        return RequestRate.refusal(rateLimiter.takeRequest(who)).or(() -> missingRole(who));
    }

    private Optional<Problem> missingRole(Identity who) {
        return Optional.ofNullable(resource.getResourceMethod().getAnnotation(RequiresRole.class))
                .or(() -> Optional.ofNullable(resource.getResourceClass().getAnnotation(RequiresRole.class)))
                .map(RequiresRole::value)
                .filter(role -> !who.has(role))
                .map(role -> Problem.of(
                        403, ErrorCode.FORBIDDEN.wireName(), "This needs the role '" + role + "' in your token."));
    }
}
