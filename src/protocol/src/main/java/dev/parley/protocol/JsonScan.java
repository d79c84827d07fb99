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
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;

/**
 * The result of one pass over a text before it is bound to a record. The pass checks that the whole text is one JSON
 * object, how deeply it is nested, that names and strings consist of whole characters, and which kind of value each
 * field has. JSON Binding alone would read the first object of {@code {..}{..}} and silently drop the rest, convert
 * numbers to strings, accept the last of two fields with the same name, and name Java classes in its errors.
 *
 * @param root the message's object
 * @param problem why the text cannot be a message; if present, the other components have no meaning
 */
record JsonScan(String type, Optional<String> id, Value root, Optional<Decoded.Malformed> problem) {
    static final JsonProvider PROVIDER = JsonProvider.provider();

    /** An attachment in a message in a batch is 3 levels deep; deeper texts attack recursive readers. */
    static final int DEPTH_MAX = 16;

    /**
     * Maximum number of fields. Unknown fields are ignored, but each occupies a hundred bytes; a thousand positions
     * have 3,000 fields.
     */
    static final int NAMES_MAX = 4_096;

    /** A double has at most 24 characters, a long 20; parsing a million digits takes seconds. */
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
     * The value of a field.
     *
     * @param fields fields of an object, by name
     * @param elements kinds of the elements of an array
     */
    record Value(Kind kind, Map<String, Value> fields, Set<Kind> elements) {
        static Value of(Kind kind) {
            return new Value(
                    kind,
                    kind == Kind.OBJECT ? new HashMap<>() : Map.of(),
                    kind == Kind.ARRAY ? EnumSet.noneOf(Kind.class) : Set.of());
        }
    }

    /** Scans a message from a client. */
    static JsonScan of(String json) {
        return of(json, NAMES_MAX, true);
    }

    /**
     * Scans a message from a server or another JSON text.
     *
     * @param namesMax maximum number of fields
     */
    static JsonScan of(String json, int namesMax) {
        return of(json, namesMax, false);
    }

