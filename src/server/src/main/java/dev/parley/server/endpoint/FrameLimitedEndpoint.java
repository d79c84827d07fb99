package dev.parley.server.endpoint;

import jakarta.enterprise.context.Dependent;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpointConfig;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * An endpoint class in another form, for containers that collect a whole frame before they call a handler of parts.
 * Open Liberty refuses a frame that is longer than the session's buffer size as soon as it has read the frame's head,
 * with 1009, but only for subclasses of {@link Endpoint}. Elsewhere the annotated classes are used, because Undertow
 * takes these sizes as limits of whole binary messages and then fails in other ways.
 *
 * <p>Open Liberty compares the length of a single frame only, so that {@link FrameAssembler} remains. It compares
 * nothing if a message begins with a continuation frame, and keeps 8 KiB for each byte of a frame that comes byte by
 * byte. No application can limit these two.
 */
@Dependent
public class FrameLimitedEndpoint extends Endpoint {
    private Optional<Connection> connection = Optional.empty();

    @Override
    public void onOpen(Session session, EndpointConfig config) {
        Connections connections = Connections.current();
        session.setMaxTextMessageBufferSize(connections.frameMax());
        session.setMaxBinaryMessageBufferSize(connections.frameMax());
        connection = connections.open(session, EndpointCoders.endpointAt(((ServerEndpointConfig) config).getPath()));
        // Of a refused connection too: without a handler of parts, Open Liberty would keep them.
        session.addMessageHandler(String.class, (MessageHandler.Partial<String>) this::text);
        session.addMessageHandler(ByteBuffer.class, (MessageHandler.Partial<ByteBuffer>) this::binary);
        session.addMessageHandler(PongMessage.class, (MessageHandler.Whole<PongMessage>) this::pong);
    }

    private void text(String part, boolean isLast) {
        connection.ifPresent(open -> open.text(part, isLast));
    }

    private void binary(ByteBuffer part, boolean isLast) {
        connection.ifPresent(open -> open.binary(part, isLast));
    }

    private void pong(PongMessage pong) {
        connection.ifPresent(open -> open.pong(pong));
    }

    @Override
    public void onClose(Session session, CloseReason reason) {
        connection.ifPresent(open -> open.closed(reason));
    }

    @Override
    public void onError(Session session, Throwable error) {
        connection.ifPresent(open -> open.failed(error));
    }
}
