package dev.parley.server.endpoint;

import dev.parley.protocol.ServerMessage;
import jakarta.enterprise.context.Dependent;
import jakarta.inject.Inject;
import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.nio.ByteBuffer;
import java.util.Optional;

/** The endpoint for all messages: chat, notifications, presence, metrics. */
@Dependent
@ServerEndpoint(
        value = "/chat",
        subprotocols = ServerMessage.Welcome.PROTOCOL,
        encoders = MessageEncoder.class,
        decoders = MessageDecoder.class,
        configurator = HubConfigurator.class)
public class ChatEndpoint {
    @Inject
    private Connections connections;

    private Optional<Connection> connection = Optional.empty();

    @OnOpen
    public void open(Session session) {
        connection =
                Optional.ofNullable(connections).orElseGet(Connections::current).open(session, ChatEndpoint.class);
    }

    @OnMessage
    public void text(String part, boolean isLast) {
        connection.ifPresent(open -> open.text(part, isLast));
    }

    @OnMessage
    public void binary(ByteBuffer part, boolean isLast) {
        connection.ifPresent(open -> open.binary(part, isLast));
    }

    @OnMessage
    public void pong(PongMessage pong) {
        connection.ifPresent(open -> open.pong(pong));
    }

    @OnClose
    public void close(CloseReason reason) {
        connection.ifPresent(open -> open.closed(reason));
    }

    @OnError
    public void error(Throwable error) {
        connection.ifPresent(open -> open.failed(error));
    }
}
