package dev.parley.client.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.client.ParleyEndpoint;
import dev.parley.client.ServerFrame;
import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.CloseReason;
import jakarta.websocket.ContainerProvider;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.Session;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.glassfish.tyrus.client.ClientManager;
import org.glassfish.tyrus.client.ClientProperties;
import org.glassfish.tyrus.spi.ClientEngine;
import org.glassfish.tyrus.spi.Connection.CloseListener;
import org.glassfish.tyrus.spi.UpgradeRequest;
import org.glassfish.tyrus.spi.UpgradeResponse;
import org.glassfish.tyrus.spi.Writer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The threads of one connection end, even if Tyrus misses the end of the session. */
@Timeout(60)
class TyrusTest {
    private static final int FRAME_MAX = 100_000;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int RECEIVE_BUFFER = 4_096;

    private final RawServer server = new RawServer(RECEIVE_BUFFER);
    private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();
    private final BlockingQueue<Integer> closed = new LinkedBlockingQueue<>();
    private final Tyrus.Attempt attempt = attempt();
    private final ClientManager manager = (ClientManager) attempt.container();
    private final ThreadPoolExecutor pool = (ThreadPoolExecutor) manager.getScheduledExecutorService();
    private final WebSocketTransport transport = transport(attempt);

    private Tyrus.Attempt attempt() {
        return Tyrus.attempt(ContainerProvider.getWebSocketContainer(), FRAME_MAX, PATIENCE, this::thread);
    }

    private WebSocketTransport transport(Tyrus.Attempt of) {
        Connector.TransportListener listener = new Connector.TransportListener() {
            @Override
            public void received() {}

            @Override
            public void frame(ServerFrame frame) {}

            @Override
            public void binary(byte[] frame) {}

            @Override
            public void binaryIgnored() {}

            @Override
            public void closed(int code, String reason) {
                closed.add(code);
            }
        };
        return new WebSocketTransport(listener, ParleyEndpoint::new, FRAME_MAX, Runnable::run, of.connection());
    }

