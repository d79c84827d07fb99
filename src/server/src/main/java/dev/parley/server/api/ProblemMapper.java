package dev.parley.server.api;

import dev.parley.protocol.InvalidMessage;
import dev.parley.server.handshake.Problem;
import dev.parley.server.store.StoreRefused;
import dev.parley.server.store.StoreUnavailable;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** Whatever is thrown under {@code /api}, by us or by the server, is answered as a problem that tells nothing of the inside. */
@Provider
@ApplicationScoped
public class ProblemMapper implements ExceptionMapper<Throwable> {
    private static final Logger LOG = System.getLogger(ProblemMapper.class.getName());

    @Override
    public Response toResponse(Throwable thrown) {
        if (thrown instanceof WebApplicationException answered) {
            return problem(answered.getResponse());
        }
        if (thrown instanceof StoreUnavailable && !(thrown instanceof StoreRefused)) {
            return ProblemResponse.of(StoreAnswer.away());
        }
        if (thrown instanceof InvalidMessage invalid) {
            return ProblemResponse.of(Problem.of(400, invalid.code().wireName(), invalid.getMessage()));
        }
        LOG.log(Level.ERROR, "A bug in the HTTP API; the request was answered 500.", thrown);
        return ProblemResponse.of(Problem.ofStatus(500));
    }

    /** The server's own answers have a status, perhaps {@code Allow}, and words that are not ours. */
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
