package dev.parley.client.internal.transport;

import dev.parley.protocol.ServerMessage;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.Session;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A transport on a container's WebSocket session. It is a programmatic {@link Endpoint}: with {@code @ClientEndpoint}
 * the container would create the configurator (Jakarta WebSocket 2.1), but each attempt needs its own, with its own
 * token.
 */
final class WebSocketTransport extends Endpoint implements Transport {
    static final String SUBPROTOCOL = ServerMessage.Welcome.PROTOCOL;

    private static final Logger LOG = System.getLogger(WebSocketTransport.class.getName());

    private final Connector.TransportListener listener;
    private final InboundFrame frame;
    private final Executor closing;
    private final TcpConnection connection;
    private final AtomicBoolean isClosed = new AtomicBoolean();
    private volatile Session session;

    /** @param closing runs closes, which may block: some containers wait for a slow write */
    WebSocketTransport(Connector.TransportListener listener, int frameMax, Executor closing, TcpConnection connection) {
        this.listener = listener;
        this.frame = new InboundFrame(frameMax);
        this.closing = closing;
        this.connection = connection;
    }

    @Override
    public void onOpen(Session opened, EndpointConfig config) {
        session = opened;
        if (isClosed.get()) {
            // Opened too late: the attempt has been given up.
            closing.execute(() -> end(CloseCodes.NORMAL_CLOSURE, ""));
            return;
        }
        // Tyrus would schedule a task for each message; the heartbeat watches the connection.
        opened.setMaxIdleTimeout(-1);
        // No lambdas: containers derive the type of the message from the class.
        opened.addMessageHandler(new MessageHandler.Partial<String>() {
            @Override
            public void onMessage(String part, boolean isLast) {
                received(part, isLast);
            }
        });
        opened.addMessageHandler(new MessageHandler.Partial<ByteBuffer>() {
            @Override
            public void onMessage(ByteBuffer part, boolean isLast) {
                closed(
                        CloseCodes.CANNOT_ACCEPT.getCode(),
                        "The server sent a binary frame, which the protocol does not allow.");
            }
        });
    }

    private void received(String part, boolean isLast) {
        if (isClosed.get()) {
            return;
        }
        listener.received();
        Optional<InboundFrame.Whole> whole = frame.add(part, isLast);
        whole.ifPresent(one -> listener.frame(one.text(), one.bytes()));
        if (frame.isSpent()) {
            closed(CloseCodes.CLOSED_ABNORMALLY.getCode(), "The server sent a frame that is longer than allowed here.");
        }
    }

    @Override
    public void onClose(Session closed, CloseReason reason) {
        closed(
                reason.getCloseCode().getCode(),
                Optional.ofNullable(reason.getReasonPhrase()).orElse(""));
    }

    @Override
    public void onError(Session failed, Throwable failure) {
        LOG.log(Level.DEBUG, "The connection failed.", failure);
        closed(CloseCodes.CLOSED_ABNORMALLY.getCode(), String.valueOf(failure.getMessage()));
    }

    private void closed(int code, String reason) {
        if (isClosed.compareAndSet(false, true)) {
            listener.closed(code, reason);
            closing.execute(() -> end(CloseCodes.NORMAL_CLOSURE, ""));
        }
    }

    @Override
    public boolean isBatched() {
        return SUBPROTOCOL.equals(session.getNegotiatedSubprotocol());
    }

    @Override
    public void send(String text, Consumer<Boolean> whenDone) {
        try {
            session.getAsyncRemote().sendText(text, result -> whenDone.accept(result.isOK()));
        } catch (RuntimeException e) { // after a close: IllegalStateException, or others
            LOG.log(Level.DEBUG, "A send failed.", e);
            whenDone.accept(false);
        }
    }

    @Override
    public void send(ByteBuffer bytes, Consumer<Boolean> whenDone) {
        try {
            session.getAsyncRemote().sendBinary(bytes, result -> whenDone.accept(result.isOK()));
        } catch (RuntimeException e) { // as above
            LOG.log(Level.DEBUG, "A send failed.", e);
            whenDone.accept(false);
        }
    }

    @Override
    public void close(int code, String reason) {
        if (isClosed.compareAndSet(false, true)) {
            closing.execute(() -> end(CloseCodes.getCloseCode(code), reason));
        }
    }

    private void end(CloseReason.CloseCode code, String reason) {
        Session present = session;
        try {
            if (present != null && present.isOpen()) {
                connection.closing(present);
                present.close(new CloseReason(code, reason));
            }
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.DEBUG, "A close failed; the connection has ended already.", e);
        } finally {
            connection.end();
        }
    }
}
