package dev.parley.client.internal.transport;

import dev.parley.client.EndpointListener;
import dev.parley.client.ParleyEndpoint;
import dev.parley.protocol.CloseCode;
import jakarta.websocket.ClientEndpoint;
import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.ContainerProvider;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Session;
import jakarta.websocket.WebSocketContainer;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
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

    /**
     * How long after the timeout of its attempt a handshake may last where an interrupt would leave a connection
     * behind. Tyrus waits up to 30 s each for the connect, for TLS and for the answer.
     */
    private static final Duration GRACE = Duration.ofMinutes(2);

    /** Maximum threads of handshakes, of which all but one hang. */
    static final int HANDSHAKE_THREADS_MAX = 4;

    private static final Logger LOG = System.getLogger(WebSocketConnector.class.getName());

    private final Options options;
    private final Executor closing;
    private final ThreadFactory threads;
    private final Supplier<WebSocketContainer> containers;
    private final Duration grace;
    private final Semaphore handshakeThreads = new Semaphore(HANDSHAKE_THREADS_MAX);
    /** Set by each attempt, always to the same value. */
    private volatile boolean endsByInterrupt;

    /**
     * @param closing runs closes, which may block
     * @param threads creates the threads of connections, if the container lets the client choose, and otherwise those
     *     of handshakes
     */
    public WebSocketConnector(Options options, Executor closing, ThreadFactory threads) {
        // No method reference: it would need the class now, but a missing class must fail an attempt.
        this(options, closing, threads, () -> ContainerProvider.getWebSocketContainer(), GRACE);
    }

    /**
     * @param containers finds the container of an attempt
     * @param grace how long after the timeout of its attempt a handshake may last
     */
    WebSocketConnector(
            Options options,
            Executor closing,
            ThreadFactory threads,
            Supplier<WebSocketContainer> containers,
            Duration grace) {
        this.options = options;
        this.closing = closing;
        this.threads = threads;
        this.containers = containers;
        this.grace = grace;
    }

    @Override
    public Transport open(URI uri, Optional<String> token, Duration timeout, TransportListener listener)
            throws HandshakeFailure {
        HandshakeHeaders headers = new HandshakeHeaders(options.origin(), token, InstantSource.system());
        try {
            WebSocketContainer container = containers.get();
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
            WebSocketContainer chosen = container;
            connect(() -> chosen.connectToServer(transport, built, uri), connection, transport, timeout);
            return transport;
        } catch (DeploymentException | IOException | NoSuchAlgorithmException | RuntimeException e) {
            throw failure(uri, e, headers);
        }
    }

    @Override
    public boolean endsByInterrupt() {
        return endsByInterrupt;
    }

    /** A call of {@code connectToServer}; blocks. */
    private interface Handshake {
        Session connect() throws DeploymentException, IOException;
    }

    private void connect(Handshake handshake, TcpConnection connection, WebSocketTransport transport, Duration timeout)
            throws DeploymentException, IOException {
        boolean isOpen = false;
        try {
            if (connection.endsByInterrupt()) {
                handshake.connect();
            } else {
                connectUntil(timeout.plus(grace), handshake);
            }
            isOpen = true;
        } catch (DeploymentException | IOException | RuntimeException e) {
            Optional<Error> error = connection.error().or(() -> HandshakeFailure.error(e));
            if (error.isPresent()) {
                // As if the container had thrown it: a missing class is final.
                throw error.get();
            }
            throw e;
        } finally {
            if (!isOpen) {
                // It may still open: a container may abandon a handshake after the timeout, and its answer may arrive
                // later.
                transport.close(CloseCode.NORMAL.number(), "");
            }
        }
    }

    /**
     * Waits for a handshake on a thread of its own, which the caller leaves behind at the deadline. Tyrus swallows an
     * error of its connect, and then waits for ever. The interrupt ends that; a thread that hangs all the same keeps
     * its place among the few.
     */
    private void connectUntil(Duration deadline, Handshake handshake) throws DeploymentException {
        if (!handshakeThreads.tryAcquire()) {
            throw new DeploymentException(
                    HANDSHAKE_THREADS_MAX + " handshakes hang in the WebSocket container; no other one is started.");
        }
        FutureTask<Session> task = new FutureTask<>(handshake::connect);
        boolean isStarted = false;
        try {
            threads.newThread(() -> {
                        try {
                            task.run();
                        } finally {
                            handshakeThreads.release();
                        }
                    })
                    .start();
            isStarted = true;
        } finally {
            if (!isStarted) {
                handshakeThreads.release();
            }
        }
        try {
            task.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw new DeploymentException(String.valueOf(e.getCause().getMessage()), e.getCause());
        } catch (TimeoutException e) {
            task.cancel(true);
            String sentence = "A handshake hangs in the WebSocket container: it did not end within "
                    + deadline.toMillis() + " ms.";
            LOG.log(Level.WARNING, "{0} The container may lack a class, which it does not report.", sentence);
            throw new DeploymentException(sentence, e);
        } catch (InterruptedException e) {
            task.cancel(true);
            Thread.currentThread().interrupt();
            throw new DeploymentException("The handshake was interrupted.", e);
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
