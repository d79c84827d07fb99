package dev.parley.protocol;

import jakarta.json.bind.Jsonb;
import jakarta.json.bind.JsonbBuilder;
import jakarta.json.stream.JsonParser;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Decodes the text of a frame into messages, and encodes messages. One {@link Jsonb} serves all threads (JSON Binding
 * 3.0 section 3.1), because creating one takes milliseconds and containers do not inject into coders.
 */
public final class MessageCodec {
    /** Maximum number of messages in one frame from a client. */
    public static final int BATCH_MAX = 100;

    /** Maximum number of messages in one frame from the server, which sends all waiting messages together. */
    public static final int SERVER_BATCH_MAX = 1_000;

    private static final Jsonb JSONB = JsonbBuilder.create();

    /** The start of a {@code metric} message. The rest has the same fields as a value in {@code subscribed}. */
    private static final String METRIC_HEAD = "{\"type\":\"metric\",";

    private MessageCodec() {}

    public static String encode(ServerMessage message) {
        return JSONB.toJson(message);
    }

    public static String encode(ClientMessage message) {
        return JSONB.toJson(message);
    }

    /**
     * Encodes a {@link ServerMessage.Subscribed} from encoded values. There may be thousands, so they are not encoded
     * again.
     *
     * @param metrics encoded {@link ServerMessage.Metric}s
     */
    public static String encodeSubscribed(Optional<String> id, String metricId, List<String> metrics) {
        String withoutValues = encode(new ServerMessage.Subscribed(id, metricId, List.of()));
        StringBuilder text = new StringBuilder(withoutValues);
        text.setLength(withoutValues.length() - "]}".length());
        String separator = "";
        for (String metric : metrics) {
            text.append(separator).append('{').append(metric, METRIC_HEAD.length(), metric.length());
            separator = ",";
        }
        return text.append("]}").toString();
    }

    /**
     * Decodes one frame from an untrusted server: an object, or an array of up to {@value #SERVER_BATCH_MAX} objects.
     *
     * @return at least one element, in the order of the text; never throws, whatever the text
     */
    public static List<DecodedServerMessage> decodeFromServer(String text) {
        if (!text.stripLeading().startsWith("[")) {
            return List.of(ServerMessageShape.decode(text, JSONB));
        }
        List<String> elements;
        try (JsonParser parser = JsonScan.PROVIDER.createParser(new StringReader(text))) {
            elements = elements(text, parser, SERVER_BATCH_MAX);
        } catch (RuntimeException e) { // as below
            return List.of(
                    new DecodedServerMessage.Malformed(JsonScan.badJson(text).reason()));
        }
        if (elements.isEmpty() || elements.size() > SERVER_BATCH_MAX) {
            return List.of(new DecodedServerMessage.Malformed("A frame holds 1 to " + SERVER_BATCH_MAX
                    + " messages, but this one holds " + (elements.isEmpty() ? "none" : "more") + "."));
        }
        return elements.stream()
                .map(element -> ServerMessageShape.decode(element, JSONB))
                .toList();
    }

    /** Decodes the result of {@link #encode}. */
    public static ServerMessage decodeServer(String json) {
        return JSONB.fromJson(json, ServerMessage.class);
    }

    /** Decodes the result of {@link #encode} for a stored message. */
    public static ServerMessage.Stored decodeStored(String json) {
        return (ServerMessage.Stored) decodeServer(json);
    }

    /**
     * Decodes one frame from a client: an object, or an array of up to {@value #BATCH_MAX} objects, each decoded on its
     * own.
     *
     * @return at least one element, in the order of the text; never throws, whatever the text
     */
    public static List<Decoded> decode(String text) {
        return text.stripLeading().startsWith("[") ? decodeBatch(text) : List.of(decodeOne(text));
    }

    private static List<Decoded> decodeBatch(String json) {
        List<String> elements;
        try (JsonParser parser = JsonScan.PROVIDER.createParser(new StringReader(json))) {
            elements = elements(json, parser, BATCH_MAX);
        } catch (RuntimeException e) { // JsonException, or a plain one beyond Parsson's own depth of 1,000
            return List.of(JsonScan.badJson(json));
        }
        if (elements.isEmpty() || elements.size() > BATCH_MAX) {
            return List.of(new Decoded.Malformed(
                    Optional.empty(),
                    ErrorCode.BAD_MESSAGE,
                    "One frame may carry 1 to " + BATCH_MAX + " messages in an array, but this one carries "
                            + (elements.isEmpty() ? "none" : elements.size() + " or more") + "."));
        }
        return elements.stream().map(MessageCodec::decodeOne).toList();
    }

    /**
     * The text of each element, up to {@code max} + 1. It is cut out of the frame and not encoded again, so that each
     * element is checked exactly as if it had been sent alone.
     */
    private static List<String> elements(String json, JsonParser parser, int max) {
        List<String> elements = new ArrayList<>();
        parser.next();
        int begin = offset(parser);
        int depth = 1;
        while (parser.hasNext() && elements.size() <= max) {
            switch (parser.next()) {
                case START_OBJECT, START_ARRAY -> depth++;
                case END_OBJECT, END_ARRAY -> depth--;
                default -> {}
            }
            if (depth == 1) {
                int end = offset(parser);
                elements.add(json.substring(begin, end));
                begin = json.indexOf(',', end) + 1;
            }
        }
        return elements;
    }

    private static int offset(JsonParser parser) {
        return (int) parser.getLocation().getStreamOffset();
    }

    private static Decoded decodeOne(String json) {
        JsonScan scan = JsonScan.of(json);
        if (scan.problem().isPresent()) {
            return scan.problem().get();
        }
        Optional<Decoded.Malformed> misshapen = MessageShape.check(scan);
        if (misshapen.isPresent()) {
            return misshapen.get();
        }
        try {
            return new Decoded.Valid(JSONB.fromJson(json, ClientMessage.class));
        } catch (RuntimeException e) { // JsonbException, and what Yasson lets through of Parsson's limits
            return malformed(scan, e);
        }
    }

    private static Decoded malformed(JsonScan scan, RuntimeException thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidMessage invalid) {
                return new Decoded.Malformed(scan.answerId(), invalid.code(), invalid.getMessage());
            }
        }
        return new Decoded.Malformed(
                scan.answerId(),
                ErrorCode.BAD_MESSAGE,
                "A field of this '" + scan.type() + "' holds a value of the wrong kind.");
    }
}
