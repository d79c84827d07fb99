package dev.parley.server.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.Hub;
import dev.parley.server.config.SettingSource;
import dev.parley.server.config.Settings;
import dev.parley.server.session.HandshakeResult;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerApplicationConfig;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import org.awaitility.Awaitility;
import org.glassfish.tyrus.core.TyrusWebSocketEngine;
import org.glassfish.tyrus.server.Server;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tyrus sends its own close frame after {@code @OnClose}, so a close of the session in there would be sent instead. */
@Timeout(60)
class TyrusCloseCodesTest {
    private static final int BUFFER = 64 * 1024;

    /** Tyrus creates the endpoint. */
    private static volatile Connections connections;

    private Hub hub;
    private Server server;

    /** Does what {@code ChatEndpoint} does, without CDI and the filter. */
    public static final class Forwarding extends Endpoint {
        private Connection connection;

        @Override
        public void onOpen(Session container, EndpointConfig config) {
            new HandshakeResult(Optional.empty(), "192.0.2.1").storeIn(container.getUserProperties());
            connection = connections.open(container, ChatEndpoint.class).orElseThrow();
            container.addMessageHandler(String.class, (MessageHandler.Partial<String>) connection::text);
        }

        @Override
        public void onClose(Session container, CloseReason reason) {
            connection.closed(reason);
        }

        @Override
        public void onError(Session container, Throwable error) {
            connection.failed(error);
        }
    }

    /** Deploys the endpoint. */
    public static final class Application implements ServerApplicationConfig {
        @Override
        public Set<ServerEndpointConfig> getEndpointConfigs(Set<Class<? extends Endpoint>> classes) {
            return Set.of(ServerEndpointConfig.Builder.create(Forwarding.class, "/chat")
                    .build());
        }

        @Override
        public Set<Class<?>> getAnnotatedEndpointClasses(Set<Class<?>> scanned) {
            return Set.of();
        }
    }

    @BeforeEach
    void start() throws Exception {
        JdbcDataSource database = new JdbcDataSource();
        database.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        Settings settings = Settings.read(new SettingSource(Map.of("parley.guests", "true"), Map.of(), Map.of()));
        hub = new Hub(settings, database, InstantSource.system(), Executors.defaultThreadFactory());
        hub.start();
        connections = hub.parts().connections();
        // -1 is a free port; 0 would be the default port.
        server = new Server(
                "127.0.0.1", -1, "/", Map.of(TyrusWebSocketEngine.INCOMING_BUFFER_SIZE, BUFFER), Application.class);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop();
        hub.close();
    }

    @Test
    void badUtf8GetsInvalidPayload() throws IOException {
        assertThat(closeCodeAfter(RawPeer.FIN | RawPeer.TEXT, new byte[] {(byte) 0xFF}))
                .isEqualTo(1007);
    }

    @Test
    void reservedOpcodeGetsProtocolError() throws IOException {
        assertThat(closeCodeAfter(RawPeer.FIN | 3, new byte[1])).isEqualTo(1002);
    }

    /**
     * The header does not fit. A longer frame could be reset, with what Tyrus has not read, before its answer is read.
     */
    @Test
    void frameOverTheBufferGetsUnexpectedCondition() throws IOException {
        assertThat(closeCodeAfter(RawPeer.FIN | RawPeer.TEXT, new byte[BUFFER + 1]))
                .isEqualTo(1011);
    }

    private int closeCodeAfter(int firstByte, byte[] payload) throws IOException {
        try (RawPeer peer = new RawPeer(server.getPort(), "/chat").upgraded()) {
            peer.write(firstByte, payload);
            int code = peer.closeCode();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> hub.parts().sessions().count() == 0);
            return code;
        }
    }
}
