package dev.parley.protocol;

import dev.parley.protocol.binding.ParsedObjects;
import jakarta.json.bind.Jsonb;
import jakarta.json.bind.JsonbBuilder;
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

    private static final Jsonb JSONB = JsonbBuilder.newBuilder()
            .withProvider(new ParsedObjects(JsonScan.PROVIDER))
            .build();

    /** An empty list of messages, as encoded. A string holds no bare quote, so that it stands for the field alone. */
    private static final String NO_MESSAGES = "\"messages\":[]";

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
     * Inserts values into an encoded {@link ServerMessage.Subscribed}. There may be thousands, so they are not encoded
     * again.
     *
     * @param withoutValues the encoded message with an empty list of values
     * @param metrics encoded {@link ServerMessage.Metric}s
     */
    public static String insertMetrics(String withoutValues, List<String> metrics) {
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
     * Inserts messages into an encoded {@link ServerMessage.History}, as they are stored.
     *
     * @param withoutMessages the encoded message with an empty list of messages
     * @param stored encoded {@link ServerMessage.Stored}s
     */
    public static String insertMessages(String withoutMessages, List<String> stored) {
        int end = withoutMessages.indexOf(NO_MESSAGES) + NO_MESSAGES.length() - 1;
        int length = stored.stream().mapToInt(json -> json.length() + 1).sum();
        StringBuilder text = new StringBuilder(withoutMessages.length() + length).append(withoutMessages, 0, end);
        String separator = "";
        for (String message : stored) {
            text.append(separator).append(message);
            separator = ",";
        }
        return text.append(withoutMessages, end, withoutMessages.length()).toString();
    }

    /**
     * Decodes one frame from an untrusted server: an object, or an array of up to {@value #SERVER_BATCH_MAX} objects.
     *
     * @return at least one element, in the order of the text; never throws, whatever the text
     */
    public static List<DecodedServerMessage> decodeFromServer(String text) {
        List<JsonScan> scans = JsonScan.serverFrame(text);
        if (scans.isEmpty() || scans.size() > SERVER_BATCH_MAX) {
            return List.of(new DecodedServerMessage.Malformed("A frame holds 1 to " + SERVER_BATCH_MAX
                    + " messages, but this one holds " + (scans.isEmpty() ? "none" : "more") + "."));
        }
        return scans.stream()
                .map(scan -> ServerMessageShape.decode(scan, JSONB))
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
        List<JsonScan> scans = JsonScan.clientFrame(text);
        if (scans.isEmpty() || scans.size() > BATCH_MAX) {
            return List.of(new Decoded.Malformed(
                    Optional.empty(),
                    ErrorCode.BAD_MESSAGE,
                    "One frame may carry 1 to " + BATCH_MAX + " messages in an array, but this one carries "
                            + (scans.isEmpty() ? "none" : scans.size() + " or more") + "."));
        }
        return scans.stream().map(MessageCodec::decode).toList();
    }

    private static Decoded decode(JsonScan scan) {
        return scan.problem()
                .or(() -> MessageShape.check(scan))
                .<Decoded>map(problem -> problem)
                .orElseGet(() -> bind(scan));
    }

    private static Decoded bind(JsonScan scan) {
        try {
            return new Decoded.Valid(scan.bind(JSONB, ClientMessage.class));
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
