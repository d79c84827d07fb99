package dev.parley.protocol;

import jakarta.json.JsonException;
import jakarta.json.spi.JsonProvider;
import jakarta.json.stream.JsonParser;
import jakarta.json.stream.JsonParser.Event;
import java.io.StringReader;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;

/**
 * One pass over a text, before it is bound to a record: is it JSON to its very end, is it an object, how deep is it, which
 * kind of value does each field hold? JSON Binding alone would read the first object of {@code {..}{..}} and drop the
 * rest in silence, turn numbers into strings, let the last of two fields of one name win, and name Java classes in its
 * errors.
 *
 * @param root the message's object
 * @param problem why the text cannot be a message; where present, the rest says nothing
 */
record Outline(String type, Optional<String> id, Value root, Optional<Decoded.Malformed> problem) {
    static final JsonProvider PROVIDER = JsonProvider.provider();

    /** An attachment in a message in a batch is 3 deep; more than this is an attack on recursive readers. */
    static final int DEPTH_MAX = 16;

    /** Unknown fields are ignored, but each one that was read takes a hundred bytes; a thousand positions have 3,000. */
    static final int NAMES_MAX = 4_096;

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

    /**
     * What stands in a field.
     *
     * @param fields of an object, by name
     * @param elements kinds of what an array holds
     */
    record Value(Kind kind, Map<String, Value> fields, Set<Kind> elements) {
        static Value of(Kind kind) {
            return new Value(
                    kind,
                    kind == Kind.OBJECT ? new HashMap<>() : Map.of(),
                    kind == Kind.ARRAY ? EnumSet.noneOf(Kind.class) : Set.of());
        }
    }

    static Outline of(String json) {
        return of(json, NAMES_MAX);
    }

    /** @param namesMax fields that there may be in all */
    static Outline of(String json, int namesMax) {
        try (JsonParser parser = PROVIDER.createParser(new StringReader(json))) {
            return read(json, parser, namesMax);
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

    private static Outline read(String json, JsonParser parser, int namesMax) {
        Deque<Value> open = new ArrayDeque<>();
        Deque<String> path = new ArrayDeque<>();
        Value root = null;
        String type = null;
        String id = null;
        int names = 0;
        while (parser.hasNext()) {
            Event event = parser.next();
            if (event == Event.END_OBJECT || event == Event.END_ARRAY) {
                open.pop();
                path.pop();
                continue;
            }
            if (event == Event.KEY_NAME) {
                names++;
                path.pop();
                path.push(parser.getString());
                if (names > namesMax) {
                    return failed(id, "A message may have " + namesMax + " fields in all; this one has more.");
                }
                continue;
            }
            if (event == Event.VALUE_NUMBER && parser.getString().length() > NUMBER_MAX) {
                return failed(id, "A number may have " + NUMBER_MAX + " characters; one in this message has more.");
            }
            Value value = Value.of(kind(event));
            if (root == null) {
                root = value;
            } else if (open.peek().kind() == Kind.ARRAY) {
                open.peek().elements().add(value.kind());
            } else if (open.peek().fields().put(path.peek(), value) != null) {
                return failed(id, "The field '" + Field.shown(path.peek()) + "' stands twice in this message.");
            }
            if (event == Event.VALUE_STRING && open.size() == 1 && path.peek().equals("type")) {
                type = parser.getString();
            } else if (event == Event.VALUE_STRING
                    && open.size() == 1
                    && path.peek().equals("id")) {
                id = parser.getString();
            }
            if (event == Event.START_OBJECT || event == Event.START_ARRAY) {
                open.push(value);
                path.push("");
                if (open.size() > DEPTH_MAX) {
                    return failed(id, "A message may be nested " + DEPTH_MAX + " levels deep; this one is deeper.");
                }
            }
        }
        if (root == null) {
            return failed(badJson(json));
        }
        if (root.kind() != Kind.OBJECT) {
            return failed(
                    null,
                    "A message must be an object with a type, such as " + EXAMPLE + ", but this is " + root.kind().words
                            + ".");
        }
        return new Outline(type == null ? "" : type, Optional.ofNullable(id), root, Optional.empty());
    }

    private static Outline failed(String id, String reason) {
        return failed(new Decoded.Malformed(answerId(Optional.ofNullable(id)), ErrorCode.BAD_MESSAGE, reason));
    }

    private static Outline failed(Decoded.Malformed problem) {
        return new Outline("", Optional.empty(), Value.of(Kind.NULL), Optional.of(problem));
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
