package dev.parley.client;

import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.ContainerProvider;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.WebSocketContainer;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLContext;

/** Lines over Jakarta WebSocket: the container's own client inside a server, Tyrus elsewhere. */
final class WebSocketConnector implements Connector {
    /**
     * @param origin for servers that demand one; services have none
     * @param tls instead of the JVM's default
     * @param frameMax bytes of a frame that a server may send
     * @param timeout of the handshake
     */
    record Options(Optional<String> origin, Optional<SSLContext> tls, int frameMax, Duration timeout) {}

    private final Options options;
    private final Executor closing;

    WebSocketConnector(Options options, Executor closing) {
        this.options = options;
        this.closing = closing;
    }

    @Override
    public Line open(URI uri, Optional<String> token, Ear ear) throws HandshakeFailure {
        WebSocketLine line = new WebSocketLine(ear, options.frameMax(), closing);
        try {
            WebSocketContainer container = ContainerProvider.getWebSocketContainer();
            if (isTyrus(container)) {
                Tyrus.prepare(container, options);
            }
            container.connectToServer(line, config(token), uri);
            return line;
        } catch (DeploymentException | IOException | RuntimeException e) {
            throw failure(uri, e);
        }
    }

    private ClientEndpointConfig config(Optional<String> token) {
        ClientEndpointConfig.Builder config = ClientEndpointConfig.Builder.create()
                .preferredSubprotocols(List.of(WebSocketLine.BATCHES))
                .configurator(new ClientEndpointConfig.Configurator() {
                    @Override
                    public void beforeRequest(Map<String, List<String>> headers) {
                        // Tyrus sends one as if it were a browser; a server may know no such page.
                        headers.remove("Origin");
                        options.origin().ifPresent(origin -> headers.put("Origin", List.of(origin)));
                        token.ifPresent(jwt -> headers.put("Authorization", List.of("Bearer " + jwt)));
                    }
                });
        options.tls().ifPresent(config::sslContext);
        return config.build();
    }

    /** Asked by name, because in a server there may be no such class. */
    private static boolean isTyrus(Object thing) {
        return thing.getClass().getName().startsWith("org.glassfish.tyrus.");
    }

    private static HandshakeFailure failure(URI uri, Exception thrown) {
        OptionalInt status = OptionalInt.empty();
        Optional<Duration> retryAfter = Optional.empty();
        for (Throwable cause = thrown; cause != null && status.isEmpty(); cause = cause.getCause()) {
            if (isTyrus(cause)) {
                status = Tyrus.status(cause);
                retryAfter = Tyrus.retryAfter(cause);
            }
        }
        // Without the query: an application may have put into it what nobody should read in a log.
        return new HandshakeFailure(
                uri.getScheme() + "://" + uri.getAuthority() + uri.getPath() + " cannot be reached: "
                        + thrown.getMessage(),
                status,
                retryAfter,
                thrown);
    }
}
