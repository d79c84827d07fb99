package dev.parley.client;

import dev.parley.client.internal.inbound.ListenerDispatcher;
import dev.parley.client.internal.inbound.ListenerQueue;
import dev.parley.client.internal.loop.Backoff;
import dev.parley.client.internal.loop.ClientLoop;
import dev.parley.client.internal.loop.ClientSettings;
import dev.parley.client.internal.loop.ClientThreads;
import dev.parley.client.internal.loop.SendQueue;
import dev.parley.client.internal.outbound.CapacityLimit;
import dev.parley.client.internal.outbound.OutboundQueue;
import dev.parley.client.internal.outbound.PendingBinary;
import dev.parley.client.internal.outbound.PendingMetrics;
import dev.parley.client.internal.outbound.RandomId;
import dev.parley.client.internal.outbound.Results;
import dev.parley.client.internal.transport.TokenConnector;
import dev.parley.client.internal.transport.TokenSource;
import dev.parley.client.internal.transport.WebSocketConnector;
import dev.parley.protocol.Channel;
import dev.parley.protocol.Field;
import dev.parley.protocol.Position;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/**
 * Settings of a {@link ParleyClient}, each with a default. Not thread-safe. An invalid value throws
 * {@link IllegalArgumentException} at once.
 */
public final class ParleyClientBuilder {
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private static final String DEFAULT_PATH = "/chat";
    private static final int REQUESTS_MAX = 1_000;

    /**
     * The client's own calls, such as state changes, take places too. With fewer places, the calls for the channels
     * that a new connection opens might never fit.
     */
    private static final int WAITING_MIN = 10;

    private static final int METRICS_MAX = 10_000;
    private static final int UPLOADS_MAX = 16;
    private static final long UPLOAD_BYTES_MAX = 64L * 1024 * 1024;

    private final URI uri;
    private Optional<Supplier<String>> token = Optional.empty();
    private Optional<String> username = Optional.empty();
    private Optional<String> origin = Optional.empty();
    private Optional<SSLContext> tls = Optional.empty();
    private ParleyListener listener = new ParleyListener() {};
    private Optional<BinaryListener> binaryListener = Optional.empty();
    private ClientObserver observer = ClientObserver.NONE;
    private Map<String, Position> positions = Map.of();
    private Backoff backoff = Backoff.DEFAULT;
    private Duration connectTimeout = Duration.ofSeconds(20);
    private Duration sendTimeout = Duration.ofSeconds(60);
    private int unackedCount = 1_000;
    private long unackedBytes = 16L * 1024 * 1024;
    private ListenerQueue.Bounds listenerBounds = new ListenerQueue.Bounds(10_000, 16L * 1024 * 1024);
    private int frameMax = ParleyEndpoint.FRAME_MAX;
    private Class<? extends ParleyEndpoint> endpointClass = ParleyEndpoint.class;
    private WebSocketConnector.EndpointFactory endpoints = ParleyEndpoint::new;
    private String name = Integer.toString(NUMBERS.incrementAndGet());
    private ThreadFactory threads = ParleyClientBuilder::daemon;

    ParleyClientBuilder(URI uri) {
        String scheme = String.valueOf(uri.getScheme());
        if (uri.getUserInfo() != null) {
            // Not shown: it may hold a password.
            throw new IllegalArgumentException("The URI must have no user in it; use token(…).");
        }
        if ((!scheme.equals("ws") && !scheme.equals("wss")) || uri.getHost() == null) {
            throw new IllegalArgumentException("The URI must be like wss://HOST/chat, but is '" + uri + "'.");
        }
        this.uri = withPath(uri);
    }

