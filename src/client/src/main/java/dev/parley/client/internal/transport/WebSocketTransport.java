package dev.parley.client.internal.transport;

import dev.parley.client.EndpointListener;
import dev.parley.client.ParleyEndpoint;
import dev.parley.client.ServerFrame;
import dev.parley.protocol.ServerMessage;
import jakarta.websocket.CloseReason;
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
import java.util.function.Consumer;

/**
 * A transport on a container's WebSocket session: a programmatic {@link Endpoint} that forwards to a
 * {@link ParleyEndpoint}. For an annotated endpoint the container would create the configurator (Jakarta WebSocket
 * 2.1), but each attempt needs its own, with its own token, and its own TLS context.
 */
final class WebSocketTransport extends Endpoint implements Transport {
    private static final Logger LOG = System.getLogger(WebSocketTransport.class.getName());

    private final Connector.TransportListener listener;
    private final ParleyEndpoint endpoint;
    private final TcpConnection connection;
    private volatile Session session;

    /** @param closing runs closes, which may block: some containers wait for a slow write */
    WebSocketTransport(
            Connector.TransportListener listener,
            WebSocketConnector.EndpointFactory endpoints,
            int frameMax,
            Executor closing,
            TcpConnection connection) {
        this.listener = listener;
        this.connection = connection;
        this.endpoint = endpoints.create(
                new Forwarding(), frameMax, (opened, reason) -> closing.execute(() -> end(opened, reason)));
    }

    /** The class whose annotation has the configuration of this connection. */
    Class<? extends ParleyEndpoint> endpointClass() {
        return endpoint.getClass();
    }

    @Override
    public void onOpen(Session opened, EndpointConfig config) {
        session = opened;
        endpoint.onOpen(opened);
        if (!endpoint.isOpen()) {
            // Opened too late: the attempt has been given up.
            return;
        }
        // Tyrus would schedule a task for each message; the heartbeat watches the connection.
        opened.setMaxIdleTimeout(-1);
        // No lambdas: containers derive the type of the message from the class.
        opened.addMessageHandler(new MessageHandler.Partial<String>() {
            @Override
            public void onMessage(String part, boolean isLast) {
                listener.received();
                endpoint.onText(part, isLast);
            }
        });
        opened.addMessageHandler(new MessageHandler.Partial<ByteBuffer>() {
            @Override
            public void onMessage(ByteBuffer part, boolean isLast) {
                listener.received();
                endpoint.onBinary(part, isLast);
            }
        });
    }

    @Override
    public void onClose(Session closed, CloseReason reason) {
        endpoint.onClose(reason);
    }

    @Override
    public void onError(Session failed, Throwable failure) {
        endpoint.onError(failure);
    }

    @Override
    public boolean isBatched() {
        return ServerMessage.Welcome.PROTOCOL.equals(session.getNegotiatedSubprotocol());
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
        endpoint.close(code, reason);
    }

    private void end(Optional<Session> opened, CloseReason reason) {
        try {
            if (opened.isPresent() && opened.get().isOpen()) {
                connection.closing(opened.get());
                opened.get().close(reason);
            }
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.DEBUG, "A close failed; the connection has ended already.", e);
        } finally {
            connection.end();
        }
    }

    private final class Forwarding implements EndpointListener {
        @Override
        public void received(ServerFrame frame) {
            try {
                listener.frame(frame);
            } catch (RuntimeException e) { // a bug: the next connection gets the frame again, by position
                endpoint.onError(e);
            }
        }

        @Override
        public void binary(byte[] frame) {
            listener.binary(frame);
        }

        @Override
        public void binaryIgnored() {
            listener.binaryIgnored();
        }

        @Override
        public void closed(int code, String reason) {
            listener.closed(code, reason);
        }

        @Override
        public void failed(Throwable failure) {
            LOG.log(Level.DEBUG, "The connection failed.", failure);
        }
    }
}
