package dev.parley.server.session;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * An encoded message, ready to be sent. Encoded once, queued in many outboxes. Immutable, except for what is computed
 * from it on demand and kept for all of them. Any thread.
 */
public final class Encoded implements Outbox.Waiting {
    private final String json;
    private final int bytes;
    /** Computed by whoever needs it first; twice if two threads do at once. */
    private volatile Optional<Framing.Line> line = Optional.empty();

    private Encoded(String json, int bytes) {
        this.json = json;
        this.bytes = bytes;
    }

    /** Wraps a message that is JSON already, such as the store keeps it. */
    public static Encoded of(String json) {
        return new Encoded(json, json.getBytes(StandardCharsets.UTF_8).length);
    }

    /** @param bytes length of {@code json} in UTF-8, where it is known already */
    public static Encoded of(String json, int bytes) {
        return new Encoded(json, bytes);
    }

    /** The message on the wire. */
    public String json() {
        return json;
    }

    /** Length of {@link #json} in UTF-8. */
    @Override
    public int bytes() {
        return bytes;
    }

    /** The message for people who read plain lines. */
    Framing.Line line() {
        Optional<Framing.Line> known = line;
        if (known.isEmpty()) {
            known = Optional.of(Framing.Line.of(json));
            line = known;
        }
        return known.get();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Encoded encoded && encoded.json.equals(json);
    }

    @Override
    public int hashCode() {
        return json.hashCode();
    }

    @Override
    public String toString() {
        return json;
    }

    /**
     * Messages that are queued together, in this order. Their frame is composed once and shared by every session whose
     * outbox holds nothing else. Any thread.
     */
    public static final class Batch implements Outbox.Waiting {
        private final List<Encoded> messages;
        private final int bytes;
        /** As {@link Encoded#line}. */
        private volatile Optional<String> array = Optional.empty();

        private Batch(List<Encoded> messages) {
            this.messages = messages;
            this.bytes = messages.stream().mapToInt(Encoded::bytes).sum();
        }

        /** @param messages at least one */
        public static Batch of(List<Encoded> messages) {
            return new Batch(List.copyOf(messages));
        }

        public List<Encoded> messages() {
            return messages;
        }

        /** Length of all messages in UTF-8. */
        @Override
        public int bytes() {
            return bytes;
        }

        /** All messages as one JSON array, or the only one as it is. */
        String frame() {
            if (messages.size() == 1) {
                return messages.get(0).json();
            }
            Optional<String> known = array;
            if (known.isEmpty()) {
                known = Optional.of(messages.stream().map(Encoded::json).collect(Collectors.joining(",", "[", "]")));
                array = known;
            }
            return known.get();
        }
    }
}
