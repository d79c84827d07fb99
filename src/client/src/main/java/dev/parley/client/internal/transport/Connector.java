package dev.parley.client.internal.transport;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/** Opens connections. */
public interface Connector {
    /** What is heard of a connection, from any thread, one call at a time. */
    interface TransportListener {
        /** A part of a frame came. */
        void received();

        /** @param bytes of it in UTF-8 */
        void frame(String text, int bytes);

        /** Told once. */
        void closed(int code, String reason);
    }

    /**
     * Blocks until there is a connection, or the time is over; not called on the event loop, and interrupted only where
     * that {@link #endsByInterrupt}.
     *
     * @param token for the {@code Authorization} header
     */
    Transport open(URI uri, Optional<String> token, Duration timeout, TransportListener listener)
            throws HandshakeFailure;

    /** Whether an interrupt ends {@link #open} at once, and leaves no connection behind. Any thread. */
    boolean endsByInterrupt();
}
