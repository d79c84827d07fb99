package dev.parley.server.api;

import dev.parley.server.http.Problem;
import jakarta.ws.rs.core.Response;

/** A {@link Problem} as JAX-RS answers it. */
final class ProblemResponse {
    private ProblemResponse() {}

    static Response of(Problem problem) {
        Response.ResponseBuilder response = Response.status(problem.status())
                .type(Problem.MEDIA_TYPE)
                .header("Cache-Control", "no-store")
                .entity(problem.json());
        problem.headers().forEach(response::header);
        return response.build();
    }
}
