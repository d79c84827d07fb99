package dev.parley.server.backplane;

import io.lettuce.core.RedisFuture;
import io.lettuce.core.pubsub.api.async.RedisPubSubAsyncCommands;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * The subscriptions of one node, each to one channel of Redis, however many readers it has. One that is not confirmed
 * is tried again. Any thread; nothing blocks.
 */
final class RedisSubscriptions {
    /** How long a subscription is kept that nobody needs: people leave a page and come back. */
    private static final long KEPT_NANOS = TimeUnit.SECONDS.toNanos(60);

    /**
     * Above it, a channel without readers is not subscribed to: anybody may name any room. Who reads it hears later.
     */
    private static final int WANTED_MAX = 100_000;

    private static final class Subscription {
        /** Done when Redis has confirmed it; another one after each lost connection. */
        private volatile CompletableFuture<Boolean> confirmed = new CompletableFuture<>();

        private volatile long neededAt;
        private final boolean isPermanent;

        Subscription(boolean isPermanent) {
            this.isPermanent = isPermanent;
        }
    }

    private final LongSupplier nanoTime;
    private final ScheduledExecutorService commands;
    private final Duration deadline;
    private final Consumer<Optional<String>> onResult;
    private final Map<String, Subscription> all = new ConcurrentHashMap<>();
    private volatile Optional<RedisPubSubAsyncCommands<String, String>> redis = Optional.empty();
    private volatile boolean isConnected;
    private volatile boolean isClosed;

    /**
     * @param nanoTime the monotonic clock
     * @param commands the thread that talks to Lettuce
     * @param deadline for a confirmation
     * @param onResult told what went wrong with a command, or that it was answered
     */
    RedisSubscriptions(
            LongSupplier nanoTime,
            ScheduledExecutorService commands,
            Duration deadline,
            Consumer<Optional<String>> onResult) {
        this.nanoTime = nanoTime;
        this.commands = commands;
        this.deadline = deadline;
        this.onResult = onResult;
    }

    /** Subscribes for good. */
    void keepAlways(String topic) {
        all.put(topic, new Subscription(true));
    }

    /** There is a connection, perhaps another one than before. */
    void connected(RedisPubSubAsyncCommands<String, String> connected) {
        redis = Optional.of(connected);
        isConnected = true;
        renew();
    }

    /** Completes when the subscription is confirmed, or at the deadline; at once while there is no connection. */
    CompletableFuture<?> want(String topic) {
        if (isClosed || (all.size() >= WANTED_MAX && !all.containsKey(topic))) {
            return CompletableFuture.completedFuture(false);
        }
        CompletableFuture<Boolean> confirmed = needed(topic).confirmed;
        if (confirmed.isDone() || !isConnected) {
            return CompletableFuture.completedFuture(true);
        }
        CompletableFuture<Boolean> inTime = confirmed.copy();
        commands.schedule(() -> inTime.complete(false), deadline.toMillis(), TimeUnit.MILLISECONDS);
        if (isClosed) {
            inTime.complete(false);
        }
        return inTime;
    }

    private Subscription needed(String topic) {
        Subscription fresh = new Subscription(false);
        Subscription wanted = all.compute(topic, (same, present) -> {
            Subscription either = present == null ? fresh : present;
            either.neededAt = nanoTime.getAsLong();
            return either;
        });
        if (wanted == fresh) {
            // From here on it can be found: the confirmation of one that cannot would give it back.
            tell(connected -> connected.subscribe(topic));
        }
        return wanted;
    }

    /** Lettuce throws nothing: a command that Redis refuses, or that does not reach it, fails its future. */
    private void tell(Function<RedisPubSubAsyncCommands<String, String>, RedisFuture<Void>> command) {
        if (isConnected) {
            commands.execute(
                    () -> redis.ifPresent(connected -> command.apply(connected).whenComplete((done, failure) -> {
                        if (isConnected) {
                            onResult.accept(RedisBackplane.failure(failure));
                        }
                    })));
        }
    }

    /** Redis has confirmed a subscription. */
    void confirmed(String topic) {
        Subscription subscription = all.get(topic);
        if (subscription != null) {
            subscription.confirmed.complete(true);
        } else {
            // It was given back while there was no connection; Lettuce has subscribed again by itself.
            tell(connected -> connected.unsubscribe(topic));
        }
    }

    /** The connection is lost, and with it all subscriptions. */
    void lost() {
        isConnected = false;
        all.values().forEach(subscription -> {
            if (subscription.confirmed.isDone()) {
                subscription.confirmed = new CompletableFuture<>();
            }
        });
    }

    /** Tries again what is not confirmed. */
    void renew() {
        String[] missing = all.entrySet().stream()
                .filter(one -> !one.getValue().confirmed.isDone())
                .map(Map.Entry::getKey)
                .toArray(String[]::new);
        if (missing.length > 0) {
            tell(connected -> connected.subscribe(missing));
        }
    }

    /** Subscribes to these channels, and gives back what nobody needs. */
    void keepOnly(Set<String> topics) {
        topics.forEach(this::needed);
        long now = nanoTime.getAsLong();
        for (String topic : all.keySet()) {
            all.computeIfPresent(topic, (same, subscription) -> {
                if (subscription.isPermanent || now - subscription.neededAt < KEPT_NANOS) {
                    return subscription;
                }
                // A message that comes all the same finds no reader.
                tell(connected -> connected.unsubscribe(topic));
                return null;
            });
        }
    }

    /** From here on nobody waits. */
    void close() {
        isClosed = true;
        isConnected = false;
        all.values().forEach(subscription -> subscription.confirmed.complete(false));
    }
}
