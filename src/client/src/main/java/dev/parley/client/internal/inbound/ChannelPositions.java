package dev.parley.client.internal.inbound;

import dev.parley.protocol.Position;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The position in each channel, by the channel's name on the wire ({@code room:NAME}, {@code inbox},
 * {@code broadcast}). Finds duplicates and gaps, so that the application receives every message once and in order.
 * Confined to the event loop.
 */
public final class ChannelPositions {
    /** What to do with a message. */
    enum Verdict {
        /** It is the next one. */
        DELIVER,
        /** It has been delivered. */
        DUPLICATE,
        /**
         * A message before it is missing. Ask the server to fill the gap; nothing of this channel is delivered
         * meanwhile.
         */
        GAP,
        /** The same gap again, although the server was asked to fill it. */
        REPEATED_GAP,
        /** The channel has a gap that is being filled, so the message comes again; or the channel is not read. */
        IGNORE
    }

    private static final class ReadState {
        private Position position;
        /** Whether the server sends this channel on the current connection. */
        private boolean isOpen;

        private boolean isFilling;
        /** The seq at which a gap was last found; -1 for none on this connection. */
        private long filledAt = -1;

        private ReadState(Position position) {
            this.position = position;
        }
    }

    private final Map<String, ReadState> channels = new HashMap<>();

    public ChannelPositions(Map<String, Position> known) {
        known.forEach((key, position) -> channels.put(key, new ReadState(position)));
    }

    Map<String, Position> positions() {
        Map<String, Position> positions = new HashMap<>();
        channels.forEach((key, state) -> positions.put(key, state.position));
        return positions;
    }

    Optional<Position> position(String key) {
        return Optional.ofNullable(channels.get(key)).map(state -> state.position);
    }

    /**
     * Whether messages are lost if the server sends this channel from {@code position} on: it could not recover ours,
     * or the epoch is another one.
     */
    boolean isMissed(String key, Position position, boolean recovered) {
        ReadState state = channels.get(key);
        return state != null && !(recovered && state.position.epoch().equals(position.epoch()));
    }

    /** The server sends this channel from {@code position} on. */
    void opened(String key, Position position, boolean recovered) {
        boolean isMissed = isMissed(key, position, recovered);
        ReadState state = channels.computeIfAbsent(key, absent -> new ReadState(position));
        state.isOpen = true;
        state.isFilling = false;
        // Otherwise our position stays: it is the one that the server was asked for, and more may have been read since.
        if (isMissed) {
            state.position = position;
            state.filledAt = -1;
        }
    }

    /**
     * The application wants to read this channel from this position on. If the channel is open, the server is yet to be
     * asked to send it from there.
     */
    void startAt(String key, Position position) {
        ReadState state = channels.computeIfAbsent(key, absent -> new ReadState(position));
        state.position = position;
        state.isFilling = false;
        state.filledAt = -1;
    }

    boolean isOpen(String key) {
        ReadState state = channels.get(key);
        return state != null && state.isOpen;
    }

    int count() {
        return channels.size();
    }

    void left(String key) {
        channels.remove(key);
    }

    Verdict judge(String key, long seq) {
        ReadState state = channels.get(key);
        if (state == null || state.isFilling) {
            return Verdict.IGNORE;
        }
        long at = state.position.seq();
        if (seq <= at) {
            return Verdict.DUPLICATE;
        }
        if (seq == at + 1) {
            return Verdict.DELIVER;
        }
        if (state.filledAt == at) {
            return Verdict.REPEATED_GAP;
        }
        state.isFilling = true;
        state.filledAt = at;
        return Verdict.GAP;
    }

    /** The message with this seq is in the queue of the listeners. */
    void delivered(String key, long seq) {
        ReadState state = channels.get(key);
        state.position = state.position.at(seq);
    }

    /** The connection has ended. Gaps are detected afresh on the next one. */
    void connectionLost() {
        channels.values().forEach(state -> {
            state.isOpen = false;
            state.isFilling = false;
            state.filledAt = -1;
        });
    }
}
