package dev.parley.server.api;

import dev.parley.protocol.ErrorCode;
import dev.parley.server.http.Problem;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.ext.Provider;

/**
 * Refuses paths with matrix parameters. JAX-RS cuts them off: {@code users/ana;b/revocation} would revoke {@code ana}.
 */
@Provider
@ApplicationScoped
public class MatrixParameterFilter implements ContainerRequestFilter {
    @Override
    public void filter(ContainerRequestContext request) {
        if (request.getUriInfo().getRequestUri().getRawPath().contains(";")) {
            request.abortWith(ProblemResponse.of(Problem.of(
                    400,
                    ErrorCode.BAD_MESSAGE.wireName(),
                    "The path holds a ';', and no address here takes parameters in its path; in a name, write %3B.")));
        }
    }
}
