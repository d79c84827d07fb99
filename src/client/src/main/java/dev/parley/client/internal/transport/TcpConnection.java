package dev.parley.client.internal.transport;

import jakarta.websocket.Session;

/**
 * The TCP connection under a transport, as far as a container leaves it to its user. Any thread may call any method.
 */
interface TcpConnection {
    /** How long a server may take to answer a close frame before its connection goes too. */
    long LINGER_MILLIS = 2_000;

    /**
     * Of a container that waits for the server's answer to the close frame: a server that stopped never answers, and
     * nothing but the idle timeout of the session drops its connection.
     */
    TcpConnection LINGERING = new TcpConnection() {
        @Override
        public void closing(Session session) {
            session.setMaxIdleTimeout(LINGER_MILLIS);
        }

        @Override
        public void end() {}
    };

    /** Of a container that closes it right behind the close frame. */
    TcpConnection CLOSED_BY_CONTAINER = new TcpConnection() {
        @Override
        public void closing(Session session) {}

        @Override
        public void end() {}
    };

    /** The connection is about to send its close frame. */
    void closing(Session session);

    /** The connection is over, or none came about: frees what is left. A second call does no harm. */
    void end();

    /**
     * Whether an interrupt of the thread that connects ends the attempt, after which {@link #end} leaves nothing of it.
     */
    default boolean endsByInterrupt() {
        return false;
    }
}
