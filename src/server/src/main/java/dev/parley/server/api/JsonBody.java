package dev.parley.server.api;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.InvalidMessage;
import jakarta.json.JsonObject;
import java.util.Optional;
import java.util.function.Function;

/** Converts a body to the message that it would be on a WebSocket, with the same rules. */
final class JsonBody {
    private JsonBody() {}

    /** @throws InvalidMessage if a field is missing or of the wrong kind */
    static <T> T read(JsonObject body, Function<JsonObject, T> reader) {
        try {
            return reader.apply(body);
        } catch (ClassCastException e) {
            throw new InvalidMessage(ErrorCode.BAD_MESSAGE, "A field of the body holds a value of the wrong kind.");
        }
    }

    /** An optional field that must be text if it is present. */
    static Optional<String> text(JsonObject fields, String name) {
        return fields.containsKey(name) ? Optional.of(fields.getString(name)) : Optional.empty();
    }
}
