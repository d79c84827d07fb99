package dev.parley.protocol;

import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.util.Optional;

/**
 * Strict parsing of JSON from outside, so that it means the same to every reader (RFC 8259 section 8, RFC 7493). The
 * whole text is one object in UTF-8. No object has duplicate names, and no name or string contains U+0000 or half a
 * surrogate pair. Depth, fields and numbers are bounded as in messages.
 */
public final class StrictJson {
    private StrictJson() {}

    /**
     * @throws InvalidMessage {@code bad_json} if the bytes are not JSON in UTF-8, {@code bad_message} if they violate a
     *     rule of messages; its text contains at most one name from them
     */
    public static JsonObject object(byte[] bytes) {
        String text = Utf8.decode(bytes)
                .orElseThrow(() -> new InvalidMessage(ErrorCode.BAD_JSON, "This is no JSON, because it is no UTF-8."));
        JsonScan scan = JsonScan.object(text);
        Optional<Decoded.Malformed> problem = scan.problem();
        if (problem.isPresent() && problem.get().code() == ErrorCode.BAD_JSON) {
            throw new InvalidMessage(ErrorCode.BAD_JSON, "This is not JSON.");
        }
        if (problem.isPresent()) {
            throw new InvalidMessage(problem.get().code(), problem.get().reason());
        }
        if (scan.hasHugeNumber()) {
            throw new InvalidMessage(ErrorCode.BAD_JSON, "A number here has an exponent that is out of range.");
        }
        return scan.root();
    }

    /**
     * The text of a field; empty if the field is absent or null.
     *
     * @throws InvalidMessage {@code bad_message} if it holds another kind of value
     */
    public static Optional<String> text(JsonObject object, String field) {
        JsonValue value = object.getOrDefault(field, JsonValue.NULL);
        if (value instanceof JsonString text) {
            return Optional.of(text.getString());
        }
        JsonScan.Kind kind = JsonScan.Kind.of(value);
        if (kind != JsonScan.Kind.NULL) {
            throw new InvalidMessage(
                    ErrorCode.BAD_MESSAGE,
                    "'" + field + "' must be " + JsonScan.Kind.STRING.words + ", but is " + kind.words + ".");
        }
        return Optional.empty();
    }
}
