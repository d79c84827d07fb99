package dev.parley.server.api;

import dev.parley.protocol.ErrorCode;
import dev.parley.server.handshake.Problem;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.ext.Provider;
import jakarta.ws.rs.ext.ReaderInterceptor;
import jakarta.ws.rs.ext.ReaderInterceptorContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;

/** Holds bodies to a length, whether it was announced or not, and calls what cannot be parsed by its name. */
@Provider
@ApplicationScoped
public class RequestBody implements ContainerRequestFilter, ReaderInterceptor {
    static final int LENGTH_MAX = 16 * 1024;

    @Override
    public void filter(ContainerRequestContext request) {
        if (request.getLength() > LENGTH_MAX) {
            request.abortWith(ProblemResponse.of(tooLong()));
        }
    }

    @Override
    public Object aroundReadFrom(ReaderInterceptorContext context) throws IOException {
        byte[] body = context.getInputStream().readNBytes(LENGTH_MAX + 1);
        if (body.length > LENGTH_MAX) {
            throw new WebApplicationException(ProblemResponse.of(tooLong()));
        }
        if (body.length == 0) {
            throw badJson(new IOException("The body is empty."));
        }
        context.setInputStream(new ByteArrayInputStream(body));
        try {
            return context.proceed();
        } catch (BadRequestException e) {
            // RESTEasy's word for the same, without a code.
            throw badJson(e);
        } catch (WebApplicationException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // Each server's parser has words of its own, for depth and for numbers too; with the body in memory there
            // is no
            // other reason for any of them.
            throw badJson(e);
        }
    }

    private static WebApplicationException badJson(Exception cause) {
        return new WebApplicationException(
                cause,
                ProblemResponse.of(Problem.of(
                        400, ErrorCode.BAD_JSON.wireName(), "The body is not the JSON that this address takes.")));
    }

    private static Problem tooLong() {
        return Problem.of(
                413,
                ErrorCode.TOO_LONG.wireName(),
                "The body is longer than " + LENGTH_MAX + " bytes; send less at a time.");
    }
}
