package dev.parley.server.handshake;

import jakarta.json.Json;
import java.util.Map;

/**
 * An HTTP answer that says no, written as problem details (RFC 9457).
 *
 * @param code an {@code error.code} of the protocol, or {@code try_later} for 503
 * @param detail a sentence for people
 * @param headers beyond the content type
 */
public record Problem(int status, String code, String detail, Map<String, String> headers) {
    public static final String MEDIA_TYPE = "application/problem+json";

    public static Problem of(int status, String code, String detail) {
        return new Problem(status, code, detail, Map.of());
    }

    public Problem with(String header, String value) {
        return new Problem(status, code, detail, Map.of(header, value));
    }

    public String json() {
        return Json.createObjectBuilder()
                .add("type", "about:blank")
                .add("title", title())
                .add("status", status)
                .add("code", code)
                .add("detail", detail)
                .build()
                .toString();
    }

    /** The standard phrase, as RFC 9457 asks for the type {@code about:blank}. */
    private String title() {
        return switch (status) {
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 426 -> "Upgrade Required";
            case 429 -> "Too Many Requests";
            case 503 -> "Service Unavailable";
            default -> "Error";
        };
    }
}
