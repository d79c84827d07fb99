package dev.parley.protocol;

import dev.parley.protocol.binding.ParsedObjects;
import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import jakarta.json.bind.Jsonb;
import jakarta.json.spi.JsonProvider;
import jakarta.json.stream.JsonParser;
import jakarta.json.stream.JsonParser.Event;
import java.io.StringReader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;

/**
 * One message of a text that has been parsed, before it is bound to a record. The text is parsed once. The pass checks
 * that the whole text is JSON, that each message is an object, how deeply it is nested, and that names and strings
 * consist of whole characters. JSON Binding alone would read the first object of {@code {..}{..}} and silently drop the
 * rest, and accept the last of two fields with the same name.
 *
 * @param root the message's object
 * @param length length of the object's text in UTF-16 units
 * @param hasHugeNumber whether an exponent is larger than any type of numbers allows; the number is 0 in {@code root}
 * @param problem why the text cannot be a message; if present, the other components have no meaning
 */
record JsonScan(
        String type,
        Optional<String> id,
        JsonObject root,
        int length,
        boolean hasHugeNumber,
        Optional<Decoded.Malformed> problem) {
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

        static Kind of(JsonValue value) {
            return switch (value.getValueType()) {
                case STRING -> STRING;
                case NUMBER -> NUMBER;
                case TRUE, FALSE -> BOOLEAN;
                case OBJECT -> OBJECT;
                case ARRAY -> ARRAY;
                case NULL -> NULL;
            };
        }
    }

    /** Parses a frame from a client. The data of a chunk may be cut within a surrogate pair. */
    static List<JsonScan> clientFrame(String text) {
        return frame(text, MessageCodec.BATCH_MAX, NAMES_MAX, true);
    }

    /** Parses a frame from a server. */
    static List<JsonScan> serverFrame(String text) {
        return frame(text, MessageCodec.SERVER_BATCH_MAX, ServerMessageShape.NAMES_MAX, false);
    }

    /** Parses a text that must be one object. */
    static JsonScan object(String text) {
        try (JsonParser parser = PROVIDER.createParser(new StringReader(text))) {
            return new Reader(parser, NAMES_MAX, false).readAlone(parser.next());
        } catch (RuntimeException e) { // as below
            return failed(badJson(text));
        }
    }

    /**
     * @param batchMax maximum number of elements in an array; only one more is parsed
     * @param namesMax maximum number of fields of each message
     * @return the object, or the elements of an array up to {@code batchMax} + 1. A syntax error anywhere makes the
     *     whole frame one invalid message; another problem affects only its element.
     */
    private static List<JsonScan> frame(String text, int batchMax, int namesMax, boolean mayBeChunk) {
        try (JsonParser parser = PROVIDER.createParser(new StringReader(text))) {
            Event first = parser.next();
            if (first != Event.START_ARRAY) {
                return List.of(new Reader(parser, namesMax, mayBeChunk).readAlone(first));
            }
            List<JsonScan> elements = new ArrayList<>();
            while (elements.size() <= batchMax && parser.hasNext()) {
                Event event = parser.next();
                if (event != Event.END_ARRAY) {
                    elements.add(new Reader(parser, namesMax, mayBeChunk).readElement(event));
                }
            }
            return elements;
        } catch (RuntimeException e) { // JsonException, or a plain one beyond Parsson's own depth of 1,000
            return List.of(failed(badJson(text)));
        }
    }

    private static Decoded.Malformed badJson(String text) {
        boolean isPlainText =
                !text.isBlank() && "{[".indexOf(text.stripLeading().charAt(0)) < 0;
        return new Decoded.Malformed(
                Optional.empty(),
                ErrorCode.BAD_JSON,
                "This is not JSON: '" + Field.shown(text) + "'. Send one object with a type, such as " + EXAMPLE
                        + (isPlainText ? ", or connect to /text to send plain lines." : "."));
    }

    /**
     * Binds the message to a record.
     *
     * @param jsonb with the provider {@link ParsedObjects}
     * @throws RuntimeException if a value does not fit the record
     */
    <T> T bind(Jsonb jsonb, Class<T> type) {
        if (hasHugeNumber) {
            throw new NumberFormatException("An exponent is out of range.");
        }
        return jsonb.fromJson(ParsedObjects.reader(root), type);
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
        return new JsonScan("", Optional.empty(), JsonValue.EMPTY_JSON_OBJECT, 0, false, Optional.of(problem));
    }

    /** Reads one value. Not thread-safe. */
    private static final class Reader {
        private static final String TYPE = "type";
        private static final String ID = "id";
        private static final String CHUNK = "chunk";
        private static final String DATA = "data";

        private final JsonParser parser;
        private final int namesMax;
        private final boolean mayBeChunk;
        /** The name of the field that is being read, in each open object; empty in arrays. */
        private final Deque<String> path = new ArrayDeque<>();

        private Optional<String> type = Optional.empty();
        private Optional<String> id = Optional.empty();
        private int depth;
        private int names;
        private boolean hasHugeNumber;
        /** The first name or string with an invalid character; reported when the id is known. */
        private Optional<String> badText = Optional.empty();

        /** The same for the field {@code data}, which may be cut in a chunk. */
        private Optional<String> badData = Optional.empty();

        /** @param mayBeChunk whether the data of a chunk may be cut within a surrogate pair */
        Reader(JsonParser parser, int namesMax, boolean mayBeChunk) {
            this.parser = parser;
            this.namesMax = namesMax;
            this.mayBeChunk = mayBeChunk;
        }

        /**
         * Reads the only value of a text. The parser throws if another one follows.
         *
         * @param first the event with which the value begins
         */
        JsonScan readAlone(Event first) {
            JsonScan scan;
            try {
                scan = read(first);
            } catch (InvalidMessage e) {
                return failed(id, e.getMessage());
            }
            parser.hasNext();
            return scan;
        }

        /** Reads an element of an array to its end, whatever its problem. */
        JsonScan readElement(Event first) {
            try {
                return read(first);
            } catch (InvalidMessage e) {
                while (depth > 0) {
                    count(parser.next());
                }
                return failed(id, e.getMessage());
            }
        }

        /** @throws InvalidMessage if the value is invalid whatever follows; it has not been read to its end */
        private JsonScan read(Event first) {
            int begin = offset();
            JsonValue value = value(checked(first));
            if (!(value instanceof JsonObject root)) {
                return failed(
                        Optional.empty(),
                        "A message must be an object with a type, such as " + EXAMPLE + ", but this is "
                                + Kind.of(value).words + ".");
            }
            int length = offset() - begin + 1;
            // The record Chunk itself checks its data, without halves of pairs at the ends.
            boolean isChunk = mayBeChunk && type.filter(CHUNK::equals).isPresent();
            Optional<String> bad = isChunk ? badText : badText.or(() -> badData);
            return bad.map(reason -> failed(id, reason))
                    .orElseGet(() -> new JsonScan(type.orElse(""), id, root, length, hasHugeNumber, Optional.empty()));
        }

        private int offset() {
            return (int) parser.getLocation().getStreamOffset();
        }

        private Event next() {
            return checked(parser.next());
        }

        private Event checked(Event event) {
            count(event);
            if (event == Event.VALUE_NUMBER && parser.getString().length() > NUMBER_MAX) {
                throw invalid("A number may have " + NUMBER_MAX + " characters; one here has more.");
            }
            return event;
        }

        private void count(Event event) {
            switch (event) {
                case START_OBJECT, START_ARRAY -> depth++;
                case END_OBJECT, END_ARRAY -> depth--;
                default -> {}
            }
        }

        private JsonValue value(Event event) {
            return switch (event) {
                case START_OBJECT -> object();
                case START_ARRAY -> array();
                case VALUE_STRING -> string(parser.getString());
                case VALUE_NUMBER -> number();
                case VALUE_TRUE -> JsonValue.TRUE;
                case VALUE_FALSE -> JsonValue.FALSE;
                case VALUE_NULL -> JsonValue.NULL;
                case KEY_NAME, END_OBJECT, END_ARRAY ->
                    throw new IllegalStateException("No value begins with " + event + ".");
            };
        }

        private JsonObject object() {
            checkDepth();
            path.push("");
            JsonObjectBuilder object = PROVIDER.createObjectBuilder();
            Set<String> own = new HashSet<>();
            while (next() != Event.END_OBJECT) {
                String name = parser.getString();
                checkName(name);
                path.pop();
                path.push(name);
                Event event = next();
                if (!own.add(name)) {
                    throw invalid("The field '" + Field.shown(name) + "' stands twice in one object.");
                }
                object.add(name, value(event));
            }
            path.pop();
            return object.build();
        }

        private JsonArray array() {
            checkDepth();
            path.push("");
            JsonArrayBuilder array = PROVIDER.createArrayBuilder();
            for (Event event = next(); event != Event.END_ARRAY; event = next()) {
                array.add(value(event));
            }
            path.pop();
            return array.build();
        }

        private void checkDepth() {
            if (depth > DEPTH_MAX) {
                throw invalid("JSON may be nested " + DEPTH_MAX + " levels deep here; this is deeper.");
            }
        }

        private void checkName(String name) {
            names++;
            if (badText.isEmpty()) {
                badText = Field.flaw(name).map(flaw -> "The name of a field holds " + flaw + ".");
            }
            if (names > namesMax) {
                throw invalid("There may be " + namesMax + " fields in all; here are more.");
            }
        }

        private JsonValue string(String text) {
            boolean isOfMessage = path.size() == 1;
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
            return PROVIDER.createValue(text);
        }

        private JsonValue number() {
            try {
                return parser.getValue();
            } catch (ArithmeticException | NumberFormatException e) { // as BigDecimal does for 1e9999999999
                hasHugeNumber = true;
                return PROVIDER.createValue(0);
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

        private static InvalidMessage invalid(String reason) {
            return new InvalidMessage(ErrorCode.BAD_MESSAGE, reason);
        }
    }
}
