package dev.parley.server.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.MessageCodec;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.EndpointType;
import dev.parley.server.session.Framing;
import dev.parley.server.session.HandshakeResult;
import dev.parley.server.session.Outbox;
import dev.parley.server.session.OutboxMemoryBudget;
import dev.parley.server.session.Session;
import dev.parley.server.session.SessionId;
import dev.parley.server.session.TrafficCounters;
import dev.parley.server.session.Transport;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.PongMessage;
import jakarta.websocket.server.ServerApplicationConfig;
import jakarta.websocket.server.ServerEndpointConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.glassfish.tyrus.server.Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests with a real Tyrus, which accepts every send at once and buffers it in memory while its peer does not read. */
@Timeout(60)
class TyrusSlowReaderTest {
    private static final int OUTBOX_MAX = 1024 * 1024;
    private static final Encoded MESSAGE = Encoded.of("\"" + "x".repeat(8 * 1024 - 2) + "\"");
    private static final BlockingQueue<Session> OPENED = new LinkedBlockingQueue<>();

    private Server server;

    /** Does what {@code ChatEndpoint} does, without the hub. */
    public static final class Opening extends Endpoint {
        @Override
        public void onOpen(jakarta.websocket.Session container, EndpointConfig config) {
            Session session = new Session(
                    new SessionId(container.getId()),
                    EndpointType.CHAT,
                    new HandshakeResult(Optional.empty(), ""),
                    new JakartaTransport(
                            container, new LingeringConnections(System::nanoTime, Runnable::run), Transport.CALLER),
                    Framing.OBJECT,
                    MessageCodec::encode,
                    new Outbox.Bounds(OUTBOX_MAX, new OutboxMemoryBudget(Long.MAX_VALUE, () -> 1)),
                    new TrafficCounters(),
                    System::nanoTime,
                    ended -> {});
            container.addMessageHandler(PongMessage.class, (MessageHandler.Whole<PongMessage>)
                    pong -> session.ponged(pong.getApplicationData()));
            OPENED.add(session);
        }
    }

    /** Deploys the endpoint. */
    public static final class Application implements ServerApplicationConfig {
        @Override
        public Set<ServerEndpointConfig> getEndpointConfigs(Set<Class<? extends Endpoint>> classes) {
            return Set.of(
                    ServerEndpointConfig.Builder.create(Opening.class, "/open").build());
        }

        @Override
        public Set<Class<?>> getAnnotatedEndpointClasses(Set<Class<?>> scanned) {
            return Set.of();
        }
    }

    @BeforeEach
    void start() throws Exception {
        // -1 is a free port; 0 would be the default port.
        server = new Server("127.0.0.1", -1, "/", Map.of(), Application.class);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop();
    }

    private static Session opened() throws InterruptedException {
        return Optional.ofNullable(OPENED.poll(20, TimeUnit.SECONDS)).orElseThrow();
    }

    @Test
    void peerThatNeverReadsIsClosedBeforeMuchIsBuffered() throws Exception {
        try (RawPeer silent = new RawPeer(server.getPort(), "/open")) {
            silent.upgraded();
            Session session = opened();
            long offered = 0;
            while (!session.isEnded() && offered < 200L * OUTBOX_MAX) {
                session.offer(MESSAGE);
                session.flush();
                offered += MESSAGE.bytes();
            }
            assertThat(session.isEnded()).isTrue();
            assertThat(offered).isLessThan(2L * OUTBOX_MAX);
        }
    }

    @Test
    void peerThatReadsGetsManyTimesTheBound() throws Exception {
        AtomicLong received = new AtomicLong();
        WebSocket reader = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create("ws://127.0.0.1:" + server.getPort() + "/open"), new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
                        received.addAndGet(data.length());
                        socket.request(1);
                        return null;
                    }
                })
                .join();
        Session session = opened();
        long offered = 0;
        while (offered < 20L * OUTBOX_MAX) {
            if (!session.hasRoom(0)) {
                Awaitility.await().pollInterval(Duration.ofMillis(1)).until(() -> session.hasRoom(0));
            }
            session.offer(MESSAGE);
            session.flush();
            offered += MESSAGE.bytes();
        }
        long all = offered;
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> received.get() == all);
        reader.abort();
    }
}
