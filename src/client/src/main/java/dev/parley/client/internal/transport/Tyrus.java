package dev.parley.client.internal.transport;

import jakarta.websocket.WebSocketContainer;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ThreadFactory;
import org.glassfish.tyrus.client.ClientManager;
import org.glassfish.tyrus.client.ClientProperties;
import org.glassfish.tyrus.client.auth.AuthConfig;
import org.glassfish.tyrus.core.HandshakeException;

/** What only Tyrus has; nothing else names its classes, so that a client inside another server needs none of them. */
final class Tyrus {
    /** What one read brings beside the longest frame: its head, and the frames before and after it. */
    private static final int ONE_READ = 1024 * 1024;

    /** A server may have Tyrus with another transport, or keep this one to itself. */
    private static final boolean HAS_GRIZZLY = hasGrizzly();

    private Tyrus() {}

    /** A container for one attempt, and the connection that it will open. */
    record Attempt(WebSocketContainer container, TcpConnection connection) {}

    /**
     * @param found what Jakarta WebSocket gives, of Tyrus
     * @param threads for a connection
     */
    static Attempt attempt(WebSocketContainer found, int frameMax, Duration timeout, ThreadFactory threads) {
        // A system property may make Tyrus share one transport all the same; that one must not end with a connection.
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
        // Tyrus times nothing but the idle timeout of a session, and the heartbeat watches the connection. With it,
        // each
        // attempt would start threads that stay for ever where a reset meets our own close (Tyrus 2.2 then misses the
        // end of the session).
        manager.setDefaultMaxSessionIdleTimeout(-1);
        Map<String, Object> properties = manager.getProperties();
        properties.put(ClientProperties.SHARED_CONTAINER, false);
        // A redirect would carry the token to wherever it points.
        properties.put(ClientProperties.REDIRECT_ENABLED, false);
        // A server that asks for a password gets none, and its 401 is what counts: with an authenticator, Tyrus asks
        // again without credentials and fails in two ways at once.
        properties.put(
                ClientProperties.AUTH_CONFIG,
                AuthConfig.Builder.create()
                        .disableProvidedBasicAuth()
                        .disableProvidedDigestAuth()
                        .build());
        // The client itself comes back, with a new token.
        properties.put(ClientProperties.RETRY_AFTER_SERVICE_UNAVAILABLE, false);
        properties.put(ClientProperties.HANDSHAKE_TIMEOUT, (int) timeout.toMillis());
        properties.put(
                ClientProperties.INCOMING_BUFFER_SIZE, (int) Math.min(Integer.MAX_VALUE, (long) frameMax + ONE_READ));
    }

    private static boolean hasGrizzly() {
        try {
            Class.forName("org.glassfish.tyrus.container.grizzly.client.GrizzlyClientProperties");
            Class.forName("org.glassfish.grizzly.nio.SelectorRunner");
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    static OptionalInt status(Throwable cause) {
        return cause instanceof HandshakeException handshake
                ? OptionalInt.of(handshake.getHttpStatusCode())
                : OptionalInt.empty();
    }
}
