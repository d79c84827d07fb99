package dev.parley.acceptance.support;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.util.List;

/** Parses received JSON. */
public final class JsonText {
    private JsonText() {}

    public static JsonObject object(String text) {
        return value(text).asJsonObject();
    }

    public static JsonValue value(String text) {
        try (JsonReader reader = Json.createReader(new StringReader(text))) {
            return reader.readValue();
        }
    }

    /** The messages of a frame: one, or several with the subprotocol {@code parley.v1}. */
    public static List<JsonObject> messages(String frame) {
        JsonValue json = value(frame);
        return json instanceof JsonArray array ? array.getValuesAs(JsonObject.class) : List.of(json.asJsonObject());
    }
}
