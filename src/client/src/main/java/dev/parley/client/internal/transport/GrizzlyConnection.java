package dev.parley.client.internal.transport;

import jakarta.websocket.DeploymentException;
import jakarta.websocket.Session;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import org.glassfish.grizzly.CloseReason;
import org.glassfish.grizzly.CloseType;
import org.glassfish.grizzly.Connection;
import org.glassfish.grizzly.ConnectionProbe;
import org.glassfish.grizzly.Transport;
import org.glassfish.grizzly.TransportProbe;
import org.glassfish.grizzly.nio.NIOConnection;
import org.glassfish.grizzly.nio.NIOTransport;
import org.glassfish.grizzly.nio.SelectorRunner;
import org.glassfish.grizzly.threadpool.AbstractThreadPool;
import org.glassfish.grizzly.threadpool.ThreadPoolConfig;
import org.glassfish.grizzly.threadpool.ThreadPoolProbe;
import org.glassfish.tyrus.container.grizzly.client.GrizzlyClientProperties;
import org.glassfish.tyrus.spi.ClientEngine;
import org.glassfish.tyrus.spi.Connection.CloseListener;
import org.glassfish.tyrus.spi.UpgradeRequest;
import org.glassfish.tyrus.spi.UpgradeResponse;
import org.glassfish.tyrus.spi.Writer;

/**
 * The connection of one attempt on Tyrus' Grizzly container. It has a Grizzly transport of its own, with one selector
 * thread and one reader thread. Both are created by the client's factory and end with the connection. The transport
 * that Tyrus shares among all clients of a JVM would keep its threads forever once a connection was lost and reopened
 * within the idle timeout ({@code GrizzlyTransportTimeoutFilter.timeoutTask} stays set). Its threads would also keep
 * the class loader of the first application that used it.
 *
 * <p>It also fails the handshake when the server closes the connection without an answer. Tyrus 2.2 would wait until
 * the timeout, because its filter does not report a close before the upgrade.
 *
 * <p>It also fails the handshake after an {@link Error}, such as that a class cannot be loaded. Tyrus reports
 * exceptions only: it would swallow an error of the connecting thread and wait for ever, and Grizzly swallows those of
 * its own threads.
 */
final class GrizzlyConnection implements TcpConnection {
    private static final String PROPERTY = GrizzlyConnection.class.getName();
    private static final Logger LOG = System.getLogger(GrizzlyConnection.class.getName());

    private volatile Optional<NIOTransport> transport = Optional.empty();
    private volatile Optional<Handshake> handshake = Optional.empty();

    /** @param properties properties of the Tyrus client that makes this one attempt */
    static GrizzlyConnection configure(Map<String, Object> properties, ThreadFactory threads) {
        GrizzlyConnection connection = new GrizzlyConnection();
        // Core size 0, so that threads start on demand: a pool of a fixed size would start one thread for each
        // processor, and one more.
        ThreadPoolConfig selectors =
                ThreadPoolConfig.defaultConfig().setCorePoolSize(0).setThreadFactory(threads);
        selectors.getInitialMonitoringConfig().addProbes(connection.new Selectors());
        properties.put(GrizzlyClientProperties.SELECTOR_THREAD_POOL_CONFIG, selectors);
        ThreadPoolConfig readers = ThreadPoolConfig.defaultConfig()
                .setCorePoolSize(1)
                .setMaxPoolSize(1)
                .setThreadFactory(threads);
        properties.put(GrizzlyClientProperties.WORKER_THREAD_POOL_CONFIG, readers);
        properties.put(PROPERTY, connection);
        return connection;
    }

    /** @param properties properties that {@link #configure} has set */
    static GrizzlyConnection of(Map<String, Object> properties) {
        return (GrizzlyConnection) properties.get(PROPERTY);
    }

    /** Opens the TCP connection and performs the TLS handshake; blocks. */
    interface Opening {
        void open(ClientEngine engine) throws DeploymentException, IOException;
    }

    /**
     * Connects, and fails if the server closes the connection meanwhile.
     *
     * @param engine Tyrus' engine, called at the end of the handshake
     */
    void open(ClientEngine engine, Opening opening) throws DeploymentException, IOException {
        Handshake fresh = new Handshake(engine);
        handshake = Optional.of(fresh);
        fresh.open(opening);
    }

    /** Tyrus closes the connection right behind the close frame. */
    @Override
    public void closing(Session session) {}

    /** True: Tyrus waits for a future or a latch, and {@link #end} closes what is connected by then. */
    @Override
    public boolean endsByInterrupt() {
        return true;
    }

    @Override
    public Optional<Error> error() {
        return handshake.flatMap(Handshake::error);
    }

    @Override
    public void end() {
        handshake.ifPresent(Handshake::abandon);
        try {
            if (transport.isPresent()) {
                transport.get().shutdownNow();
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "A transport did not end as it should.", e);
        }
    }

    /**
     * Captures the transport, which Tyrus does not expose. A starting transport submits its selector to the pool that
     * {@link #configure} has set, and the pool calls this probe.
     */
    private final class Selectors extends ThreadPoolProbe.Adapter {
        @Override
        public void onTaskQueueEvent(AbstractThreadPool pool, Runnable task) {
            if (task instanceof SelectorRunner selector) {
                NIOTransport started = selector.getTransport();
                // Grizzly is about to start one for each processor, for this single connection.
                started.setSelectorRunnersCount(1);
                started.getConnectionMonitoringConfig().addProbes(new Connections());
                started.getMonitoringConfig().addProbes(new Errors());
                transport = Optional.of(started);
            }
        }
    }

