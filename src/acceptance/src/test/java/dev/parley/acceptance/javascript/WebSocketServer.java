package dev.parley.acceptance.javascript;

import jakarta.websocket.CloseReason;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.glassfish.tyrus.server.Server;

/** A plain WebSocket server, which knows nothing of Parley. */
public final class WebSocketServer implements AutoCloseable {
    private static final int MAX_MESSAGE_BYTES = 1024 * 1024;
    /** Tyrus takes a free port for it; 0 would be the default port. */
    private static final int FREE_PORT = -1;

    private final Server server;

    private WebSocketServer(Server server) {
        this.server = server;
    }

    public static WebSocketServer start() throws DeploymentException {
        Server server = new Server("127.0.0.1", FREE_PORT, "/", Map.of(), Echo.class, Closing.class);
        server.start();
        return new WebSocketServer(server);
    }

    /** The address without a path. */
    public URI uri() {
        return URI.create("ws://127.0.0.1:" + server.getPort());
    }

    @Override
    public void close() {
        server.stop();
    }

    /** Sends back what it receives. */
    @ServerEndpoint(
            value = "/echo",
            subprotocols = {"first", "second"})
    public static final class Echo {
        @OnMessage(maxMessageSize = MAX_MESSAGE_BYTES)
        public String text(String text) {
            return text;
        }

        @OnMessage(maxMessageSize = MAX_MESSAGE_BYTES)
        public ByteBuffer binary(ByteBuffer bytes) {
            return bytes;
        }
    }

    /** Closes with this code, and with the reason in the query. */
    @ServerEndpoint("/close/{code}")
    public static final class Closing {
        @OnOpen
        public void open(Session session, @PathParam("code") int code) throws IOException {
            String reason = session.getRequestParameterMap()
                    .getOrDefault("reason", List.of(""))
                    .get(0);
            session.close(new CloseReason(CloseReason.CloseCodes.getCloseCode(code), reason));
        }
    }
}
