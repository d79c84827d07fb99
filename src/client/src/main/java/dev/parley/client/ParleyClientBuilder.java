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

/** Settings of a {@link ParleyClient}, each with a default. For one thread; wrong values throw at once. */
public final class ParleyClientBuilder {
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private static final int REQUESTS_MAX = 1_000;

    /** The client's own news takes places too: with fewer, what a new connection opens might never find one. */
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
    private ClientObserver observer = ClientObserver.NONE;
    private Map<String, Position> positions = Map.of();
    private Backoff backoff = Backoff.DEFAULT;
    private Duration connectTimeout = Duration.ofSeconds(20);
    private Duration sendTimeout = Duration.ofSeconds(60);
    private int unackedCount = 1_000;
    private long unackedBytes = 16L * 1024 * 1024;
    private ListenerQueue.Bounds listenerBounds = new ListenerQueue.Bounds(10_000, 16L * 1024 * 1024);
    private int frameMax = 8 * 1024 * 1024;
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
        this.uri = uri;
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Where tokens (JWTs) come from, for the {@code Authorization} header: asked anew for each attempt, and again when
     * about four fifths of a token's time on an open connection are over, to stay signed in there. It may block (until
     * {@link #connectTimeout}) and throw, which counts as a failed attempt; an open connection is not hurt by it. A
     * server that refuses a token (HTTP 401) gets one more, and the client stops when it refuses that too; tokens that
     * it calls expired only count as failed attempts.
     */
    public ParleyClientBuilder token(Supplier<String> supplier) {
        token = Optional.of(supplier);
        return this;
    }

    /** The name of a guest, for servers that let guests in; with a token, the name must be the token's. */
    public ParleyClientBuilder username(String value) {
        username = Optional.of(Field.username("username", value));
        return this;
    }

    /** The {@code Origin} header, for servers that let nobody in without one. Default: none. */
    public ParleyClientBuilder origin(String value) {
        origin = Optional.of(value);
        return this;
    }

    /** Instead of the JVM's default, for {@code wss}. */
    public ParleyClientBuilder tls(SSLContext context) {
        tls = Optional.of(context);
        return this;
    }

    /** Who hears what has no listener of its own. */
    public ParleyClientBuilder listener(ParleyListener value) {
        listener = Objects.requireNonNull(value, "listener");
        return this;
    }

    /** For the application's metrics. */
    public ParleyClientBuilder observer(ClientObserver value) {
        observer = Objects.requireNonNull(value, "observer");
        return this;
    }

    /** Where an earlier client ended, as {@link ParleyClient#positions()} said: what came since is delivered. */
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
     * Attempts that may fail one after the other before the client gives up. Default: no limit; 0: never comes back.
     */
    public ParleyClientBuilder maxReconnectAttempts(int value) {
        backoff = new Backoff(backoff.first(), backoff.multiplier(), backoff.max(), value, backoff.resetAfter());
        return this;
    }

    /** Ceiling of the first delay; each delay is drawn evenly between 0 and its ceiling. Default: 500 ms. */
    public ParleyClientBuilder reconnectDelay(Duration value) {
        backoff = new Backoff(value, backoff.multiplier(), backoff.max(), backoff.maxAttempts(), backoff.resetAfter());
        return this;
    }

    /** By which each ceiling grows. Default: 2. */
    public ParleyClientBuilder reconnectDelayMultiplier(double value) {
        backoff = new Backoff(backoff.first(), value, backoff.max(), backoff.maxAttempts(), backoff.resetAfter());
        return this;
    }

    /** Of the ceilings. Default: 30 s. A longer time that the server orders is obeyed, up to an hour. */
    public ParleyClientBuilder maxReconnectDelay(Duration value) {
        backoff =
                new Backoff(backoff.first(), backoff.multiplier(), value, backoff.maxAttempts(), backoff.resetAfter());
        return this;
    }

    /** How long a session must have lasted for delays and attempts to be counted anew. Default: 10 s. */
    public ParleyClientBuilder reconnectResetAfter(Duration value) {
        backoff = new Backoff(backoff.first(), backoff.multiplier(), backoff.max(), backoff.maxAttempts(), value);
        return this;
    }

    /** For token, handshake and login together. Default: 20 s. */
    public ParleyClientBuilder connectTimeout(Duration value) {
        connectTimeout = Backoff.requirePositive("connectTimeout", value);
        return this;
    }

    /**
     * Until a message or a question without an answer ends as {@code timeout}, connections lost meanwhile included.
     * Default: 60 s.
     */
    public ParleyClientBuilder sendTimeout(Duration value) {
        sendTimeout = Backoff.requirePositive("sendTimeout", value);
        return this;
    }

    /** Messages, and bytes of them, that may wait for their ack. Default: 1,000 and 16 MiB. */
    public ParleyClientBuilder maxUnacked(int count, long bytes) {
        requirePositive("maxUnacked", Math.min(count, bytes));
        unackedCount = count;
        unackedBytes = bytes;
        return this;
    }

    /** Messages, at least 10, and bytes of them, that may wait for listeners. Default: 10,000 and 16 MiB. */
    public ParleyClientBuilder maxWaitingForListeners(int count, long bytes) {
        requirePositive("maxWaitingForListeners", bytes);
        if (count < WAITING_MIN) {
            throw new IllegalArgumentException(
                    "maxWaitingForListeners must be " + WAITING_MIN + " messages or more, but is " + count + ".");
        }
        listenerBounds = new ListenerQueue.Bounds(count, bytes);
        return this;
    }

    /** Bytes of a frame that the server may send; over it the connection is dropped. Default: 8 MiB. */
    public ParleyClientBuilder maxFrame(int bytes) {
        requirePositive("maxFrame", bytes);
        frameMax = bytes;
        return this;
    }

    /** For logs and thread names. Default: a number. */
    public ParleyClientBuilder name(String value) {
        name = Objects.requireNonNull(value, "name");
        return this;
    }

    /**
     * Makes the client's threads, those of its connections on Tyrus too: inside a server its
     * {@code ManagedThreadFactory}. Default: daemon threads.
     */
    public ParleyClientBuilder threads(ThreadFactory factory) {
        threads = Objects.requireNonNull(factory, "threads");
        return this;
    }

    private static void requirePositive(String setting, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(setting + " must be positive, but is " + value + ".");
        }
    }

