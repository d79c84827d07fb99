package dev.parley.client;

import jakarta.websocket.WebSocketContainer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.glassfish.tyrus.client.ClientManager;
import org.glassfish.tyrus.client.ClientProperties;
import org.glassfish.tyrus.client.RetryAfterException;
import org.glassfish.tyrus.core.HandshakeException;

/** What only Tyrus has; nothing else names its classes, so that a client inside another server needs none of them. */
final class Tyrus {
    /** After the last line; threads without lines are of no use to anybody. */
    private static final int SHARED_IDLE_SECONDS = 5;

    /** Bytes of a frame's head. */
    private static final int HEAD = 16;

    private Tyrus() {}

    static void prepare(WebSocketContainer container, WebSocketConnector.Options options) {
        if (!(container instanceof ClientManager manager)) {
            return;
        }
        Map<String, Object> properties = manager.getProperties();
        // One set of Grizzly threads for all clients of the JVM.
        properties.put(ClientProperties.SHARED_CONTAINER, true);
        properties.put(ClientProperties.SHARED_CONTAINER_IDLE_TIMEOUT, SHARED_IDLE_SECONDS);
        // A redirect would carry the token to wherever it points.
        properties.put(ClientProperties.REDIRECT_ENABLED, false);
        // The client itself comes back, with a new token.
        properties.put(ClientProperties.RETRY_AFTER_SERVICE_UNAVAILABLE, false);
        properties.put(
                ClientProperties.HANDSHAKE_TIMEOUT, (int) options.timeout().toMillis());
        properties.put(ClientProperties.INCOMING_BUFFER_SIZE, options.frameMax() + HEAD);
    }

    static OptionalInt status(Throwable cause) {
        return cause instanceof HandshakeException handshake
                ? OptionalInt.of(handshake.getHttpStatusCode())
                : OptionalInt.empty();
    }

    static Optional<Duration> retryAfter(Throwable cause) {
        return cause instanceof RetryAfterException later
                ? Optional.ofNullable(later.getDelay()).map(Duration::ofSeconds)
                : Optional.empty();
    }
}
