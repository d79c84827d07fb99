package dev.parley.acceptance.support;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.util.List;
import java.util.regex.Pattern;

/** Parses received JSON, and writes JSON that the library cannot. */
public final class JsonText {
    private static final Pattern SURROGATE = Pattern.compile("[\\x{D800}-\\x{DFFF}]");

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

    /** The same JSON with half pairs of surrogates escaped, because UTF-8 cannot encode them. */
    public static String escapedSurrogates(JsonObject json) {
        return SURROGATE.matcher(json.toString()).replaceAll(half -> "\\\\u%04x"
                .formatted((int) half.group().charAt(0)));
    }
}
