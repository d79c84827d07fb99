package dev.parley.client;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/** Opens lines. */
interface Connector {
    /** What is heard of a line, from any thread, one call at a time. */
    interface Ear {
        /** A part of a frame came. */
        void lifeSign();

        /** @param bytes of it in UTF-8 */
        void frame(String text, int bytes);

        /** Told once. */
        void closed(int code, String reason);
    }

    /**
     * Blocks until there is a line, or the time is over; not called on the owner thread, and interrupted only where that
     * {@link #endsByInterrupt}.
     *
     * @param token for the {@code Authorization} header
     */
    Line open(URI uri, Optional<String> token, Duration timeout, Ear ear) throws HandshakeFailure;

    /** Whether an interrupt ends {@link #open} at once, and leaves no connection behind. Any thread. */
    boolean endsByInterrupt();
}
