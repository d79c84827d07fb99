package dev.parley.server.api;

import dev.parley.protocol.InvalidMessage;
import dev.parley.server.http.Problem;
import dev.parley.server.log.LogThrottle;
import dev.parley.server.store.model.StageFailure;
import dev.parley.server.store.model.StoreUnavailable;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;
import java.util.concurrent.RejectedExecutionException;

/**
 * Maps every exception under {@code /api}, from Parley or from the server, to a problem that shows no internals.
 *
 * <p>The functions need no instance: GlassFish can make none while it undeploys the application, when the requests that
 * wait are answered.
 */
@Provider
@ApplicationScoped
public class ProblemMapper implements ExceptionMapper<Throwable> {
    private static final LogThrottle LOG =
            new LogThrottle(System.getLogger(ProblemMapper.class.getName()), System::nanoTime);

    @Override
    public Response toResponse(Throwable failure) {
        return response(failure);
    }

    static Response response(Throwable failure) {
        Throwable thrown = StageFailure.cause(failure);
        if (thrown instanceof WebApplicationException answered) {
            return problem(answered.getResponse());
        }
        return ProblemResponse.of(problem(thrown));
    }

    /** The problem of an exception from Parley. */
    public static Problem problem(Throwable thrown) {
        if (thrown instanceof Problem.Refused refused) {
            return refused.problem();
        }
        if (StoreUnavailable.isReasonOf(thrown) || thrown instanceof RejectedExecutionException) {
            return AsyncResponses.storeUnavailable();
        }
        if (thrown instanceof InvalidMessage invalid) {
            return Problem.of(400, invalid.code().wireName(), invalid.getMessage());
        }
        LOG.error("A bug in the HTTP API; the request was answered 500.", thrown);
        return Problem.ofStatus(500);
    }

    /** Replaces the server's own error response: keeps its status and {@code Allow}, drops its text. */
    private static Response problem(Response answered) {
        boolean isError = answered.getStatus() >= 400;
        if (!isError || MediaType.valueOf(Problem.MEDIA_TYPE).equals(answered.getMediaType())) {
            return answered;
        }
        Problem problem = Problem.ofStatus(answered.getStatus());
        String allow = answered.getHeaderString(HttpHeaders.ALLOW);
        return ProblemResponse.of(allow == null ? problem : problem.with(HttpHeaders.ALLOW, allow));
    }
}