    private Thread thread(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        threads.add(thread);
        return thread;
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private RawServer.Peer open() throws Exception {
        return open(attempt, transport);
    }

    private RawServer.Peer open(Tyrus.Attempt of, WebSocketTransport fresh) throws Exception {
        CompletableFuture<RawServer.Peer> peer = CompletableFuture.supplyAsync(server::upgraded);
        of.container()
                .connectToServer(fresh, ClientEndpointConfig.Builder.create().build(), server.uri());
        return peer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** Tyrus 2.2 does not notice the end of a session if a reset meets our own close. */
    private void missTheEndOfTheSession() {
        Map<String, Object> properties = manager.getProperties();
        properties.put(ClientProperties.RECONNECT_HANDLER, new ClientManager.ReconnectHandler() {
            @Override
            public boolean onDisconnect(CloseReason reason) {
                throw new IllegalStateException("The connection has been closed.");
            }
        });
    }

    private void awaitNoThread() {
        Awaitility.await().atMost(PATIENCE).until(() -> threads.stream().noneMatch(Thread::isAlive));
        // The pool would keep a thread forever unless Tyrus ended it.
        assertThat(pool.getLargestPoolSize()).as("threads that Tyrus started").isZero();
    }

    /** Peers that have stopped reading: sent data fills the buffers, and a close frame would wait behind it. */
    @Test
    void closesOfHalfOpenConnectionsDoNotDelayEachOther() throws Exception {
        List<WebSocketTransport> halfOpen = new ArrayList<>();
        List<RawServer.Peer> deaf = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            Tyrus.Attempt one = attempt();
            halfOpen.add(transport(one));
            deaf.add(open(one, halfOpen.get(i)));
            fillBuffers(halfOpen.get(i));
        }
        try (RawServer.Peer peer = open()) {
            halfOpen.forEach(one -> one.close(1000, ""));
            transport.close(1000, "");
            peer.awaitEnd();
        }
        awaitNoThread();
        deaf.forEach(RawServer.Peer::close);
    }

    /** Data that the system accepts at once is sent before the call returns. */
    private static void fillBuffers(WebSocketTransport full) {
        AtomicBoolean isSent = new AtomicBoolean(true);
        while (isSent.getAndSet(false)) {
            full.send(ByteBuffer.allocate(1_000_000), isSent::set);
        }
    }

    @Test
    void connectionHasTwoThreads() throws Exception {
        try (RawServer.Peer peer = open()) {
            assertThat(threads).hasSize(2).allMatch(Thread::isAlive);
            assertThat(peer.head()).startsWith("GET ");
        }
    }

    @Test
    void closedConnectionLeavesNoThreadThoughTyrusMissesItsEnd() throws Exception {
        missTheEndOfTheSession();
        try (RawServer.Peer peer = open()) {
            transport.close(1000, "");
            peer.awaitEnd();
            awaitNoThread();
        }
    }

    @Test
    void resetConnectionLeavesNoThreadThoughTyrusMissesItsEnd() throws Exception {
        missTheEndOfTheSession();
        try (RawServer.Peer peer = open()) {
            peer.reset();
            assertThat(closed.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(1006);
            awaitNoThread();
        }
    }

    /** Tyrus would throw inside Grizzly, which would log the stack trace. */
    @Test
    void answerAfterTheEndOfTheAttemptIsIgnored() throws Exception {
        List<String> told = new ArrayList<>();
        ClientEngine engine = new ClientEngine() {
            @Override
            public UpgradeRequest createUpgradeRequest(TimeoutHandler timeoutHandler) {
                throw new AssertionError("nothing connects here");
            }

            @Override
            public ClientUpgradeInfo processResponse(UpgradeResponse answer, Writer writer, CloseListener listener) {
                told.add("answer");
                throw new IllegalStateException();
            }

            @Override
            public void processError(Throwable failure) {
                told.add("error");
            }
        };
        AtomicReference<ClientEngine> watched = new AtomicReference<>();
        GrizzlyConnection connection = GrizzlyConnection.of(manager.getProperties());
        connection.open(engine, watched::set);
        connection.end();
        assertThat(watched.get().processResponse(null, null, null).getUpgradeStatus())
                .isEqualTo(ClientEngine.ClientUpgradeStatus.UPGRADE_REQUEST_FAILED);
        assertThat(told).isEmpty();
    }

    /** Grizzly logs the error and closes the connection, and Tyrus would wait for the rest of the timeout. */
    @Test
    void errorWhileTheAnswerIsReadEndsTheHandshake() throws Exception {
        ClientEndpointConfig config = ClientEndpointConfig.Builder.create()
                .configurator(new ClientEndpointConfig.Configurator() {
                    @Override
                    public void afterResponse(HandshakeResponse answer) {
                        throw new NoClassDefFoundError("org/example/Hidden");
                    }
                })
                .build();
        CompletableFuture<RawServer.Peer> peer = CompletableFuture.supplyAsync(server::upgraded);
        CompletableFuture<Session> opening = CompletableFuture.supplyAsync(() -> {
            try {
                return manager.connectToServer(transport, config, server.uri());
            } catch (DeploymentException | IOException e) {
                throw new CompletionException(e);
            }
        });
        assertThat(opening).failsWithin(PATIENCE.dividedBy(2));
        assertThat(attempt.connection().error()).hasValueSatisfying(error -> assertThat(error)
                .isInstanceOf(NoClassDefFoundError.class)
                .hasMessage("org/example/Hidden"));
        transport.close(1000, "");
        awaitNoThread();
        peer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).close();
    }

    @Test
    void connectionClosedByTheServerLeavesNoThread() throws Exception {
        try (RawServer.Peer peer = open()) {
            peer.closeFrame(1001);
            assertThat(closed.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(1001);
            awaitNoThread();
        }
    }
}
