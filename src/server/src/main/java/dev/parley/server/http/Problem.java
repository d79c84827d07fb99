package dev.parley.server.http;

import dev.parley.protocol.ErrorCode;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * An HTTP error response, written as problem details (RFC 9457).
 *
 * @param code an {@code error.code} of the protocol, or one of {@link #CODES_OF_HTTP}
 * @param detail a sentence for people
 * @param headers headers in addition to the content type
 * @param members members in addition to those that every problem has (RFC 9457 section 3.2)
 */
public record Problem(
        int status, String code, String detail, Map<String, String> headers, Map<String, JsonValue> members) {
    public static final String MEDIA_TYPE = "application/problem+json";

    public static final String NOT_FOUND = "not_found";
    public static final String TRY_AGAIN_LATER = "try_again_later";

    /** The position of a reader cannot be served any more. */
    public static final String NOT_RECOVERED = "not_recovered";

    /** Codes that only HTTP has: no message on a WebSocket is answered with them. */
    public static final Set<String> CODES_OF_HTTP = Set.of(NOT_FOUND, NOT_RECOVERED, TRY_AGAIN_LATER);

    /** Delay for a short condition: another node takes over. */
    public static final Duration SOON = Duration.ofSeconds(2);

    /** Delay for a condition that depends on others: a client leaves, or an identity provider answers again. */
    public static final Duration LATER = Duration.ofSeconds(10);

    /** Ends a request with a problem as its response. */
    public static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient Problem problem;

        public Refused(Problem problem) {
            super(problem.detail());
            this.problem = problem;
        }

        public Problem problem() {
            return problem;
        }
    }

    public Problem {
        headers = Map.copyOf(headers);
        members = Map.copyOf(members);
    }

    public static Problem of(int status, String code, String detail) {
        return new Problem(status, code, detail, Map.of(), Map.of());
    }

    /** The problem for a status about which nothing else is known. */
    public static Problem ofStatus(int status) {
        return switch (status) {
            case 401 -> of(status, ErrorCode.LOGIN_REQUIRED.wireName(), "Sign in.");
            case 403 -> of(status, ErrorCode.FORBIDDEN.wireName(), "You may not do this.");
            case 404 -> of(status, NOT_FOUND, "There is nothing at this address.");
            case 405 -> of(status, ErrorCode.BAD_MESSAGE.wireName(), "This address does not take this method.");
            case 406 ->
                of(
                        status,
                        ErrorCode.BAD_MESSAGE.wireName(),
                        "This address has nothing of the media types in Accept; application/json is what it may have.");
            case 413 -> of(status, ErrorCode.TOO_LONG.wireName(), "The body is longer than this address takes.");
            case 415 ->
                of(
                        status,
                        ErrorCode.BAD_MESSAGE.wireName(),
                        "This address takes no body of this Content-Type; send application/json.");
            case 429 -> of(status, ErrorCode.RATE_LIMITED.wireName(), "Too many requests. Try again later.");
            case 503 -> of(status, TRY_AGAIN_LATER, "This server cannot answer at the moment. Try again later.");
            default ->
                status < 500
                        ? of(status, ErrorCode.BAD_MESSAGE.wireName(), "The server cannot make sense of this request.")
                        : of(status, ErrorCode.INTERNAL.wireName(), "The server failed; its log says why.");
        };
    }

    /** Status 429: caused by the client. */
    public static Problem tooMany(String detail, Duration retryAfter) {
        return of(429, ErrorCode.RATE_LIMITED.wireName(), detail).retryAfter(retryAfter);
    }

    /** Status 503: not caused by the client. */
    public static Problem tryLater(String detail, Duration retryAfter) {
        return of(503, TRY_AGAIN_LATER, detail).retryAfter(retryAfter);
    }

    public Problem with(String header, String value) {
        Map<String, String> all = new HashMap<>(headers);
        all.put(header, value);
        return new Problem(status, code, detail, all, members);
    }

    /** Adds a member to the body. */
    public Problem withMember(String name, JsonValue value) {
        Map<String, JsonValue> all = new HashMap<>(members);
        all.put(name, value);
        return new Problem(status, code, detail, headers, all);
    }

    /** Adds Retry-After, in seconds rounded up. */
    public Problem retryAfter(Duration wait) {
        return with(
                "Retry-After", Long.toString(wait.plusSeconds(1).minusNanos(1).toSeconds()));
    }

    public JsonObject json() {
        JsonObjectBuilder json = Json.createObjectBuilder()
                .add("type", "about:blank")
                .add("title", title())
                .add("status", status)
                .add("code", code)
                .add("detail", detail);
        members.forEach(json::add);
        return json.build();
    }

    /** The standard phrase of the status, which RFC 9457 recommends for the type {@code about:blank}. */
    private String title() {
        return switch (status) {
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 406 -> "Not Acceptable";
            case 409 -> "Conflict";
            case 410 -> "Gone";
            case 413 -> "Content Too Large";
            case 415 -> "Unsupported Media Type";
            case 426 -> "Upgrade Required";
            case 429 -> "Too Many Requests";
            case 500 -> "Internal Server Error";
            case 503 -> "Service Unavailable";
            default -> "Error";
        };
    }
}
