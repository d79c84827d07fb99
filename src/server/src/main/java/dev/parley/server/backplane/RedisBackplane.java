package dev.parley.server.backplane;

import dev.parley.protocol.Channel;
import dev.parley.server.log.LogThrottle;
import dev.parley.server.session.ThreadLiveness;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisException;
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
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * The backplane over Redis or Valkey, by publish and subscribe. There is one Redis channel for each channel that
 * somebody reads, and one for all nodes. What Redis loses while it is away, slow or cut off is lost: the store has it.
 *
 * <p>Thread rule: any thread may call any method; only {@link #close} blocks. One thread of this node publishes;
 * messages arrive on Lettuce's threads.
 */
public final class RedisBackplane implements Backplane {
    private static final Duration DEADLINE = Duration.ofMillis(500);

    private static final Duration CONNECT_DEADLINE = Duration.ofSeconds(2);
    private static final Duration RECONNECT_MAX = Duration.ofSeconds(1);
    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(2);

    /** Bounds of what waits to be published. What does not fit is dropped: the other nodes find it in the store. */
    private static final int WAITING_MAX = 20_000;

    private static final long WAITING_BYTES_MAX = 32L * 1024 * 1024;

    /** Events that are published together: one round trip. */
    private static final int BATCH_MAX = 1_000;

    /** What a person takes, for the bound above. */
    private static final int PERSON_BYTES = 100;

    /** A message that is longer is not sent: the other nodes read it from the store. */
    static final int MESSAGE_BYTES_MAX = 64 * 1024;

    private static final Logger LOG = System.getLogger(RedisBackplane.class.getName());
    private static final LogThrottle BUGS = new LogThrottle(LOG, System::nanoTime);

    private final String node;
    private final String prefix;
    private final RedisURI uri;
    private final Listener listener;
    private final Duration deadline;
    private final ClientResources resources;
    private final RedisClient client;
    private final RedisSubscriptions subscriptions;
    private final Thread sender;
    private final ThreadLiveness liveness;

    private final LinkedBlockingQueue<NodeEvent> waiting = new LinkedBlockingQueue<>(WAITING_MAX);
    private final AtomicLong waitingBytes = new AtomicLong();

    private volatile Optional<StatefulRedisConnection<String, String>> outgoing = Optional.empty();
    private volatile boolean isConnecting;
    private volatile boolean isClosed;
    /** What the last failed command or attempt to connect said; empty after a success. */
    private volatile Optional<String> failure = Optional.of("It is being connected.");

    /**
     * Where Redis is.
     *
     * @param uri as Lettuce takes it: {@code redis://HOST:PORT}, {@code rediss://:PASSWORD@HOST}, Sentinel
     * @param prefix of all keys and channels in Redis, so that several applications may share it
     */
    public record Address(String uri, String prefix) {
        /** Without the password. */
        @Override
        public String toString() {
            return RedisURI.create(uri) + ", prefix " + prefix;
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
        this.uri = RedisURI.create(address.uri());
        this.listener = listener;
        this.liveness = new ThreadLiveness("backplane", nanoTime);
        resources = DefaultClientResources.builder()
                .ioThreadPoolSize(2)
                .computationThreadPoolSize(2)
                .reconnectDelay(Delay.fullJitter(Duration.ofMillis(50), RECONNECT_MAX, 50, TimeUnit.MILLISECONDS))
                .build();
        client = RedisClient.create(resources);
        client.setOptions(ClientOptions.builder()
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                // A message that is late is found in the store before it comes.
                .replayFilter(command -> true)
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(CONNECT_DEADLINE)
                        .keepAlive(true)
                        .build())
                .timeoutOptions(TimeoutOptions.enabled(deadline))
                .build());
        subscriptions = new RedisSubscriptions(nanoTime, resources.timer(), deadline);
        subscriptions.keepAlways(topicOfNodes());
        connect();
        sender = threads.newThread(this::send);
        sender.start();
    }

    private String topicOfNodes() {
        return prefix + ":nodes";
    }

    private String topic(Channel channel) {
        return prefix + ":channel:" + channel.kind() + ":" + channel.name();
    }

    /** Lettuce connects again by itself once it was connected. */
    private void connect() {
        isConnecting = true;
        client.connectPubSubAsync(StringCodec.UTF8, uri)
                .thenAccept(this::listen)
                .thenCompose(done -> client.connectAsync(StringCodec.UTF8, uri))
                .whenComplete((connected, cause) -> {
                    isConnecting = false;
                    if (cause == null) {
                        outgoing = Optional.of(connected);
                        succeeded();
                    } else {
                        failed(cause);
                    }
                });
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
                succeeded();
                subscriptions.renew();
            }

            @Override
            public void onRedisDisconnected(RedisChannelHandler<?, ?> handler) {
                subscriptions.lost();
                failed(new RedisException("The connection is lost."));
            }
        });
        subscriptions.connected(connection.async());
    }

    private void received(String text) {
        try {
            NodeEventCodec.Received news = NodeEventCodec.decode(text);
            if (!news.node().equals(node)) {
                news.events().forEach(event -> listener.received(news.node(), event));
            }
        } catch (RuntimeException e) {
            // Whoever else writes to this Redis must not end the connection.
            BUGS.error("A message of the backplane is not understood, and skipped.", e);
        }
    }

    @Override
    public void publish(NodeEvent event) {
        NodeEvent small = byReference(event);
        int bytes = bytes(small);
        if (waitingBytes.get() + bytes <= WAITING_BYTES_MAX && waiting.offer(small)) {
            waitingBytes.addAndGet(bytes);
        }
    }

    private static NodeEvent byReference(NodeEvent event) {
        return event instanceof NodeEvent.Stored stored && stored.message().bytes() > MESSAGE_BYTES_MAX
                ? new NodeEvent.Grown(stored.channel(), stored.seq())
                : event;
    }

    private static int bytes(NodeEvent event) {
        if (event instanceof NodeEvent.Stored stored) {
            return stored.message().bytes();
        }
        return event instanceof NodeEvent.Present present
                ? PERSON_BYTES * present.persons().size()
                : 0;
    }

    private void send() {
        List<NodeEvent> batch = new ArrayList<>();
        try {
            while (!isClosed) {
                liveness.idle();
                batch.add(waiting.take());
                liveness.working();
                waiting.drainTo(batch, BATCH_MAX - 1);
                waitingBytes.addAndGet(
                        -batch.stream().mapToLong(RedisBackplane::bytes).sum());
                send(batch);
                batch.clear();
            }
        } catch (InterruptedException e) {
            // The node ends, or the container reclaims its thread.
            Thread.currentThread().interrupt();
        } finally {
            if (!isClosed) {
                liveness.ended();
            }
        }
    }

    /** Publishes events and waits for the answer: what comes meanwhile shares the next round trip. */
    private void send(List<NodeEvent> batch) throws InterruptedException {
        if (outgoing.isEmpty()) {
            return;
        }
        StatefulRedisConnection<String, String> connection = outgoing.get();
        try {
            RedisFuture<Long> last = null;
            connection.setAutoFlushCommands(false);
            for (List<NodeEvent> run : NodeEventRuns.of(batch)) {
                String text = run.size() == 1
                        ? NodeEventCodec.encode(node, run.get(0))
                        : NodeEventCodec.encodeStored(node, NodeEventRuns.stored(run));
                String topic = run.get(0).about().map(this::topic).orElseGet(this::topicOfNodes);
                last = connection.async().publish(topic, text);
            }
            connection.flushCommands();
            if (last != null && !last.await(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                failed(new RedisException("It did not answer within " + deadline.toMillis() + " ms."));
            } else {
                succeeded();
            }
        } catch (RuntimeException e) {
            // It is away: what was to be sent is found in the store.
            failed(e);
        }
    }

    private void succeeded() {
        if (failure.isPresent()) {
            failure = Optional.empty();
            LOG.log(Level.INFO, "The backplane is connected: {0}.", uri);
        }
    }

    private void failed(Throwable cause) {
        boolean isNews = failure.isEmpty();
        failure = Optional.of(String.valueOf(cause.getMessage()));
        if (isNews && !isClosed) {
            LOG.log(
                    Level.WARNING,
                    "Redis does not answer ({0}): {1}. Messages of other nodes come a second later until it does.",
                    uri,
                    cause.getMessage());
        }
    }

    @Override
    public CompletionStage<?> subscribe(Collection<? extends Channel> channels) {
        return CompletableFuture.allOf(channels.stream()
                .map(channel -> subscriptions.want(topic(channel)))
                .toArray(CompletableFuture[]::new));
    }

    @Override
    public void maintain(Set<? extends Channel> read) {
        if (outgoing.isEmpty() && !isConnecting && !isClosed) {
            connect();
        }
        subscriptions.keepOnly(read.stream().map(this::topic).collect(Collectors.toSet()));
        subscriptions.renew();
    }

    @Override
    public Optional<String> problem() {
        return failure.map(cause -> "Redis does not answer (" + uri + "): " + cause
                + " Messages of other nodes come a second later until it does.");
    }

    @Override
    public Optional<ThreadLiveness> liveness() {
        return Optional.of(liveness);
    }

    /** What waits is not sent any more. */
    @Override
    public void close() {
        isClosed = true;
        sender.interrupt();
        try {
            client.shutdownAsync(0, CLOSE_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)
                    .get(CLOSE_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
            resources
                    .shutdown(0, CLOSE_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)
                    .await(CLOSE_DEADLINE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.log(Level.DEBUG, "The client of Redis did not end in time.", e);
        }
    }
}