    private static URI withPath(URI uri) {
        boolean hasPath = !uri.getRawPath().isEmpty() && !uri.getRawPath().equals("/");
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        return hasPath ? uri : URI.create(uri.getScheme() + "://" + uri.getRawAuthority() + DEFAULT_PATH + query);
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Supplies the tokens (JWTs) for the {@code Authorization} header. The client calls it for each attempt. On an open
     * connection it calls it again after about four fifths of the token's remaining lifetime, to renew the sign-in. The
     * supplier may block (up to {@link #connectTimeout}) and may throw; during an attempt that counts as a failed
     * attempt, and during a renewal the connection stays open and the client retries. If the server refuses a token
     * (HTTP 401), the client tries one fresh token, and stops if that is refused too. A token that the server calls
     * expired only counts as a failed attempt.
     */
    public ParleyClientBuilder token(Supplier<String> supplier) {
        token = Optional.of(supplier);
        return this;
    }

    /**
     * The user name of a guest, for servers that allow guests. With a token, it must be the user name in the token. The
     * client stays the same guest as long as it lives, over reconnects too: it keeps the secret of the first
     * {@code welcome}. A new client is a new guest, also under the same name. Of a guest that was away for longer than
     * the server remembers, what was not acknowledged may be stored twice.
     */
    public ParleyClientBuilder username(String value) {
        username = Optional.of(Field.username("username", value));
        return this;
    }

    /** The {@code Origin} header, for servers that require one. Default: none. */
    public ParleyClientBuilder origin(String value) {
        origin = Optional.of(value);
        return this;
    }

    /** The TLS context for {@code wss}. Default: the JVM's. */
    public ParleyClientBuilder tls(SSLContext context) {
        tls = Optional.of(context);
        return this;
    }

    /** The listener for everything that has no listener of its own. */
    public ParleyClientBuilder listener(ParleyListener value) {
        listener = Objects.requireNonNull(value, "listener");
        return this;
    }

    /** The listener for binary frames. Without it the client asks for none. */
    public ParleyClientBuilder binaryListener(BinaryListener value) {
        binaryListener = Optional.of(Objects.requireNonNull(value, "binaryListener"));
        return this;
    }

    /** The observer for the application's metrics. */
    public ParleyClientBuilder observer(ClientObserver value) {
        observer = Objects.requireNonNull(value, "observer");
        return this;
    }

    /**
     * The positions of an earlier client, as {@link ParleyClient#positions()} returned them. Messages after them are
     * delivered.
     */
    public ParleyClientBuilder positions(Map<String, Position> value) {
        value.keySet().stream()
                .filter(key -> !Channel.isWireKey(key))
                .findFirst()
                .ifPresent(key -> {
                    throw new IllegalArgumentException(
                            "positions must be named room:NAME, inbox or broadcast, but one is '" + Field.shown(key)
                                    + "'.");
                });
        positions = Map.copyOf(value);
        return this;
    }

    /**
     * Number of consecutive failed attempts before the client gives up. Default: no limit. 0: the client never
     * reconnects.
     */
    public ParleyClientBuilder maxReconnectAttempts(int value) {
        backoff = new Backoff(backoff.first(), backoff.multiplier(), backoff.max(), value, backoff.resetAfter());
        return this;
    }

    /**
     * Upper bound of the first reconnect delay. Each delay is uniformly random between 0 and its bound. Default: 500
     * ms.
     */
    public ParleyClientBuilder reconnectDelay(Duration value) {
        backoff = new Backoff(value, backoff.multiplier(), backoff.max(), backoff.maxAttempts(), backoff.resetAfter());
        return this;
    }

    /** Factor by which the bound grows with each failed attempt. Default: 2. */
    public ParleyClientBuilder reconnectDelayMultiplier(double value) {
        backoff = new Backoff(backoff.first(), value, backoff.max(), backoff.maxAttempts(), backoff.resetAfter());
        return this;
    }

    /** Maximum of the bounds. Default: 30 s. A longer delay that the server demands is obeyed, up to one hour. */
    public ParleyClientBuilder maxReconnectDelay(Duration value) {
        backoff =
                new Backoff(backoff.first(), backoff.multiplier(), value, backoff.maxAttempts(), backoff.resetAfter());
        return this;
    }

    /**
     * How long a connection must have been open before delays and failed attempts are counted from zero again. Default:
     * 10 s.
     */
    public ParleyClientBuilder reconnectResetAfter(Duration value) {
        backoff = new Backoff(backoff.first(), backoff.multiplier(), backoff.max(), backoff.maxAttempts(), value);
        return this;
    }

    /** Timeout for token, handshake and login together. Default: 20 s. */
    public ParleyClientBuilder connectTimeout(Duration value) {
        connectTimeout = Backoff.requirePositive("connectTimeout", value);
        return this;
    }

    /**
     * Time after which a message or request without an answer fails with {@code timeout}. It includes time without a
     * connection. Default: 60 s.
     */
    public ParleyClientBuilder sendTimeout(Duration value) {
        sendTimeout = Backoff.requirePositive("sendTimeout", value);
        return this;
    }

    /**
     * Maximum number and total bytes of messages without an ack. To ride out an outage, the number is the rate of
     * sending times the length of the outage. Default: 1,000 and 16 MiB.
     */
    public ParleyClientBuilder maxUnacked(int count, long bytes) {
        requirePositive("maxUnacked", Math.min(count, bytes));
        unackedCount = count;
        unackedBytes = bytes;
        return this;
    }

    /**
     * Maximum number (at least 10) and total bytes of calls in the queue of the listeners. Default: 10,000 and 16 MiB.
     */
    public ParleyClientBuilder maxWaitingForListeners(int count, long bytes) {
        requirePositive("maxWaitingForListeners", bytes);
        if (count < WAITING_MIN) {
            throw new IllegalArgumentException(
                    "maxWaitingForListeners must be " + WAITING_MIN + " messages or more, but is " + count + ".");
        }
        listenerBounds = new ListenerQueue.Bounds(count, bytes);
        return this;
    }

    /** Maximum bytes of a frame from the server. A longer frame ends the connection. Default: 8 MiB. */
    public ParleyClientBuilder maxFrame(int bytes) {
        requirePositive("maxFrame", bytes);
        frameMax = bytes;
        return this;
    }

    /** The name in logs and thread names. Default: a number. */
    public ParleyClientBuilder name(String value) {
        name = Objects.requireNonNull(value, "name");
        return this;
    }

    /**
     * Creates the client's threads, including those of its connections on Tyrus. Inside a server, pass its
     * {@code ManagedThreadFactory}. Default: daemon threads, which do not keep the JVM alive. With
     * {@code threads(Thread::new)} the JVM runs from {@code connect()} until the client is closed, by the application
     * or for good.
     */
    public ParleyClientBuilder threads(ThreadFactory factory) {
        threads = Objects.requireNonNull(factory, "threads");
        return this;
    }

    /** Replaces the endpoint of the client's connections. The annotation of {@code type} names the encoder. */
    ParleyClientBuilder endpoint(Class<? extends ParleyEndpoint> type, WebSocketConnector.EndpointFactory factory) {
        endpointClass = type;
        endpoints = factory;
        return this;
    }

    private static void requirePositive(String setting, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(setting + " must be positive, but is " + value + ".");
        }
    }

    /** Creates a client in state {@link ClientState#IDLE}. It does nothing before {@link ParleyClient#connect()}. */
    public ParleyClient build() {
        ClientSettings settings = new ClientSettings(
                name,
                uri,
                token,
                username,
                positions,
                backoff,
                connectTimeout,
                sendTimeout,
                frameMax,
                binaryListener,
                observer);
        ClientThreads own = new ClientThreads(name, threads);
        WebSocketConnector connector = new WebSocketConnector(
                new WebSocketConnector.Options(endpoints, origin, tls, frameMax), own.closing(), own.transports());
        ListenerQueue listeners = new ListenerQueue(
                listenerBounds, own.listening(), own.eventLoop()::nanoTime, thrown -> settings.observer()
                        .listenerThrew());
        Optional<TokenSource> tokens = token.map(supplier -> new TokenSource(supplier, own.connecting()));
        return assemble(
                settings,
                new ClientLoop.ClientDependencies(
                        own.eventLoop(),
                        new TokenConnector(
                                uri, tokens, connector, own.connecting(), connectTimeout, own.eventLoop()::nanoTime),
                        EndpointCoders.encoder(endpointClass),
                        tokens.map(source -> source::fetch),
                        listeners,
                        new Results(own.results()),
                        () -> ThreadLocalRandom.current().nextDouble(),
                        RandomId::next,
                        own::isOwnThread),
                listener,
                new SendQueue.CapacityLimits(
                        new CapacityLimit(unackedCount, unackedBytes),
                        new CapacityLimit(REQUESTS_MAX, Long.MAX_VALUE),
                        new CapacityLimit(UPLOADS_MAX, UPLOAD_BYTES_MAX)),
                own::shutdown);
    }

    /**
     * @param whenEnded called on the event loop when the client is closed; its argument must run once all results are
     *     completed
     */
    static ParleyClient assemble(
            ClientSettings settings,
            ClientLoop.ClientDependencies dependencies,
            ParleyListener listener,
            SendQueue.CapacityLimits limits,
            Consumer<Runnable> whenEnded) {
        ListenerDispatcher dispatcher = new ListenerDispatcher(
                listener, settings.binaryListener(), dependencies.listeners(), settings.positions());
        PendingMetrics metrics = new PendingMetrics(METRICS_MAX);
        PendingBinary binary = new PendingBinary();
        OutboundQueue outbound = new OutboundQueue(dependencies.encoder(), settings.observer(), metrics, binary);
        CompletableFuture<Void> closed = new CompletableFuture<>();
        ClientLoop loop = new ClientLoop(settings, dependencies, dispatcher, outbound, () -> {
            dependencies.listeners().end();
            whenEnded.accept(() -> closed.complete(null));
        });
        SendQueue sendQueue = new SendQueue(settings, dependencies, loop, metrics, binary, limits);
        return new ParleyClient(loop, sendQueue, dispatcher, dependencies.listeners(), closed);
    }
}
