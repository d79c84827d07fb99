package dev.parley.client;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.glassfish.grizzly.Buffer;
import org.glassfish.grizzly.Connection;
import org.glassfish.grizzly.ConnectionProbe;
import org.glassfish.grizzly.nio.SelectorRunner;
import org.glassfish.grizzly.threadpool.AbstractThreadPool;
import org.glassfish.grizzly.threadpool.ThreadPoolConfig;
import org.glassfish.grizzly.threadpool.ThreadPoolProbe;
import org.glassfish.tyrus.container.grizzly.client.GrizzlyClientProperties;

/**
 * Connections of Tyrus' shared transport from which nothing ever came. Tyrus 2.2 forgets a handshake whose time is over, but
 * leaves its connection open ({@code GrizzlyClientSocket} has a timeout handler for transports that are not shared only):
 * against a server that hangs, each attempt would cost a file, and each late answer a thread. The transport is one of the JVM,
 * and so is this. Behind TLS something always comes; there the proxy that ends it has a timeout of its own.
 *
 * <p>Any thread may call any method.
 */
final class UnansweredConnections {
    private static final Map<Connection<?>, Long> SINCE = new ConcurrentHashMap<>();

    private static final ConnectionProbe CONNECTIONS = new ConnectionProbe.Adapter() {
        @Override
        @SuppressWarnings("rawtypes")
        public void onConnectEvent(Connection connection) {
            SINCE.putIfAbsent((Connection<?>) connection, System.nanoTime());
        }

        @Override
        @SuppressWarnings("rawtypes")
        public void onReadEvent(Connection connection, Buffer data, int size) {
            SINCE.remove((Connection<?>) connection);
        }

        @Override
        @SuppressWarnings("rawtypes")
        public void onCloseEvent(Connection connection) {
            SINCE.remove((Connection<?>) connection);
        }
    };

    /** The way to the transport, which Tyrus shows nobody: its selectors are tasks of a pool that may be configured. */
    private static final ThreadPoolProbe SELECTORS = new ThreadPoolProbe.Adapter() {
        @Override
        public void onTaskQueueEvent(AbstractThreadPool pool, Runnable task) {
            if (task instanceof SelectorRunner selector) {
                selector.getTransport().getConnectionMonitoringConfig().addProbes(CONNECTIONS);
            }
        }
    };

    private UnansweredConnections() {}

    /** @param properties of a Tyrus client that may be the first one of its transport */
    static void watch(Map<String, Object> properties) {
        ThreadPoolConfig selectors = ThreadPoolConfig.defaultConfig();
        selectors.getInitialMonitoringConfig().addProbes(SELECTORS);
        properties.put(GrizzlyClientProperties.SELECTOR_THREAD_POOL_CONFIG, selectors);
    }

    /** @param age so long after it connected, no handshake is still waiting for its answer */
    static void drop(Duration age) {
        long now = System.nanoTime();
        SINCE.forEach((connection, since) -> {
            if (now - since >= age.toNanos()) {
                connection.terminateSilently();
            }
        });
    }
}
