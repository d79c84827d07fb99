package dev.parley.server.api;

import dev.parley.server.http.Problem;
import jakarta.ws.rs.core.Response;

/** Converts a {@link Problem} to a JAX-RS response. */
public final class ProblemResponse {
    private ProblemResponse() {}

    public static Response of(Problem problem) {
        Response.ResponseBuilder response = Response.status(problem.status())
                .type(Problem.MEDIA_TYPE)
                .header("Cache-Control", "no-store")
                .entity(problem.json());
        problem.headers().forEach(response::header);
        return response.build();
    }
}
