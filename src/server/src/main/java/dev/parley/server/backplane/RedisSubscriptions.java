package dev.parley.server.backplane;

import io.lettuce.core.RedisException;
import io.lettuce.core.pubsub.api.async.RedisPubSubAsyncCommands;
import io.netty.util.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The subscriptions of one node, each to one channel of Redis, however many readers it has. One that is not confirmed
 * is tried again. Any thread; nothing blocks.
 */
final class RedisSubscriptions {
    /** How long a subscription is kept that nobody needs: people leave a page and come back. */
    private static final long KEPT_NANOS = TimeUnit.SECONDS.toNanos(60);

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
    private final Timer timer;
    private final Duration deadline;
    private final Map<String, Subscription> all = new ConcurrentHashMap<>();
    private volatile Optional<RedisPubSubAsyncCommands<String, String>> redis = Optional.empty();

    /**
     * @param nanoTime the monotonic clock
     * @param deadline for a confirmation
     */
    RedisSubscriptions(LongSupplier nanoTime, Timer timer, Duration deadline) {
        this.nanoTime = nanoTime;
        this.timer = timer;
        this.deadline = deadline;
    }

    /** Subscribes for good. */
    void keepAlways(String topic) {
        all.put(topic, new Subscription(true));
    }

    /** From here on there is a connection, at most times. */
    void connected(RedisPubSubAsyncCommands<String, String> commands) {
        redis = Optional.of(commands);
        renew();
    }

    /** Completes when the subscription is confirmed, or at the deadline. */
    CompletableFuture<?> want(String topic) {
        Subscription subscription = all.compute(topic, (same, present) -> {
            Subscription wanted = present;
            if (wanted == null) {
                wanted = new Subscription(false);
                subscribe(topic);
            }
            wanted.neededAt = nanoTime.getAsLong();
            return wanted;
        });
        CompletableFuture<Boolean> confirmed = subscription.confirmed;
        if (confirmed.isDone()) {
            return confirmed;
        }
        CompletableFuture<Boolean> inTime = confirmed.copy();
        timer.newTimeout(late -> inTime.complete(false), deadline.toMillis(), TimeUnit.MILLISECONDS);
        return inTime;
    }

    private void subscribe(String topic) {
        redis.ifPresent(commands -> {
            try {
                commands.subscribe(topic);
            } catch (RedisException e) {
                // Too much waits; tried again.
            }
        });
    }

    /** Redis has confirmed a subscription. */
    void confirmed(String topic) {
        Optional.ofNullable(all.get(topic)).ifPresent(subscription -> subscription.confirmed.complete(true));
    }

    /** The connection is lost, and with it all subscriptions. */
    void lost() {
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
            redis.ifPresent(commands -> {
                try {
                    commands.subscribe(missing);
                } catch (RedisException e) {
                    // Too much waits; tried again.
                }
            });
        }
    }

    /** Gives back the subscriptions that nobody needs. */
    void keepOnly(Set<String> topics) {
        long now = nanoTime.getAsLong();
        for (String topic : all.keySet()) {
            all.computeIfPresent(topic, (same, subscription) -> {
                if (subscription.isPermanent || topics.contains(topic)) {
                    subscription.neededAt = now;
                    return subscription;
                }
                if (now - subscription.neededAt < KEPT_NANOS) {
                    return subscription;
                }
                redis.ifPresent(commands -> {
                    try {
                        commands.unsubscribe(topic);
                    } catch (RedisException e) {
                        // Too much waits; a message that comes all the same finds no reader.
                    }
                });
                return null;
            });
        }
    }
}
