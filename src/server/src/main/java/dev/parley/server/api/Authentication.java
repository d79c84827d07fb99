package dev.parley.server.api;

import dev.parley.protocol.ErrorCode;
import dev.parley.server.handshake.Credentials;
import dev.parley.server.handshake.Problem;
import jakarta.annotation.Priority;
import jakarta.annotation.security.PermitAll;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
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
 * Asks every caller of {@code /api} for a token, but where the resource is open to all: a resource that forgets to say
 * something is closed. It gets the identity by {@link SignedIn#identity}.
 */
@Provider
@Priority(Priorities.AUTHENTICATION)
@ApplicationScoped
public class Authentication implements ContainerRequestFilter {
    private static final Problem NOBODY =
            Credentials.unauthorized(ErrorCode.LOGIN_REQUIRED, "Send your token: Authorization: Bearer TOKEN.");

    @Inject
    private Credentials credentials;

    @Context
    private ResourceInfo resource;

    @Override
    public void filter(ContainerRequestContext request) {
        if (resource.getResourceMethod().isAnnotationPresent(PermitAll.class)) {
            return;
        }
        Credentials.Verdict verdict = credentials.ofToken(
                Optional.ofNullable(request.getHeaders().get(HttpHeaders.AUTHORIZATION))
                        .orElse(List.of()),
                Optional.ofNullable(request.getUriInfo().getRequestUri().getRawQuery())
                        .orElse(""));
        if (verdict instanceof Credentials.Verdict.Known known) {
            request.setSecurityContext(
                    new SignedIn(known.identity(), request.getSecurityContext().isSecure()));
        } else {
            request.abortWith(ProblemResponse.of(
                    verdict instanceof Credentials.Verdict.Refused refused ? refused.problem() : NOBODY));
        }
    }
}