    /** Watches the selector thread. */
    private final class Errors extends TransportProbe.Adapter {
        @Override
        public void onErrorEvent(Transport failed, Throwable failure) {
            handshake.ifPresent(one -> one.failed(failure));
        }
    }

    /** Watches the transport's connection for its close. */
    private final class Connections extends ConnectionProbe.Adapter {
        @Override
        @SuppressWarnings("rawtypes")
        public void onCloseEvent(Connection connection) {
            NIOConnection closed = (NIOConnection) connection;
            CloseReason reason = closed.getCloseReason();
            // Whatever a filter throws closes the connection.
            handshake.ifPresent(one -> one.failed(reason.getCause()));
            // Tyrus itself reports a connection that was never established, and may try another proxy after it.
            if (((SocketChannel) closed.getChannel()).isConnected()) {
                handshake.ifPresent(one -> one.closed(reason.getType() == CloseType.REMOTELY));
            }
        }
    }

    /**
     * One handshake. Forwards its events to Tyrus' engine, and reports a failure to it if the connection closes without
     * an answer. It interrupts the connecting thread where the engine would not pass a failure on.
     */
    private static final class Handshake implements ClientEngine {
        private static final ClientUpgradeInfo ABANDONED = new ClientUpgradeInfo() {
            @Override
            public ClientUpgradeStatus getUpgradeStatus() {
                return ClientUpgradeStatus.UPGRADE_REQUEST_FAILED;
            }

            @Override
            public org.glassfish.tyrus.spi.Connection createConnection() {
                return null; // what the SPI demands without an upgrade
            }
        };

        private final ClientEngine engine;
        private final Thread connecting = Thread.currentThread();

        // Guarded by this.
        private boolean isOpening;
        private boolean isSettled;
        /**
         * True when the result of the handshake was reported or the attempt was given up; then nothing interrupts it.
         */
        private boolean isDecided;

        private boolean isClosed;
        private boolean isInterrupted;
        private boolean isAbandoned;
        private Optional<Error> error = Optional.empty();

        /** Created on the connecting thread. */
        Handshake(ClientEngine engine) {
            this.engine = engine;
        }

        void open(Opening open) throws DeploymentException, IOException {
            begin();
            try {
                open.open(this);
            } catch (DeploymentException | IOException e) {
                // After our own interrupt the exception has no meaning. Any other exception is the reason, such as an
                // untrusted certificate.
                if (!isInterrupted()) {
                    throw e;
                }
            } catch (Error e) {
                throw reported(e);
            } finally {
                end();
            }
            if (error().isPresent()) {
                throw reported(error().get());
            }
            if (isClosed()) {
                throw lost();
            }
        }

        /** An exception with the error, which Tyrus reports. */
        private static DeploymentException reported(Error error) {
            return new DeploymentException(error.toString(), error);
        }

        private synchronized void begin() {
            isOpening = true;
        }

        private synchronized void end() {
            isOpening = false;
            if (isInterrupted) {
                Thread.interrupted();
            }
        }

        private synchronized boolean isInterrupted() {
            return isInterrupted;
        }

        private synchronized boolean isClosed() {
            return isClosed;
        }

        synchronized Optional<Error> error() {
            return error;
        }

        /** Ends the handshake if an error is the cause of this failure of a thread of Grizzly. */
        synchronized void failed(Throwable failure) {
            if (!isDecided && error.isEmpty()) {
                error = HandshakeFailure.error(failure);
                if (error.isPresent()) {
                    interrupt();
                }
            }
        }

        /** Called under the lock. */
        private void interrupt() {
            isInterrupted = true;
            connecting.interrupt();
        }

        void closed(boolean isByPeer) {
            if (mustTell(isByPeer)) {
                engine.processError(lost());
            }
        }

        /**
         * Records that the connection closed.
         *
         * @return whether the engine must be told, because the client waits for the answer to its request; while it
         *     still connects, {@link #open} fails by itself
         */
        private synchronized boolean mustTell(boolean isByPeer) {
            boolean isNews = !isSettled && !isClosed;
            isClosed |= isNews;
            if (isNews && isByPeer && isOpening) {
                // Tyrus would wait 30 s for the end of a TLS handshake that gets no more events.
                interrupt();
            }
            return isNews && !isOpening;
        }

        private static IOException lost() {
            return new IOException("The server closed the connection before it answered the handshake.");
        }

        private synchronized void settle() {
            isSettled = true;
        }

        /** The attempt has been given up. */
        synchronized void abandon() {
            isSettled = true;
            isDecided = true;
            isAbandoned = true;
        }

        private synchronized boolean isAbandoned() {
            return isAbandoned;
        }

        @Override
        public UpgradeRequest createUpgradeRequest(TimeoutHandler timeoutHandler) {
            return engine.createUpgradeRequest(timeoutHandler);
        }

        @Override
        public ClientUpgradeInfo processResponse(UpgradeResponse response, Writer writer, CloseListener listener) {
            settle();
            if (isAbandoned()) {
                // The answer arrived after the attempt was given up: the engine of a failed attempt throws.
                return ABANDONED;
            }
            ClientUpgradeInfo info = engine.processResponse(response, writer, listener);
            if (info.getUpgradeStatus() != ClientUpgradeStatus.ANOTHER_UPGRADE_REQUEST_REQUIRED) {
                decide();
            }
            return info;
        }

        private synchronized void decide() {
            isDecided = true;
        }

        @Override
        public void processError(Throwable failure) {
            settle();
            engine.processError(failure);
            decide();
        }
    }
}
