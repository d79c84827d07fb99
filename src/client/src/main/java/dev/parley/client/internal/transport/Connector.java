package dev.parley.client.internal.transport;

import dev.parley.client.ServerFrame;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/** Opens connections. */
public interface Connector {
    /** Receives the events of a connection, from any thread, one call at a time. */
    interface TransportListener {
        /** A part of a frame arrived. */
        void received();

        /** A whole frame arrived. */
        void frame(ServerFrame frame);

        /** A whole binary frame arrived. */
        void binary(byte[] frame);

        /** A binary frame arrived and was dropped. */
        void binaryIgnored();

        /** The connection has ended. Called at most once. */
        void closed(int code, String reason);
    }

    /**
     * Opens a connection. Blocks until it is open or has failed; a container that hangs delays that beyond the timeout,
     * by some minutes at most. Not called on the event loop. The thread is interrupted only if
     * {@link #endsByInterrupt}. An error of the container, such as that a class is missing, is thrown as it is.
     *
     * @param token for the {@code Authorization} header
     */
    Transport open(URI uri, Optional<String> token, Duration timeout, TransportListener listener)
            throws HandshakeFailure;

    /** Whether an interrupt ends {@link #open} at once, and leaves no connection behind. Any thread. */
    boolean endsByInterrupt();
}
