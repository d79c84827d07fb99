package dev.parley.server.endpoint;

import dev.parley.protocol.CloseCode;
import dev.parley.server.session.Transport;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Session;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * A container's WebSocket as a {@link Transport}. After a close, containers throw IllegalStateException and other
 * exceptions.
 */
final class JakartaTransport implements Transport {
    /** How long a peer may take to answer our close frame before the TCP connection is closed too. */
    static final long LINGER_MILLIS = 2_000;

    /** The same for a slow reader, which has much to read before our close frame, which tells it to reconnect. */
    private static final long SLOW_LINGER_MILLIS = 10_000;

    private static final Logger LOG = System.getLogger(JakartaTransport.class.getName());

    private final Session session;
    private final LingeringConnections lingering;
    private final Executor writer;

    /** @param writer the container's thread that writes to this connection, or the caller's */
    JakartaTransport(Session session, LingeringConnections lingering, Executor writer) {
        this.session = session;
        this.lingering = lingering;
        this.writer = writer;
    }

    /** The time of a peer that neither reads nor sends, after a close with this code. */
    static long lingerMillis(CloseCode code) {
        return code == CloseCode.SLOW_CONSUMER ? SLOW_LINGER_MILLIS : LINGER_MILLIS;
    }

    @Override
    public Executor writer() {
        return writer;
    }

    @Override
    public void send(String text, Consumer<Boolean> whenDone) {
        try {
            session.getAsyncRemote().sendText(text, result -> whenDone.accept(result.isOK()));
        } catch (RuntimeException e) {
            LOG.log(Level.DEBUG, "A send failed; the session ends.", e);
            whenDone.accept(false);
        }
    }

    @Override
    public void send(ByteBuffer frame, Consumer<Boolean> whenDone) {
        try {
            session.getAsyncRemote().sendBinary(frame, result -> whenDone.accept(result.isOK()));
        } catch (RuntimeException e) {
            LOG.log(Level.DEBUG, "A send failed; the session ends.", e);
            whenDone.accept(false);
        }
    }

    @Override
    public void ping(ByteBuffer payload) {
        try {
            session.getAsyncRemote().sendPing(payload);
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.DEBUG, "A ping failed; the heartbeat will notice.", e);
        }
    }

    @Override
    public void close(CloseCode code, String reason) {
        try {
            if (!session.isOpen()) {
                // The container has ended it, and may be about to send a close frame of its own.
                return;
            }
            if (code == CloseCode.ABNORMAL) {
                session.close();
            } else {
                session.close(new CloseReason(CloseReason.CloseCodes.getCloseCode(code.number()), reason));
            }
            lingering.add(session, lingerMillis(code));
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.DEBUG, "A close failed; the connection is gone already.", e);
        }
    }
}