    private static JsonScan of(String json, int namesMax, boolean mayBeChunk) {
        try (JsonParser parser = PROVIDER.createParser(new StringReader(json))) {
            return new Reader(json, parser, namesMax, mayBeChunk).read();
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

    /** The id to repeat in an error; empty if it is not valid. */
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

    /** @param id the id in the text, valid or not */
    private static JsonScan failed(Optional<String> id, String reason) {
        return failed(new Decoded.Malformed(answerId(id), ErrorCode.BAD_MESSAGE, reason));
    }

    private static JsonScan failed(Decoded.Malformed problem) {
        return new JsonScan("", Optional.empty(), Value.of(Kind.NULL), Optional.of(problem));
    }

    /** Reads one text, event by event. Not thread-safe. */
    private static final class Reader {
        private static final String TYPE = "type";
        private static final String ID = "id";
        private static final String CHUNK = "chunk";
        private static final String DATA = "data";

        private final String json;
        private final JsonParser parser;
        private final int namesMax;
        private final boolean mayBeChunk;
        private final Deque<Value> open = new ArrayDeque<>();
        /** The name of the field that is being read, in each open object; empty in arrays. */
        private final Deque<String> path = new ArrayDeque<>();

        private Optional<Value> root = Optional.empty();
        private Optional<String> type = Optional.empty();
        private Optional<String> id = Optional.empty();
        private int names;
        /** The first name or string with an invalid character; reported when the id is known. */
        private Optional<String> badText = Optional.empty();

        /** The same for the field {@code data}, which may be cut in a chunk. */
        private Optional<String> badData = Optional.empty();

        /** @param mayBeChunk whether the data of a chunk may be cut within a surrogate pair */
        Reader(String json, JsonParser parser, int namesMax, boolean mayBeChunk) {
            this.json = json;
            this.parser = parser;
            this.namesMax = namesMax;
            this.mayBeChunk = mayBeChunk;
        }

        JsonScan read() {
            while (parser.hasNext()) {
                Optional<String> problem = take(parser.next());
                if (problem.isPresent()) {
                    return failed(id, problem.get());
                }
            }
            if (root.isEmpty()) {
                return failed(badJson(json));
            }
            if (root.get().kind() != Kind.OBJECT) {
                return failed(
                        Optional.empty(),
                        "A message must be an object with a type, such as " + EXAMPLE + ", but this is "
                                + root.get().kind().words + ".");
            }
            // The record Chunk itself checks its data, without halves of pairs at the ends.
            boolean isChunk = mayBeChunk && type.filter(CHUNK::equals).isPresent();
            Optional<String> bad = isChunk ? badText : badText.or(() -> badData);
            return bad.map(reason -> failed(id, reason))
                    .orElseGet(() -> new JsonScan(type.orElse(""), id, root.get(), Optional.empty()));
        }

        /** Handles one event. Returns the problem that makes the text invalid, whatever follows. */
        private Optional<String> take(Event event) {
            return switch (event) {
                case END_OBJECT, END_ARRAY -> {
                    open.pop();
                    path.pop();
                    yield Optional.empty();
                }
                case KEY_NAME -> name(parser.getString());
                case VALUE_NUMBER ->
                    parser.getString().length() > NUMBER_MAX
                            ? Optional.of("A number may have " + NUMBER_MAX + " characters; one here has more.")
                            : put(Value.of(Kind.NUMBER));
                case VALUE_STRING -> {
                    Optional<String> twice = put(Value.of(Kind.STRING));
                    if (twice.isEmpty()) {
                        string(parser.getString());
                    }
                    yield twice;
                }
                case VALUE_TRUE, VALUE_FALSE -> put(Value.of(Kind.BOOLEAN));
                case VALUE_NULL -> put(Value.of(Kind.NULL));
                case START_OBJECT -> begin(Value.of(Kind.OBJECT));
                case START_ARRAY -> begin(Value.of(Kind.ARRAY));
            };
        }

        private Optional<String> name(String name) {
            names++;
            path.pop();
            path.push(name);
            if (badText.isEmpty()) {
                badText = Field.flaw(name).map(flaw -> "The name of a field holds " + flaw + ".");
            }
            return names > namesMax
                    ? Optional.of("There may be " + namesMax + " fields in all; here are more.")
                    : Optional.empty();
        }

        private Optional<String> put(Value value) {
            if (root.isEmpty()) {
                root = Optional.of(value);
            } else if (open.element().kind() == Kind.ARRAY) {
                open.element().elements().add(value.kind());
            } else if (open.element().fields().put(path.element(), value) != null) {
                return Optional.of("The field '" + Field.shown(path.element()) + "' stands twice in one object.");
            }
            return Optional.empty();
        }

        private Optional<String> begin(Value value) {
            Optional<String> twice = put(value);
            open.push(value);
            path.push("");
            return twice.or(() -> open.size() > DEPTH_MAX
                    ? Optional.of("JSON may be nested " + DEPTH_MAX + " levels deep here; this is deeper.")
                    : Optional.empty());
        }

        private void string(String text) {
            boolean isOfMessage = open.size() == 1 && open.element().kind() == Kind.OBJECT;
            Optional<String> flaw = Field.flaw(text);
            if (isOfMessage && path.element().equals(DATA)) {
                badData = flaw.map(this::held);
            } else if (badText.isEmpty()) {
                badText = flaw.map(this::held);
            }
            if (isOfMessage && path.element().equals(TYPE)) {
                type = Optional.of(text);
            } else if (isOfMessage && path.element().equals(ID)) {
                id = Optional.of(text);
            }
        }

        private String held(String flaw) {
            StringJoiner names = new StringJoiner(".");
            for (Iterator<String> fromRoot = path.descendingIterator(); fromRoot.hasNext(); ) {
                String name = fromRoot.next();
                if (!name.isEmpty()) {
                    names.add(name);
                }
            }
            return "'" + Field.shown(names.toString()) + "' holds " + flaw + ".";
        }
    }
}
