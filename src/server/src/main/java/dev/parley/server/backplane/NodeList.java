package dev.parley.server.backplane;

import dev.parley.server.session.Encoded;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import jakarta.json.spi.JsonProvider;
import java.io.StringReader;
import java.util.List;
import java.util.function.Consumer;

/**
 * A list of one node, for administrators.
 *
 * @param count how many there are, of which the list has the first
 * @param items as the HTTP API lists them
 */
public record NodeList(int count, List<JsonObject> items) {
    /** Bound of what another node gets of a list: some 1,000 sessions. It is one text of the backplane. */
    static final int BYTES_MAX = 256 * 1024;

    /** Looked up once: each look-up searches the class path. */
    private static final JsonProvider JSON = JsonProvider.provider();

    public NodeList {
        if (count < items.size()) {
            throw new IllegalArgumentException("A list of " + items.size() + " has a count of " + count + ".");
        }
        items = List.copyOf(items);
    }

    /** As many of the first items as fit, as a JSON array. */
    Encoded encoded() {
        StringBuilder text = new StringBuilder("[");
        int bytes = 1;
        for (JsonObject item : items) {
            Encoded next = Encoded.of(item.toString());
            // With the comma before it, or the bracket at the end.
            bytes += next.bytes() + 1;
            if (bytes > BYTES_MAX) {
                break;
            }
            text.append(text.length() > 1 ? "," : "").append(next.json());
        }
        return Encoded.of(text.append(']').toString());
    }

    /**
     * @param shape throws unchecked exceptions if an item is not as it should be
     * @throws RuntimeException if the items are no JSON array of such objects
     */
    static NodeList decoded(int count, Encoded items, Consumer<JsonObject> shape) {
        try (JsonReader reader = JSON.createReader(new StringReader(items.json()))) {
            List<JsonObject> decoded =
                    reader.readArray().stream().map(JsonValue::asJsonObject).toList();
            decoded.forEach(shape);
            return new NodeList(count, decoded);
        }
    }
}
