package dev.parley.client;

import dev.parley.protocol.Position;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How far each channel has been read, by its name on the wire ({@code room:NAME}, {@code inbox}, {@code broadcast}): what
 * makes every message reach the application once and in order. The owner's alone.
 */
final class Channels {
    /** What to do with a message. */
    enum Verdict {
        /** It is the next one. */
        DELIVER,
        /** It has been delivered. */
        SEEN,
        /** Something before it is missing: begin to fill, and deliver nothing of this channel meanwhile. */
        HOLE,
        /** The same hole once more, though the server was asked to fill it. */
        HOLE_AGAIN,
        /** Of a channel that is being filled, so it comes again; or that nobody reads. */
        IGNORE
    }

    private static final class Reading {
        private Position position;
        /** Whether the server reads it to us on the line that there is. */
        private boolean isOpen;

        private boolean isFilling;
        /** Where it was when it was filled last. */
        private long filledAt = -1;

        private Reading(Position position) {
            this.position = position;
        }
    }

    private final Map<String, Reading> readings = new HashMap<>();

    Channels(Map<String, Position> known) {
        known.forEach((key, position) -> readings.put(key, new Reading(position)));
    }

    Map<String, Position> positions() {
        Map<String, Position> positions = new HashMap<>();
        readings.forEach((key, reading) -> positions.put(key, reading.position));
        return positions;
    }

    Optional<Position> position(String key) {
        return Optional.ofNullable(readings.get(key)).map(reading -> reading.position);
    }

    /** Whether something that we had not read cannot be had any more, where the server reads this channel to us from there. */
    boolean isMissed(String key, Position position, boolean recovered) {
        Reading reading = readings.get(key);
        return reading != null && !(recovered && reading.position.epoch().equals(position.epoch()));
    }

    /** The server reads this channel to us from there on. */
    void opened(String key, Position position, boolean recovered) {
        boolean isMissed = isMissed(key, position, recovered);
        Reading reading = readings.computeIfAbsent(key, absent -> new Reading(position));
        reading.isOpen = true;
        reading.isFilling = false;
        // Otherwise ours stays: it is what the server was asked for, and more may have been read since.
        if (isMissed) {
            reading.position = position;
            reading.filledAt = -1;
        }
    }

    boolean isOpen(String key) {
        Reading reading = readings.get(key);
        return reading != null && reading.isOpen;
    }

    int count() {
        return readings.size();
    }

    void left(String key) {
        readings.remove(key);
    }

    Verdict judge(String key, long seq) {
        Reading reading = readings.get(key);
        if (reading == null || reading.isFilling) {
            return Verdict.IGNORE;
        }
        long at = reading.position.seq();
        if (seq <= at) {
            return Verdict.SEEN;
        }
        if (seq == at + 1) {
            return Verdict.DELIVER;
        }
        if (reading.filledAt == at) {
            return Verdict.HOLE_AGAIN;
        }
        reading.isFilling = true;
        reading.filledAt = at;
        return Verdict.HOLE;
    }

    /** The message with this number is in the listeners' hands. */
    void delivered(String key, long seq) {
        Reading reading = readings.get(key);
        reading.position = reading.position.at(seq);
    }

    /** With the next line, reading and filling begin anew. */
    void lineLost() {
        readings.values().forEach(reading -> {
            reading.isOpen = false;
            reading.isFilling = false;
            reading.filledAt = -1;
        });
    }
}
