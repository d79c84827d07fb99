package dev.parley.protocol;

import jakarta.json.JsonException;
import jakarta.json.spi.JsonProvider;
import jakarta.json.stream.JsonParser;
import jakarta.json.stream.JsonParser.Event;
import java.io.StringReader;
import java.util.HashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * One pass over a text, before it is bound to a record: is it JSON to its very end, is it an object, how deep is it, which
 * kind of value does each field hold? JSON Binding alone would read the first object of {@code {..}{..}} and drop the
 * rest in silence, turn numbers into strings, and name Java classes in its errors.
 *
 * @param fields kind of value by field name, top level only
 * @param problem why the text cannot be a message; where present, the rest says nothing
 */
record Outline(String type, Optional<String> id, Map<String, Kind> fields, Optional<Decoded.Malformed> problem) {
    static final JsonProvider PROVIDER = JsonProvider.provider();

    /** An attachment in a message in a batch is 3 deep; more than this is an attack on recursive readers. */
    static final int DEPTH_MAX = 16;

    /** A login names a hundred positions, with two members each. */
    static final int MEMBERS_MAX = 1_000;

    /** A double has 24 characters at most, a long 20; a million digits cost seconds. */
    static final int NUMBER_MAX = 40;

    private static final String EXAMPLE = "{\"type\":\"chat\",\"content\":\"Hello\"}";

    enum Kind {
        STRING("a string"),
        NUMBER("a number"),
        BOOLEAN("true or false"),
        OBJECT("an object"),
        ARRAY("an array"),
        NULL("null");

        final String words;

        Kind(String words) {
            this.words = words;
        }
    }

    static Outline of(String json) {
        try (JsonParser parser = PROVIDER.createParser(new StringReader(json))) {
            return read(json, parser);
        } catch (JsonException | NoSuchElementException | IllegalStateException e) {
            return failed(badJson(json));
        }
    }

    static Decoded.Malformed badJson(String json) {
        return new Decoded.Malformed(
                Optional.empty(),
                ErrorCode.BAD_JSON,
                "This is not JSON: '" + Field.shown(json) + "'. Send one object with a type, such as " + EXAMPLE + ".");
    }

    /** The id to repeat in an error: only one that a client may use. */
    Optional<String> answerId() {
        return answerId(id);
    }

    private static Optional<String> answerId(Optional<String> id) {
        try {
            return Field.id(id);
        } catch (InvalidMessage e) {
            return Optional.empty();
        }
    }

    private static Outline read(String json, JsonParser parser) {
        Map<String, Kind> fields = new HashMap<>();
        String type = null;
        String id = null;
        String field = null;
        Event first = null;
        int depth = 0;
        int members = 0;
        while (parser.hasNext()) {
            Event event = parser.next();
            Optional<String> tooMuch = event == Event.KEY_NAME && ++members > MEMBERS_MAX
                    ? Optional.of("A message may have " + MEMBERS_MAX + " members in all; this one has more.")
                    : event == Event.VALUE_NUMBER && parser.getString().length() > NUMBER_MAX
                            ? Optional.of(
                                    "A number may have " + NUMBER_MAX + " characters; one in this message has more.")
                            : Optional.empty();
            if (tooMuch.isPresent()) {
                return failed(
                        new Decoded.Malformed(answerId(Optional.ofNullable(id)), ErrorCode.BAD_MESSAGE, tooMuch.get()));
            }
            if (first == null) {
                first = event;
            }
            if (event == Event.END_OBJECT || event == Event.END_ARRAY) {
                depth--;
                continue;
            }
            if (depth == 1 && event == Event.KEY_NAME) {
                field = parser.getString();
                continue;
            }
            if (depth == 1 && field != null) {
                if (fields.put(field, kind(event)) != null) {
                    return failed(new Decoded.Malformed(
                            answerId(Optional.ofNullable(id)),
                            ErrorCode.BAD_MESSAGE,
                            "The field '" + Field.shown(field) + "' stands twice in this message."));
                }
                if (event == Event.VALUE_STRING && field.equals("type")) {
                    type = parser.getString();
                } else if (event == Event.VALUE_STRING && field.equals("id")) {
                    id = parser.getString();
                }
                field = null;
            }
            if (event == Event.START_OBJECT || event == Event.START_ARRAY) {
                depth++;
                if (depth > DEPTH_MAX) {
                    return failed(new Decoded.Malformed(
                            answerId(Optional.ofNullable(id)),
                            ErrorCode.BAD_MESSAGE,
                            "A message may be nested " + DEPTH_MAX + " levels deep; this one is deeper."));
                }
            }
        }
        if (first == null) {
            return failed(badJson(json));
        }
        if (first != Event.START_OBJECT) {
            return failed(new Decoded.Malformed(
                    Optional.empty(),
                    ErrorCode.BAD_MESSAGE,
                    "A message must be an object with a type, such as " + EXAMPLE + ", but this is " + kind(first).words
                            + "."));
        }
        return new Outline(type == null ? "" : type, Optional.ofNullable(id), fields, Optional.empty());
    }

    private static Outline failed(Decoded.Malformed problem) {
        return new Outline("", Optional.empty(), Map.of(), Optional.of(problem));
    }

    private static Kind kind(Event event) {
        return switch (event) {
            case VALUE_STRING -> Kind.STRING;
            case VALUE_NUMBER -> Kind.NUMBER;
            case VALUE_TRUE, VALUE_FALSE -> Kind.BOOLEAN;
            case START_OBJECT -> Kind.OBJECT;
            case START_ARRAY -> Kind.ARRAY;
            default -> Kind.NULL;
        };
    }
}
