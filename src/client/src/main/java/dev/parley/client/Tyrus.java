package dev.parley.client;

import jakarta.websocket.WebSocketContainer;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import org.glassfish.tyrus.client.ClientManager;
import org.glassfish.tyrus.client.ClientProperties;
import org.glassfish.tyrus.client.auth.AuthConfig;
import org.glassfish.tyrus.core.HandshakeException;

/** What only Tyrus has; nothing else names its classes, so that a client inside another server needs none of them. */
final class Tyrus {
    /** After the last line; threads without lines are of no use to anybody. */
    private static final int SHARED_IDLE_SECONDS = 5;

    /** What one read brings beside the longest frame: its head, and the frames before and after it. */
    private static final int ONE_READ = 1024 * 1024;

    /** A server may have Tyrus with another transport, or keep this one to itself. */
    private static final boolean HAS_GRIZZLY = hasGrizzly();

    private Tyrus() {}

    static void prepare(WebSocketContainer container, int frameMax, Duration timeout) {
        if (!(container instanceof ClientManager manager)) {
            return;
        }
        Map<String, Object> properties = manager.getProperties();
        // One set of Grizzly threads for all clients of the JVM.
        properties.put(ClientProperties.SHARED_CONTAINER, true);
        properties.put(ClientProperties.SHARED_CONTAINER_IDLE_TIMEOUT, SHARED_IDLE_SECONDS);
        // A redirect would carry the token to wherever it points.
        properties.put(ClientProperties.REDIRECT_ENABLED, false);
        // A server that asks for a password gets none, and its 401 is what counts: with an authenticator, Tyrus asks
        // again
        // without credentials and fails in two ways at once.
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
        if (HAS_GRIZZLY) {
            UnansweredConnections.watch(properties);
        }
    }

    /** A handshake ended without a line. @param timeout that it had */
    static void failed(Duration timeout) {
        if (HAS_GRIZZLY) {
            UnansweredConnections.drop(timeout);
        }
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
