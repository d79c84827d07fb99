package dev.parley.client.internal.transport;

import jakarta.websocket.Session;
import java.util.Optional;

/**
 * The TCP connection below a transport, as far as the container leaves it to the client. Any thread may call any
 * method.
 */
interface TcpConnection {
    /** How long a server may take to answer a close frame before the connection is dropped. */
    long LINGER_MILLIS = 2_000;

    /**
     * For a container that waits for the server's answer to the close frame. A stopped server never answers, and only
     * the session's idle timeout drops its connection.
     */
    TcpConnection LINGERING = new TcpConnection() {
        @Override
        public void closing(Session session) {
            session.setMaxIdleTimeout(LINGER_MILLIS);
        }

        @Override
        public void end() {}
    };

    /** For a container that closes the connection directly after the close frame. */
    TcpConnection CLOSED_BY_CONTAINER = new TcpConnection() {
        @Override
        public void closing(Session session) {}

        @Override
        public void end() {}
    };

    /** Called before the close frame is sent. */
    void closing(Session session);

    /** Frees all resources, after the connection has ended or failed to open. A second call is harmless. */
    void end();

    /** Whether an interrupt of the connecting thread ends the attempt, so that {@link #end} can free everything. */
    default boolean endsByInterrupt() {
        return false;
    }

    /** The error that ended the handshake on a thread of the container, which does not report it. */
    default Optional<Error> error() {
        return Optional.empty();
    }
}
