package dev.parley.acceptance.checker;

import java.util.List;
import java.util.Optional;

/**
 * An event as one client observed it. The events of one client are in a history in the order in which they happened.
 */
public sealed interface Event {
    void accept(Visitor visitor);

    /** A connection is open. The server does not know what arrived on earlier connections. */
    record Connected(ClientId clientId) implements Event {
        @Override
        public void accept(Visitor visitor) {
            visitor.connected(this);
        }
    }

    /**
     * {@code welcome} or {@code joined} named a channel.
     *
     * @param asked the position that the client requested
     * @param from the position in the answer
     */
    record Opened(
            ClientId clientId, String channel, Optional<ChannelPosition> asked, ChannelPosition from, boolean recovered)
            implements Event {
        @Override
        public void accept(Visitor visitor) {
            visitor.opened(this);
        }
    }

    /**
     * A message was written to the connection, for the first time or again.
     *
     * @param channels the channels that must store it; the ack names the seq in the first one
     */
    record Sent(ClientId clientId, List<String> channels, Message message) implements Event {
        public Sent {
            channels = List.copyOf(channels);
        }

        String acknowledgedIn() {
            return channels.get(0);
        }

        @Override
        public void accept(Visitor visitor) {
            visitor.sent(this);
        }
    }

    record Acked(ClientId clientId, String id, String channel, long seq) implements Event {
        @Override
        public void accept(Visitor visitor) {
            visitor.acked(this);
        }
    }

    /** The answer was an {@code error}. */
    record Refused(ClientId clientId, String id, String code) implements Event {
        @Override
        public void accept(Visitor visitor) {
            visitor.refused(this);
        }
    }

    /** @param epoch the epoch in which the channel was opened; empty if it never was */
    record Received(ClientId clientId, String channel, String epoch, long seq, Message message) implements Event {
        @Override
        public void accept(Visitor visitor) {
            visitor.received(this);
        }
    }

    /** @param code the close code; 1006 for a connection without a close frame */
    record Disconnected(ClientId clientId, int code) implements Event {
        @Override
        public void accept(Visitor visitor) {
            visitor.disconnected(this);
        }
    }

    /** The complete log of a channel, read at the end of the test. */
    record Audited(String channel, String epoch, long head, long oldest, List<Entry> entries) implements Event {
        public Audited {
            entries = List.copyOf(entries);
        }

        public record Entry(long seq, Message message) {}

        @Override
        public void accept(Visitor visitor) {
            visitor.audited(this);
        }
    }

    /** Receives the events that a rule needs. */
    interface Visitor {
        default void connected(Connected event) {}

        default void opened(Opened event) {}

        default void sent(Sent event) {}

        default void acked(Acked event) {}

        default void refused(Refused event) {}

        default void received(Received event) {}

        default void disconnected(Disconnected event) {}

        default void audited(Audited event) {}
    }
}
