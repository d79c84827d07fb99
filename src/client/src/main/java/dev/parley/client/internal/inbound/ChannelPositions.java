package dev.parley.client.internal.inbound;

import dev.parley.protocol.Position;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How far each channel has been read, by its name on the wire ({@code room:NAME}, {@code inbox}, {@code broadcast}):
 * what makes every message reach the application once and in order. Confined to the event loop.
 */
public final class ChannelPositions {
    /** What to do with a message. */
    enum Verdict {
        /** It is the next one. */
        DELIVER,
        /** It has been delivered. */
        DUPLICATE,
        /** Something before it is missing: begin to fill, and deliver nothing of this channel meanwhile. */
        GAP,
        /** The same hole once more, though the server was asked to fill it. */
        REPEATED_GAP,
        /** Of a channel that is being filled, so it comes again; or that nobody reads. */
        IGNORE
    }

    private static final class ReadState {
        private Position position;
        /** Whether the server reads it to us on the connection that there is. */
        private boolean isOpen;

        private boolean isFilling;
        /** Where it was when it was filled last. */
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
     * Whether something that we had not read cannot be had any more, where the server reads this channel to us from
     * there.
     */
    boolean isMissed(String key, Position position, boolean recovered) {
        ReadState state = channels.get(key);
        return state != null && !(recovered && state.position.epoch().equals(position.epoch()));
    }

    /** The server reads this channel to us from there on. */
    void opened(String key, Position position, boolean recovered) {
        boolean isMissed = isMissed(key, position, recovered);
        ReadState state = channels.computeIfAbsent(key, absent -> new ReadState(position));
        state.isOpen = true;
        state.isFilling = false;
        // Otherwise ours stays: it is what the server was asked for, and more may have been read since.
        if (isMissed) {
            state.position = position;
            state.filledAt = -1;
        }
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

    /** The message with this number is in the listeners' hands. */
    void delivered(String key, long seq) {
        ReadState state = channels.get(key);
        state.position = state.position.at(seq);
    }

    /** With the next connection, reading and filling begin anew. */
    void connectionLost() {
        channels.values().forEach(state -> {
            state.isOpen = false;
            state.isFilling = false;
            state.filledAt = -1;
        });
    }
}
