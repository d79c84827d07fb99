package dev.parley.protocol;

import jakarta.json.JsonArray;
import jakarta.json.JsonException;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import jakarta.json.bind.Jsonb;
import jakarta.json.bind.JsonbBuilder;
import jakarta.json.bind.JsonbException;
import java.io.StringReader;
import java.util.List;
import java.util.Optional;

/**
 * Text of a frame to messages, and back. One {@link Jsonb} serves all threads (JSON Binding 3.0, section 3.1), because
 * making one costs milliseconds and containers do not inject into coders.
 */
public final class MessageCodec {
    /** Messages in one frame. */
    public static final int BATCH_MAX = 100;

    private static final Jsonb JSONB = JsonbBuilder.create();

    private MessageCodec() {}

    public static String encode(ServerMessage message) {
        return JSONB.toJson(message);
    }

    /** What {@link #encode} made. */
    public static ServerMessage decodeServer(String json) {
        return JSONB.fromJson(json, ServerMessage.class);
    }

    /** What {@link #encode} made of a stored message. */
    public static ServerMessage.Stored decodeStored(String json) {
        return (ServerMessage.Stored) decodeServer(json);
    }

    /**
     * One frame's text: an object, or an array of up to {@value #BATCH_MAX}, each of which is decoded alone.
     *
     * @return at least one element, in the order of the text; never throws, whatever the text
     */
    public static List<Decoded> decode(String text) {
        String json = text.strip();
        return json.startsWith("[") ? decodeBatch(json) : List.of(decodeOne(json));
    }

    private static List<Decoded> decodeBatch(String json) {
        Outline outline = Outline.of(json);
        if (outline.problem().isPresent()) {
            return List.of(outline.problem().get());
        }
        JsonArray array;
        try (JsonReader reader = Outline.PROVIDER.createReader(new StringReader(json))) {
            array = reader.readArray();
        } catch (JsonException e) {
            return List.of(Outline.badJson(json));
        }
        if (array.isEmpty() || array.size() > BATCH_MAX) {
            return List.of(new Decoded.Malformed(
                    Optional.empty(),
                    ErrorCode.BAD_MESSAGE,
                    "One frame may carry 1 to " + BATCH_MAX + " messages in an array, but this one carries "
                            + array.size() + "."));
        }
        return array.stream()
                .map(JsonValue::toString)
                .map(MessageCodec::decodeOne)
                .toList();
    }

    private static Decoded decodeOne(String json) {
        Outline outline = Outline.of(json);
        if (outline.problem().isPresent()) {
            return outline.problem().get();
        }
        Optional<Decoded.Malformed> misshapen = MessageShape.check(outline);
        if (misshapen.isPresent()) {
            return misshapen.get();
        }
        try {
            return new Decoded.Valid(JSONB.fromJson(json, ClientMessage.class));
        } catch (JsonbException e) {
            return malformed(outline, e);
        }
    }

    private static Decoded malformed(Outline outline, JsonbException thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidMessage invalid) {
                return new Decoded.Malformed(outline.answerId(), invalid.code(), invalid.getMessage());
            }
        }
        return new Decoded.Malformed(
                outline.answerId(),
                ErrorCode.BAD_MESSAGE,
                "A field of this '" + outline.type() + "' holds a value of the wrong kind.");
    }
}
