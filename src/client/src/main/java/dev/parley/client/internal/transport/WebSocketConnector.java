package dev.parley.client.internal.transport;

import dev.parley.client.EndpointListener;
import dev.parley.client.ParleyEndpoint;
import dev.parley.protocol.CloseCode;
import jakarta.websocket.ClientEndpoint;
import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.ContainerProvider;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.WebSocketContainer;
import java.io.IOException;
import java.net.URI;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import javax.net.ssl.SSLContext;

/** Opens connections with Jakarta WebSocket: with the server's own client inside a server, with Tyrus elsewhere. */
public final class WebSocketConnector implements Connector {
    /** Creates the endpoint of one connection. */
    @FunctionalInterface
    public interface EndpointFactory {
        /** As the constructor of {@link ParleyEndpoint}. */
        ParleyEndpoint create(EndpointListener listener, int frameMax, ParleyEndpoint.SessionCloser closer);
    }

    /**
     * @param endpoints creates the endpoints, whose annotation has the subprotocols and coders of their connections
     * @param origin the {@code Origin} header, for servers that require one
     * @param tls replaces the JVM's default
     * @param frameMax maximum bytes of a frame from the server
     */
    public record Options(EndpointFactory endpoints, Optional<String> origin, Optional<SSLContext> tls, int frameMax) {}

    /** Stands for any redirect: a container that follows redirects does not report the status. */
    private static final int REDIRECT = 302;

    /** Statuses whose headers matter: {@code WWW-Authenticate} and {@code Retry-After}. */
    private static final Set<Integer> HEADERS_COUNT = Set.of(401, 429, 503);

    private final Options options;
    private final Executor closing;
    private final ThreadFactory threads;
    /** Set by each attempt, always to the same value. */
    private volatile boolean endsByInterrupt;

    /**
     * @param closing runs closes, which may block
     * @param threads creates the threads of connections, if the container lets the client choose
     */
    public WebSocketConnector(Options options, Executor closing, ThreadFactory threads) {
        this.options = options;
        this.closing = closing;
        this.threads = threads;
    }

    @Override
    public Transport open(URI uri, Optional<String> token, Duration timeout, TransportListener listener)
            throws HandshakeFailure {
        HandshakeHeaders headers = new HandshakeHeaders(options.origin(), token, InstantSource.system());
        try {
            WebSocketContainer container = ContainerProvider.getWebSocketContainer();
            ClientEndpointConfig.Builder config =
                    ClientEndpointConfig.Builder.create().configurator(headers);
            TcpConnection connection = TcpConnection.LINGERING;
            if (isTyrus(container)) {
                Tyrus.Attempt attempt = Tyrus.attempt(container, options.frameMax(), timeout, threads);
                container = attempt.container();
                connection = attempt.connection();
                options.tls().ifPresent(config::sslContext);
            } else if (uri.getScheme().equals("wss")) {
                SSLContext tls = options.tls().isPresent() ? options.tls().get() : SSLContext.getDefault();
                config.sslContext(HostnameVerifyingSslContext.of(tls));
            }
            WebSocketTransport transport =
                    new WebSocketTransport(listener, options.endpoints(), options.frameMax(), closing, connection);
            ClientEndpoint annotation = transport.endpointClass().getAnnotation(ClientEndpoint.class);
            ClientEndpointConfig built = config.preferredSubprotocols(List.of(annotation.subprotocols()))
                    .encoders(List.of(annotation.encoders()))
                    .decoders(List.of(annotation.decoders()))
                    .build();
            HiddenContainers.prepare(built.getUserProperties(), timeout);
            endsByInterrupt = connection.endsByInterrupt();
            connect(container, transport, built, uri);
            return transport;
        } catch (DeploymentException | IOException | NoSuchAlgorithmException | RuntimeException e) {
            throw failure(uri, e, headers);
        }
    }

    @Override
    public boolean endsByInterrupt() {
        return endsByInterrupt;
    }

    private static void connect(
            WebSocketContainer container, WebSocketTransport transport, ClientEndpointConfig config, URI uri)
            throws DeploymentException, IOException {
        boolean isOpen = false;
        try {
            container.connectToServer(transport, config, uri);
            isOpen = true;
        } finally {
            if (!isOpen) {
                // It may still open: a container may abandon a handshake after the timeout, and its answer may arrive
                // later.
                transport.close(CloseCode.NORMAL.number(), "");
            }
        }
    }

    /** Compares names, because inside a server the class may not exist. */
    private static boolean isTyrus(Object thing) {
        return thing.getClass().getName().startsWith("org.glassfish.tyrus.");
    }

    private static HandshakeFailure failure(URI uri, Exception thrown, HandshakeHeaders headers) {
        OptionalInt status = headers.wasRedirected() ? OptionalInt.of(REDIRECT) : OptionalInt.empty();
        for (Throwable cause = thrown; cause != null && status.isEmpty(); cause = cause.getCause()) {
            status = isTyrus(cause) ? Tyrus.status(cause) : HiddenContainers.status(cause);
        }
        boolean maySay = status.isPresent() && HEADERS_COUNT.contains(status.getAsInt());
        // Without the query, which may contain secrets of the application.
        String shown = uri.getScheme() + "://" + uri.getAuthority() + uri.getPath();
        return new HandshakeFailure(
                shown + " cannot be reached: " + reason(thrown).replace(uri.toString(), shown),
                status,
                maySay ? headers.answer() : HandshakeHeaders.Answer.SAYS_NOTHING,
                thrown);
    }

    /**
     * The message of the innermost cause that has one. Outer messages, such as "Handshake error.", are less specific.
     */
    private static String reason(Exception thrown) {
        String reason = String.valueOf(thrown.getMessage());
        for (Throwable cause = thrown.getCause(); cause != null; cause = cause.getCause()) {
            reason = Optional.ofNullable(cause.getMessage()).orElse(reason);
        }
        return reason;
    }
}
