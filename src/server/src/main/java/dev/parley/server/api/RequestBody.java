package dev.parley.server.api;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.InvalidMessage;
import dev.parley.protocol.StrictJson;
import dev.parley.server.http.Problem;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.json.JsonObject;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.ext.Provider;
import jakarta.ws.rs.ext.ReaderInterceptor;
import jakarta.ws.rs.ext.ReaderInterceptorContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;

/**
 * Limits the length of bodies, whether it was announced or not, and requires one JSON object in UTF-8. A resource that
 * takes a {@link JsonObject} gets the one that was checked, so that its body is parsed once.
 */
@Provider
@ApplicationScoped
public class RequestBody implements ContainerRequestFilter, ReaderInterceptor {
    static final int LENGTH_MAX = 16 * 1024;

    /** With {@link LongBody}: the default length of a frame. */
    static final int LONG_MAX = 64 * 1024;

    private static final String WRONG_SHAPE = "The body is not the JSON that this address takes.";

    private static final Problem NOT_UTF8 = Problem.of(
            415, ErrorCode.BAD_MESSAGE.wireName(), "JSON is sent in UTF-8, without another charset in Content-Type.");

    @Context
    private ResourceInfo resource;

    /** For the container. */
    public RequestBody() {}

    RequestBody(ResourceInfo resource) {
        this.resource = resource;
    }

    @Override
    public void filter(ContainerRequestContext request) {
        int max = lengthMax();
        if (request.getLength() > max) {
            request.abortWith(ProblemResponse.of(tooLong(max)));
        }
    }

    private int lengthMax() {
        return resource.getResourceMethod().isAnnotationPresent(LongBody.class) ? LONG_MAX : LENGTH_MAX;
    }

    @Override
    public Object aroundReadFrom(ReaderInterceptorContext context) throws IOException {
        int max = lengthMax();
        byte[] body = context.getInputStream().readNBytes(bytesToRead(context.getHeaders(), max));
        if (body.length > max) {
            throw new WebApplicationException(ProblemResponse.of(tooLong(max)));
        }
        if (!isUtf8(context.getMediaType())) {
            throw new WebApplicationException(ProblemResponse.of(NOT_UTF8));
        }
        try {
            JsonObject object = object(body);
            return context.getType() == JsonObject.class ? object : bound(context, body);
        } catch (InvalidMessage e) {
            throw new WebApplicationException(
                    e, ProblemResponse.of(Problem.of(400, ErrorCode.BAD_JSON.wireName(), e.getMessage())));
        }
    }

    /**
     * The announced length, or one byte more than is allowed. Grizzly does not see the end of a body if the request has
     * an Upgrade header, such as the offer of HTTP/2 by Java's client: to read on would block for 30 s.
     */
    static int bytesToRead(MultivaluedMap<String, String> headers, int max) {
        return Optional.ofNullable(headers.getFirst(HttpHeaders.CONTENT_LENGTH))
                .filter(length -> length.matches("\\d{1,9}"))
                .map(length -> Math.min(Integer.parseInt(length), max + 1))
                .orElse(max + 1);
    }

    /**
     * Lets the server bind the body, which it parses again.
     *
     * @throws InvalidMessage if that fails, or if the result is not of the type that the resource takes: Jersey would
     *     call the resource with it, and fail with 500
     */
    static Object bound(ReaderInterceptorContext context, byte[] body) {
        context.setInputStream(new ByteArrayInputStream(body));
        try {
            return context.getType().cast(Objects.requireNonNull(context.proceed()));
        } catch (IOException | RuntimeException e) {
            // The parsers of servers throw different exceptions, some with a response of their own. The body is in
            // memory, so malformed JSON is the only cause.
            throw (InvalidMessage) new InvalidMessage(ErrorCode.BAD_JSON, WRONG_SHAPE).initCause(e);
        }
    }

    /**
     * JSON is sent in UTF-8 (RFC 8259 section 8.1). The charset parameter has no meaning (section 11), but a client
     * that names another charset also sends it.
     */
    private static boolean isUtf8(MediaType type) {
        String charset = Optional.ofNullable(type)
                .map(named -> named.getParameters().get(MediaType.CHARSET_PARAMETER))
                .orElse("utf-8");
        return charset.equalsIgnoreCase("utf-8");
    }

    /** @throws InvalidMessage if the body is not one JSON object in UTF-8; its text is a sentence for people */
    static JsonObject object(byte[] body) {
        if (body.length == 0) {
            throw new InvalidMessage(ErrorCode.BAD_JSON, "The body is empty; this address takes a JSON object.");
        }
        return StrictJson.object(body);
    }

    private static Problem tooLong(int max) {
        return Problem.of(
                413, ErrorCode.TOO_LONG.wireName(), "The body is longer than " + max + " bytes; send less at a time.");
    }
}
