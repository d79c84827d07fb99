package dev.parley.bench.load;

import java.time.Duration;
import java.util.Optional;

/**
 * What one client says to its server beside load messages: it signs in, enters its room, answers heartbeats. It stays
 * the same over reconnects, and so may remember where it was. Confined to the loop.
 */
public interface Dialog {
    /** The request of the next connection. */
    Upgrade upgrade();

    /** The WebSocket is open. */
    Turn opened();

    /** A frame came that has no load message, or that came before the client was ready. */
    Turn heard(String frame);

    /** Returns true if {@link #delivered} is to be called, which costs a string for each frame. */
    default boolean isTracking() {
        return false;
    }

    /** A frame with load messages came. */
    default void delivered(String frame) {}

    /** Takes the reconnect delay that the server asked for; empty if it asked for none since the last call. */
    default Optional<Duration> takeReconnectDelay() {
        return Optional.empty();
    }
}
