package dev.parley.server.backplane;

import dev.parley.protocol.Channel;
import dev.parley.server.log.LogThrottle;
import dev.parley.server.session.ThreadLiveness;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The backplane over Redis or Valkey, by publish and subscribe. There is one Redis channel for each channel that
 * somebody reads, one for all nodes, and one for each node. What Redis loses while it is away, slow or cut off is lost:
 * the store has it.
 *
 * <p>Thread rule: any thread may call any method; only {@link #close} blocks. One thread of this node publishes,
 * another one does all else with Lettuce: each thread that calls Netty keeps its classes, and the container's threads
 * outlive this application. Messages arrive on Lettuce's threads, which end with it.
 */
public final class RedisBackplane implements Backplane {
    /** For each command, and for a subscription to be confirmed. */
    private static final Duration DEADLINE = Duration.ofMillis(500);

    private static final Duration CONNECT_DEADLINE = Duration.ofSeconds(2);
    private static final Duration RECONNECT_MAX = Duration.ofSeconds(1);
    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(2);

    /** A connection that answers nothing for so long is given up for another one. */
    private static final long SILENT_NANOS = TimeUnit.SECONDS.toNanos(3);

    /** Bounds of what waits to be published. What does not fit is dropped: the other nodes find it in the store. */
    private static final int WAITING_MAX = 20_000;

    private static final long WAITING_BYTES_MAX = 32L * 1024 * 1024;

    /** The part of these bounds that events have which may be lost. */
    private static final int LOSSY_PART = 8;

    /** Events that are published together: one round trip. */
    private static final int BATCH_MAX = 1_000;

    /** So many events share a round trip well enough. */
    private static final int ENOUGH = 100;

    private static final Duration DELAY_MAX = Duration.ofMillis(2);

    /** A message that is longer is not sent: the other nodes read it from the store. */
    static final int MESSAGE_BYTES_MAX = 64 * 1024;

    private static final int CAUSES_MAX = 10;

    private static final Logger LOG = System.getLogger(RedisBackplane.class.getName());
    private static final LogThrottle BUGS = new LogThrottle(LOG, System::nanoTime);

    private final String node;
    private final String prefix;
    private final RedisURI uri;
    private final Listener listener;
    private final LongSupplier nanoTime;
    private final Duration deadline;
    private final ScheduledThreadPoolExecutor commands;
    private final RedisSubscriptions subscriptions;
    private final RedisState state;
    private final Thread sender;
    private final ThreadLiveness liveness;

    private final LinkedBlockingQueue<NodeEvent> waiting = new LinkedBlockingQueue<>(WAITING_MAX);
    private final AtomicLong waitingBytes = new AtomicLong();

    private final AtomicBoolean isConnectingOut = new AtomicBoolean();
    private final AtomicBoolean isConnectingIn = new AtomicBoolean();
    private volatile Optional<StatefulRedisConnection<String, String>> outgoing = Optional.empty();
    private volatile Optional<StatefulRedisPubSubConnection<String, String>> incoming = Optional.empty();
    /** Confined to the thread of the commands. */
    private Optional<Lettuce> lettuce = Optional.empty();

    /** When the incoming connection last answered a ping. */
    private volatile long answeredAt;

    private volatile boolean isClosed;

    /** When the outgoing connection began to fail; empty while it answers. Confined to the sender. */
    private Optional<Long> failingSince = Optional.empty();

    /**
     * Where Redis is.
     *
     * @param uri as Lettuce takes it: {@code redis://HOST:PORT}, {@code rediss://:PASSWORD@HOST}, Sentinel
     * @param prefix of all names in Redis, so that several clusters may share it
     */
    public record Address(String uri, String prefix) {
        /** @throws IllegalArgumentException without the text, which may hold a password */
        public Address {
            parsed(uri);
        }

        /** The address for one cluster: two on one Redis do not hear each other. */
        public Address of(String cluster) {
            return new Address(uri, prefix + ":" + cluster);
        }

        RedisURI parsed() {
            return parsed(uri);
        }

        private static RedisURI parsed(String uri) {
            try {
                return RedisURI.create(uri);
            } catch (RuntimeException e) {
                // Its text holds the password.
                throw new IllegalArgumentException("parley.redis.uri is no address that Lettuce takes, such as"
                        + " redis://HOST:6379 or rediss://:PASSWORD@HOST:6380. A '%', '#' or '@' in the password is"
                        + " written as %25, %23 or %40.");
            }
        }

        /** Without the password. */
        @Override
        public String toString() {
            return parsed() + ", prefix " + prefix;
        }
    }

    /**
     * Begins to connect; Redis need not be there.
     *
     * @param node id of this node
     * @param nanoTime the monotonic clock
     */
    public RedisBackplane(
            Address address, String node, Listener listener, ThreadFactory threads, LongSupplier nanoTime) {
        this(address, node, listener, threads, nanoTime, DEADLINE);
    }

    /** @param deadline for each command, and for a subscription to be confirmed */
    RedisBackplane(
            Address address,
            String node,
            Listener listener,
            ThreadFactory threads,
            LongSupplier nanoTime,
            Duration deadline) {
        this.deadline = deadline;
        this.node = node;
        this.prefix = address.prefix();
        this.uri = address.parsed();
        uri.setTimeout(CONNECT_DEADLINE);
        this.listener = listener;
        this.nanoTime = nanoTime;
        this.liveness = new ThreadLiveness("backplane", nanoTime);
        this.state = new RedisState(uri.toString());
        this.commands = new ScheduledThreadPoolExecutor(1, threads, new ThreadPoolExecutor.DiscardPolicy());
        subscriptions = new RedisSubscriptions(nanoTime, commands, deadline, state::received);
        subscriptions.keepAlways(topicOfNodes());
        subscriptions.keepAlways(topicOfNode(node));
        // Nothing here waits for a thread: Liberty starts those of an application once the application has started.
        execute(this::connect);
        sender = threads.newThread(this::send);
        sender.start();
    }

    /** The library, and its threads. */
    private record Lettuce(ClientResources resources, RedisClient client) {
        static Lettuce create(Duration deadline) {
            ClientResources resources = DefaultClientResources.builder()
                    .ioThreadPoolSize(2)
                    .computationThreadPoolSize(2)
                    .reconnectDelay(Delay.fullJitter(Duration.ofMillis(50), RECONNECT_MAX, 50, TimeUnit.MILLISECONDS))
                    .build();
            RedisClient client = RedisClient.create(resources);
            client.setOptions(ClientOptions.builder()
                    .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                    // A message that is late is found in the store before it comes.
                    .replayFilter(command -> true)
                    .requestQueueSize(2 * BATCH_MAX)
                    .socketOptions(SocketOptions.builder()
                            .connectTimeout(CONNECT_DEADLINE)
                            .keepAlive(true)
                            .build())
                    .timeoutOptions(TimeoutOptions.enabled(deadline))
                    .build());
            return new Lettuce(resources, client);
        }

        /** Blocks until all of it has ended, or up to twice the deadline. */
        void end() {
            long millis = CLOSE_DEADLINE.toMillis();
            try {
                client.shutdownAsync(0, millis, TimeUnit.MILLISECONDS).get(millis, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException | TimeoutException e) {
                LOG.log(Level.DEBUG, "The connections to Redis did not end in time.", e);
            }
            // In any case: its threads would keep this application's classes.
            var ended = resources.shutdown(0, millis, TimeUnit.MILLISECONDS);
            try {
                ended.await(millis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Lettuce lettuce() {
        if (lettuce.isEmpty()) {
            lettuce = Optional.of(Lettuce.create(deadline));
        }
        return lettuce.get();
    }

    /** Executes a task on the thread that talks to Lettuce. */
    private void execute(Runnable task) {
        commands.execute(() -> {
            try {
                task.run();
            } catch (RuntimeException | LinkageError e) {
                BUGS.error("A bug in the backplane, which tries again in a second.", e);
            }
        });
    }

    private String topicOfNodes() {
        return prefix + ":nodes";
    }

    private String topicOfNode(String id) {
        return prefix + ":node:" + id;
    }

    private String topic(NodeEvent event) {
        return event.to()
                .map(this::topicOfNode)
                .or(() -> event.about().map(this::topic))
                .orElseGet(this::topicOfNodes);
    }

    private String topic(Channel channel) {
        return prefix + ":channel:" + channel.kind() + ":" + channel.name();
    }

    // Connections.

    /** Opens what is missing. Lettuce connects again by itself once it was connected. */
    private void connect() {
        if (outgoing.isEmpty() && isConnectingOut.compareAndSet(false, true)) {
            opened(() -> lettuce().client().connectAsync(StringCodec.UTF8, uri)).whenComplete((fresh, cause) -> {
                state.sent(failure(cause));
                if (cause == null) {
                    outgoing = Optional.of(fresh);
                }
                isConnectingOut.set(false);
            });
        }
        if (incoming.isEmpty() && isConnectingIn.compareAndSet(false, true)) {
            opened(() -> lettuce().client().connectPubSubAsync(StringCodec.UTF8, uri))
                    .whenComplete((fresh, cause) -> {
                        state.received(failure(cause));
                        if (cause == null) {
                            listen(fresh);
                        }
                        isConnectingIn.set(false);
                    });
        }
    }

    private static <T> CompletionStage<T> opened(Supplier<CompletionStage<T>> connect) {
        try {
            return connect.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    /** @param cause of a failure, or null if it did not fail */
    static Optional<String> failure(Throwable cause) {
        return Optional.ofNullable(cause)
                .map(thrown ->
                        thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown)
                .map(RedisBackplane::describe);
    }

    /**
     * A sentence with the root cause: Lettuce's own text is "Unable to connect" for a certificate and a wrong password
     * too.
     */
    private static String describe(Throwable thrown) {
        Throwable root = thrown;
        // Causes may be a circle.
        for (int depth = 0; depth < CAUSES_MAX && root.getCause() != null; depth++) {
            root = root.getCause();
        }
        String text = root == thrown ? text(thrown) : text(thrown) + ": " + text(root);
        return text.endsWith(".") ? text : text + ".";
    }

    private static String text(Throwable thrown) {
        return Optional.ofNullable(thrown.getMessage()).orElseGet(thrown::toString);
    }

    private void listen(StatefulRedisPubSubConnection<String, String> connection) {
        connection.addListener(new RedisPubSubAdapter<>() {
            @Override
            public void message(String topic, String text) {
                received(text);
            }

            @Override
            public void subscribed(String topic, long count) {
                subscriptions.confirmed(topic);
            }
        });
        connection.addListener(new RedisConnectionStateListener() {
            @Override
            public void onRedisConnected(RedisChannelHandler<?, ?> handler, SocketAddress peer) {
                isListening(connection);
            }

            @Override
            public void onRedisDisconnected(RedisChannelHandler<?, ?> handler) {
                subscriptions.lost();
                state.received(Optional.of("The connection is lost."));
            }
        });
        // Before the connection is seen, so that watchIncoming does not take it for one that is silent.
        answeredAt = nanoTime.getAsLong();
        incoming = Optional.of(connection);
        isListening(connection);
    }

    private void isListening(StatefulRedisPubSubConnection<String, String> connection) {
        answeredAt = nanoTime.getAsLong();
        state.received(Optional.empty());
        subscriptions.connected(connection.async());
        listener.regained();
    }

    /** Gives a connection up that does not answer, and lets {@link #connect} open another one. */
    private void watchIncoming() {
        incoming.ifPresent(connection -> {
            connection.async().ping().whenComplete((pong, cause) -> {
                if (cause == null) {
                    answeredAt = nanoTime.getAsLong();
                }
            });
            if (nanoTime.getAsLong() - answeredAt > SILENT_NANOS && connection.isOpen()) {
                subscriptions.lost();
                state.received(Optional.of("It does not answer."));
                incoming = Optional.empty();
                connection.closeAsync();
            }
        });
    }

    private void received(String text) {
        try {
            NodeEventCodec.Received news = NodeEventCodec.decode(text);
            if (!news.node().equals(node)) {
                news.events().forEach(event -> listener.received(news.node(), event));
            }
        } catch (RuntimeException | StackOverflowError e) {
            // Whoever else writes to this Redis must not end the connection.
            BUGS.error("A message of the backplane is not understood, and skipped.", e);
        }
    }

    // Publishing.

    @Override
    public void publish(NodeEvent event) {
        NodeEvent small = byReference(event);
        int bytes = small.bytes();
        int part = small.isLossy() ? LOSSY_PART : 1;
        boolean hasRoom = waiting.size() < WAITING_MAX / part && waitingBytes.get() + bytes <= WAITING_BYTES_MAX / part;
        if (hasRoom && waiting.offer(small)) {
            waitingBytes.addAndGet(bytes);
        }
    }

    private static NodeEvent byReference(NodeEvent event) {
        return event instanceof NodeEvent.Stored stored && stored.message().bytes() > MESSAGE_BYTES_MAX
                ? new NodeEvent.Grown(stored.channel(), stored.seq())
                : event;
    }

    private void send() {
        BatchPace pace = new BatchPace(ENOUGH, DELAY_MAX, nanoTime.getAsLong());
        List<NodeEvent> batch = new ArrayList<>();
        try {
            while (!isClosed) {
                liveness.idle();
                LockSupport.parkNanos(pace.dueIn(nanoTime.getAsLong()));
                batch.add(waiting.take());
                liveness.working();
                waiting.drainTo(batch, BATCH_MAX - 1);
                waitingBytes.addAndGet(
                        -batch.stream().mapToLong(NodeEvent::bytes).sum());
                if (outgoing.isPresent()) {
                    long begin = nanoTime.getAsLong();
                    send(outgoing.get(), batch);
                    pace.written(begin, nanoTime.getAsLong(), waiting.size());
                }
                batch.clear();
            }
        } catch (InterruptedException e) {
            // The node ends, or the container reclaims its thread.
            Thread.currentThread().interrupt();
        } catch (IllegalStateException e) {
            // Lettuce takes no command once its timer has ended.
            if (!isClosed) {
                throw e;
            }
        } finally {
            if (!isClosed) {
                liveness.ended();
            }
        }
    }

    /**
     * Publishes events and waits for the answers: what comes meanwhile shares the next round trip. After a failure the
     * next batch is dropped unless Redis answers a ping before it: nothing piles up for a Redis that does not answer.
     */
    private void send(StatefulRedisConnection<String, String> connection, List<NodeEvent> batch)
            throws InterruptedException {
        Optional<String> failure =
                failingSince.isPresent() ? answer(List.of(connection.async().ping())) : Optional.empty();
        if (failure.isEmpty()) {
            failure = answer(published(connection, batch));
        }
        state.sent(failure);
        if (failure.isEmpty()) {
            failingSince = Optional.empty();
            return;
        }
        long now = nanoTime.getAsLong();
        if (failingSince.isEmpty()) {
            failingSince = Optional.of(now);
        } else if (now - failingSince.get() > SILENT_NANOS && connection.isOpen()) {
            failingSince = Optional.empty();
            outgoing = Optional.empty();
            connection.closeAsync();
        }
    }

    private List<RedisFuture<?>> published(StatefulRedisConnection<String, String> connection, List<NodeEvent> batch) {
        List<RedisFuture<?>> answers = new ArrayList<>();
        connection.setAutoFlushCommands(false);
        try {
            for (List<NodeEvent> run : NodeEventRuns.of(batch)) {
                String text = run.size() == 1
                        ? NodeEventCodec.encode(node, run.get(0))
                        : NodeEventCodec.encodeStored(node, NodeEventRuns.stored(run));
                answers.add(connection.async().publish(topic(run.get(0)), text));
            }
            connection.flushCommands();
        } finally {
            connection.setAutoFlushCommands(true);
        }
        return answers;
    }

    /** Waits for answers; returns what went wrong. */
    private Optional<String> answer(List<RedisFuture<?>> answers) throws InterruptedException {
        CompletableFuture<Void> all = CompletableFuture.allOf(
                answers.stream().map(RedisFuture::toCompletableFuture).toArray(CompletableFuture[]::new));
        try {
            // Lettuce ends each by the deadline.
            all.get(2 * deadline.toMillis(), TimeUnit.MILLISECONDS);
            return Optional.empty();
        } catch (ExecutionException e) {
            return failure(e.getCause());
        } catch (TimeoutException e) {
            return Optional.of("It did not answer within " + deadline.toMillis() + " ms.");
        }
    }

    // Subscriptions.

    @Override
    public CompletionStage<?> subscribe(Collection<? extends Channel> channels) {
        return CompletableFuture.allOf(channels.stream()
                .map(channel -> subscriptions.want(topic(channel)))
                .toArray(CompletableFuture[]::new));
    }

    @Override
    public void maintain(Set<? extends Channel> read) {
        execute(() -> {
            if (!isClosed) {
                connect();
                watchIncoming();
                subscriptions.keepOnly(read.stream().map(this::topic).collect(Collectors.toSet()));
                subscriptions.renew();
            }
        });
    }

    @Override
    public Optional<String> problem() {
        return state.problem();
    }

    @Override
    public Optional<ThreadLiveness> liveness() {
        return Optional.of(liveness);
    }

    /** What waits is not sent any more. */
    @Override
    public void close() {
        isClosed = true;
        state.close();
        subscriptions.close();
        sender.interrupt();
        try {
            commands.submit(() -> lettuce.ifPresent(Lettuce::end))
                    .get(3 * CLOSE_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.log(Level.WARNING, "The threads of Lettuce did not end: the classes of this application stay.", e);
        }
        commands.shutdownNow();
    }
}