    /** A client that is {@link ClientState#IDLE}: it does nothing before {@link ParleyClient#connect()}. */
    public ParleyClient build() {
        ClientSettings settings = new ClientSettings(
                name, uri, token, username, positions, backoff, connectTimeout, sendTimeout, frameMax, observer);
        ClientThreads own = new ClientThreads(name, threads);
        WebSocketConnector connector = new WebSocketConnector(
                new WebSocketConnector.Options(origin, tls, frameMax), own.closing(), own.transports());
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
                        tokens.map(source -> source::fetch),
                        listeners,
                        new Results(own.results()),
                        () -> ThreadLocalRandom.current().nextDouble(),
                        RandomId::next),
                listener,
                new SendQueue.CapacityLimits(
                        new CapacityLimit(unackedCount, unackedBytes),
                        new CapacityLimit(REQUESTS_MAX, Long.MAX_VALUE),
                        new CapacityLimit(UPLOADS_MAX, UPLOAD_BYTES_MAX)),
                own::shutdown);
    }

    /** @param whenEnded told on the event loop that the client is closed, and what to do when nothing runs any more */
    static ParleyClient assemble(
            ClientSettings settings,
            ClientLoop.ClientDependencies dependencies,
            ParleyListener listener,
            SendQueue.CapacityLimits limits,
            Consumer<Runnable> whenEnded) {
        ListenerDispatcher dispatcher =
                new ListenerDispatcher(listener, dependencies.listeners(), settings.positions());
        PendingMetrics metrics = new PendingMetrics(METRICS_MAX);
        OutboundQueue outbound = new OutboundQueue(settings.observer(), metrics);
        CompletableFuture<Void> closed = new CompletableFuture<>();
        ClientLoop loop = new ClientLoop(settings, dependencies, dispatcher, outbound, () -> {
            dependencies.listeners().end();
            whenEnded.accept(() -> closed.complete(null));
        });
        SendQueue sendQueue = new SendQueue(settings, dependencies, loop, metrics, limits);
        return new ParleyClient(loop, sendQueue, dispatcher, dependencies.listeners(), closed);
    }
}
