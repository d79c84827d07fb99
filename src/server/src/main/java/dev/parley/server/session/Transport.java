package dev.parley.server.session;

import dev.parley.protocol.CloseCode;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * The connection below a session, as its outbox needs it: a container's WebSocket, or a recorder in tests. Only one
 * send may be in flight (Tomcat throws on a second one, Liberty fails it silently).
 */
public interface Transport {
    /**
     * @param whenDone told once, perhaps before this method returns: true when the text left, false when it never will
     */
    void send(String text, Consumer<Boolean> whenDone);

    /**
     * Sends a ping frame; called only while no send is in flight. A failure is left to the heartbeat to notice.
     *
     * @param payload that the pong repeats, 125 bytes at most (RFC 6455 section 5.5)
     */
    void ping(ByteBuffer payload);

    /** Sends a close frame and forgets the connection, even where the peer never answers. */
    void close(CloseCode code, String reason);
}
