package dev.parley.client.internal.transport;

import jakarta.websocket.WebSocketContainer;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ThreadFactory;
import org.glassfish.tyrus.client.ClientManager;
import org.glassfish.tyrus.client.ClientProperties;
import org.glassfish.tyrus.client.auth.AuthConfig;
import org.glassfish.tyrus.core.HandshakeException;

/**
 * Settings of Tyrus. Only this class and the Grizzly classes name Tyrus' classes, so that a client inside another
 * server works without them.
 */
final class Tyrus {
    /**
     * Buffer space in addition to the longest frame, for its header and the frames before and after it in the same
     * read.
     */
    private static final int ONE_READ = 1024 * 1024;

    private static final Logger LOG = System.getLogger(Tyrus.class.getName());

    /** A server may contain Tyrus with another container, or may hide Grizzly's classes from applications. */
    private static final boolean HAS_GRIZZLY = hasGrizzly();

    private Tyrus() {}

    /** A container for one attempt, and the connection that it will open. */
    record Attempt(WebSocketContainer container, TcpConnection connection) {}

    /**
     * @param found the Tyrus container that Jakarta WebSocket has found
     * @param threads creates the threads of the connection
     */
    static Attempt attempt(WebSocketContainer found, int frameMax, Duration timeout, ThreadFactory threads) {
        // A system property may make Tyrus share one transport. That one must not end with a connection.
        if (HAS_GRIZZLY && !Boolean.getBoolean(ClientProperties.SHARED_CONTAINER)) {
            ClientManager manager = ClientManager.createClient(GrizzlyContainer.class.getName());
            prepare(manager, frameMax, timeout);
            return new Attempt(manager, GrizzlyConnection.configure(manager.getProperties(), threads));
        }
        if (found instanceof ClientManager manager) {
            prepare(manager, frameMax, timeout);
        }
        return new Attempt(found, TcpConnection.CLOSED_BY_CONTAINER);
    }

    private static void prepare(ClientManager manager, int frameMax, Duration timeout) {
        // No idle timeout: the heartbeat watches the connection. With an idle timeout, each attempt would start threads
        // that stay forever if a reset by the server meets our own close (Tyrus 2.2 then misses the end of the
        // session).
        manager.setDefaultMaxSessionIdleTimeout(-1);
        Map<String, Object> properties = manager.getProperties();
        properties.put(ClientProperties.SHARED_CONTAINER, false);
        // A redirect would send the token to another host.
        properties.put(ClientProperties.REDIRECT_ENABLED, false);
        disablePasswords(properties);
        // The client itself retries, with a fresh token.
        properties.put(ClientProperties.RETRY_AFTER_SERVICE_UNAVAILABLE, false);
        properties.put(ClientProperties.HANDSHAKE_TIMEOUT, (int) timeout.toMillis());
        properties.put(
                ClientProperties.INCOMING_BUFFER_SIZE, (int) Math.min(Integer.MAX_VALUE, (long) frameMax + ONE_READ));
    }

    /**
     * Turns off password authentication: a 401 must be reported as it is. With an authenticator, Tyrus sends the
     * request again without credentials and fails in two ways at once.
     */
    private static void disablePasswords(Map<String, Object> properties) {
        try {
            properties.put(
                    ClientProperties.AUTH_CONFIG,
                    AuthConfig.Builder.create()
                            .disableProvidedBasicAuth()
                            .disableProvidedDigestAuth()
                            .build());
        } catch (LinkageError e) {
            LOG.log(Level.DEBUG, "This server (GlassFish) hides a package of its Tyrus from applications.", e);
        }
    }

    private static boolean hasGrizzly() {
        try {
            Class.forName(GrizzlyContainer.class.getName());
            Class.forName("org.glassfish.grizzly.nio.SelectorRunner");
            GrizzlyConnection.configure(new HashMap<>(), Thread::new);
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            LOG.log(Level.DEBUG, "The connections are on the server's own threads.", e);
            return false;
        }
    }

    static OptionalInt status(Throwable cause) {
        return cause instanceof HandshakeException handshake
                ? OptionalInt.of(handshake.getHttpStatusCode())
                : OptionalInt.empty();
    }
}
