package dev.parley.acceptance.checker;

import java.util.List;
import java.util.Optional;

/**
 * What happened, as a client saw it. The events of one client stand in a history in the order in which they happened.
 */
public sealed interface Event {
    void accept(Visitor visitor);

    /** The line is open; nothing that came over an earlier one counts as known to the server. */
    record Connected(ClientId clientId) implements Event {
        @Override
        public void accept(Visitor visitor) {
            visitor.connected(this);
        }
    }

    /**
     * {@code welcome} or {@code joined} named a channel.
     *
     * @param asked the position that the client gave
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
     * Written to the line, for the first time or again.
     *
     * @param channels where it is to be stored; the first one is where the ack names its seq
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

    /** An {@code error} was the answer. */
    record Refused(ClientId clientId, String id, String code) implements Event {
        @Override
        public void accept(Visitor visitor) {
            visitor.refused(this);
        }
    }

    /** @param epoch of the log that the channel was opened in; empty where it never was */
    record Received(ClientId clientId, String channel, String epoch, long seq, Message message) implements Event {
        @Override
        public void accept(Visitor visitor) {
            visitor.received(this);
        }
    }

    /** @param code the close code, 1006 for a line that broke */
    record Disconnected(ClientId clientId, int code) implements Event {
        @Override
        public void accept(Visitor visitor) {
            visitor.disconnected(this);
        }
    }

    /** The whole log of a channel, read when all was over. */
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

    /** What a rule wants to know of. */
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
