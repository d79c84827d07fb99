package dev.parley.client.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.client.ParleyEndpoint;
import dev.parley.client.ParleyException;
import dev.parley.client.ServerFrame;
import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.ContainerProvider;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.WebSocketContainer;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.glassfish.tyrus.client.ClientManager;
import org.glassfish.tyrus.client.ClientProperties;
import org.glassfish.tyrus.spi.ClientContainer;
import org.glassfish.tyrus.spi.ClientEngine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A container that fails with an error, or whose handshake hangs, does not hold up the client. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WebSocketConnectorTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(100);

    private final RawServer server = new RawServer();
    private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();
    private final CountDownLatch end = new CountDownLatch(1);
    private final ThreadPoolExecutor connecting =
            new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());

    private static final class SilentListener implements Connector.TransportListener {
        @Override
        public void received() {}

        @Override
        public void frame(ServerFrame frame) {}

        @Override
        public void binary(byte[] frame) {}

        @Override
        public void binaryIgnored() {}

        @Override
        public void closed(int code, String reason) {}
    }

    /** A container of Tyrus that cannot load one of its classes. */
    public static final class ContainerWithoutAClass implements ClientContainer {
        @Override
        public void openClientSocket(ClientEndpointConfig config, Map<String, Object> properties, ClientEngine engine) {
            throw new NoClassDefFoundError("org/example/Hidden");
        }
    }

    @AfterEach
    void stop() {
        end.countDown();
        connecting.shutdownNow();
        server.close();
    }

    private Thread thread(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        threads.add(thread);
        return thread;
    }

    private static WebSocketConnector connector(
            ThreadFactory threads, Supplier<WebSocketContainer> containers, Duration grace) {
        return new WebSocketConnector(
                new WebSocketConnector.Options(
                        ParleyEndpoint::new, Optional.empty(), Optional.empty(), ParleyEndpoint.FRAME_MAX),
                Runnable::run,
                threads,
                containers,
                grace);
    }

    private Transport open(Connector connector, Duration timeout) throws HandshakeFailure {
        return connector.open(server.uri(), Optional.empty(), timeout, new SilentListener());
    }

    /** The failure that the client gets from an attempt on Tyrus and Grizzly with these threads. */
    private ConnectionFailure failureOnGrizzly(ThreadFactory grizzlysThreads) throws InterruptedException {
        BlockingQueue<ConnectionFailure> failures = new LinkedBlockingQueue<>();
        new TokenConnector(
                        server.uri(),
                        Optional.empty(),
                        connector(grizzlysThreads, ContainerProvider::getWebSocketContainer, TIMEOUT),
                        connecting,
                        TIMEOUT,
                        System::nanoTime)
                .dial(
                        new SilentListener(),
                        opened -> {
                            throw new AssertionError("nothing opens here");
                        },
                        failures::add);
        return Optional.ofNullable(failures.poll(TIMEOUT.toSeconds() / 2, TimeUnit.SECONDS))
                .orElseThrow();
    }

    private static void assertThatAClassIsMissing(ConnectionFailure failure) {
        assertThat(failure.next()).isEqualTo(ConnectionFailure.Next.STOP);
        assertThat(failure.why().code()).isEqualTo(ParleyException.MISSING_CLASS);
        assertThat(failure.why()).hasMessageContaining("NoClassDefFoundError: org/example/Hidden");
    }

    /** Tyrus swallows the error and waits. */
    @Test
    void missingClassOfTyrussConnectIsFinalAndNamed() throws InterruptedException {
        assertThatAClassIsMissing(failureOnGrizzly(task -> {
            throw new NoClassDefFoundError("org/example/Hidden");
        }));
    }

    /** Grizzly logs the error and goes on. */
    @Test
    void missingClassOfGrizzlysSelectorIsFinalAndNamed() throws InterruptedException {
        AtomicInteger made = new AtomicInteger();
        assertThatAClassIsMissing(failureOnGrizzly(task -> {
            if (made.incrementAndGet() > 1) {
                throw new NoClassDefFoundError("org/example/Hidden");
            }
            return thread(task);
        }));
    }

    @Test
    void otherErrorOfTyrussConnectIsRetried() throws InterruptedException {
        ConnectionFailure failure = failureOnGrizzly(task -> {
            throw new OutOfMemoryError("unable to create native thread");
        });
        assertThat(failure.next()).isEqualTo(ConnectionFailure.Next.RETRY);
        assertThat(failure.why()).hasMessageContaining("unable to create native thread");
    }

    @Test
    void errorBehindAnExceptionOfTheContainerIsThrown() {
        Connector connector = connector(
                this::thread,
                () -> container(() -> {
                    throw new DeploymentException("Handshake error.", new NoClassDefFoundError("org/example/Hidden"));
                }),
                TIMEOUT);
        assertThatThrownBy(() -> open(connector, TIMEOUT))
                .isInstanceOf(NoClassDefFoundError.class)
                .hasMessage("org/example/Hidden");
    }

    /** Its connect would wait for ever, and it gives the client no connection that an interrupt could end. */
    @Test
    void handshakeOfATyrusWithoutAClassEndsAtItsDeadline() {
        System.setProperty(ClientProperties.SHARED_CONTAINER, "true");
        try {
            Connector connector = connector(
                    this::thread, () -> ClientManager.createClient(ContainerWithoutAClass.class.getName()), SHORT);
            assertThatThrownBy(() -> open(connector, SHORT))
                    .isInstanceOf(HandshakeFailure.class)
                    .hasMessageContaining("did not end within 200 ms");
            assertThat(connector.endsByInterrupt()).isFalse();
            Awaitility.await().until(() -> threads.stream().noneMatch(Thread::isAlive));
        } finally {
            System.clearProperty(ClientProperties.SHARED_CONTAINER);
        }
    }

    private interface Connect {
        void run() throws DeploymentException;
    }

    private static WebSocketContainer container(Connect connect) {
        return (WebSocketContainer) Proxy.newProxyInstance(
                WebSocketConnectorTest.class.getClassLoader(),
                new Class<?>[] {WebSocketContainer.class},
                (proxy, method, arguments) -> {
                    connect.run();
                    return null;
                });
    }

    private void hang() {
        boolean isOver = false;
        while (!isOver) {
            try {
                end.await();
                isOver = true;
            } catch (InterruptedException e) {
                // Such a container is what this test is about.
            }
        }
    }

    @Test
    void handshakesThatIgnoreTheInterruptKeepAFewThreadsOnly() throws HandshakeFailure {
        Connector connector = connector(this::thread, () -> container(this::hang), SHORT);
        for (int i = 0; i < WebSocketConnector.HANDSHAKE_THREADS_MAX; i++) {
            assertThatThrownBy(() -> open(connector, SHORT)).hasMessageContaining("did not end within 200 ms");
        }
        assertThatThrownBy(() -> open(connector, TIMEOUT))
                .isInstanceOf(HandshakeFailure.class)
                .hasMessageContaining("no other one is started");
        assertThat(threads).hasSize(WebSocketConnector.HANDSHAKE_THREADS_MAX).allMatch(Thread::isAlive);

        end.countDown();
        Awaitility.await().until(() -> threads.stream().noneMatch(Thread::isAlive));
        assertThat(open(connector, TIMEOUT)).isNotNull();
    }
}
