package dev.parley.server.session;

import dev.parley.protocol.CloseCode;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * The connection of a session, seen as something to write to and close: a container's WebSocket, or a recorder in
 * tests. Only one send may be in flight (Tomcat throws on a second one, Liberty fails it silently).
 */
public interface Transport {
    /** Runs a task at once, on the thread that brings it. */
    Executor CALLER = Runnable::run;

    /**
     * Runs tasks where a {@link #send} costs least: on the thread of the container that writes to this connection, if
     * it has such a thread. Connections of one thread share their executor.
     */
    default Executor writer() {
        return CALLER;
    }

    /**
     * @param whenDone called once, perhaps before this method returns: true if the text left, false if it never will
     */
    void send(String text, Consumer<Boolean> whenDone);

    /**
     * Sends a binary frame, as {@link #send(String, Consumer)}.
     *
     * @param frame from its position to its limit; its array is shared with other connections
     */
    void send(ByteBuffer frame, Consumer<Boolean> whenDone);

    /**
     * Sends a ping frame; called only while no send is in flight. The heartbeat notices a failure.
     *
     * @param payload bytes that the pong repeats, at most 125 (RFC 6455 section 5.5)
     */
    void ping(ByteBuffer payload);

    /** Sends a close frame and forgets the connection, even where the peer never answers. */
    void close(CloseCode code, String reason);
}
