package dev.parley.server.dispatch;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.parley.server.session.Identity;
import io.github.bucket4j.Bucket;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** How often a user may do what costs this node something, counted over all its sessions. Any thread. */
public final class Rates {
    /** What is counted apart from each other. */
    enum Kind {
        /** Whatever is stored. */
        MESSAGE,
        METRIC,
        /** History, presence, rooms. */
        QUERY
    }

    private static final int METRICS_A_SECOND = 1_000;
    private static final int QUERIES_A_SECOND = 10;
    private static final int BURST_FACTOR = 3;

    private final Map<Kind, Integer> perSecond = new EnumMap<>(Kind.class);
    private final boolean isOff;

    /** A user who does nothing for a minute has a full bucket again, so it can be forgotten. */
    private final Map<Kind, Cache<String, Bucket>> buckets = new EnumMap<>(Kind.class);

    /** @param messagesPerSecond 0 turns all rates off */
    public Rates(int messagesPerSecond) {
        isOff = messagesPerSecond == 0;
        perSecond.put(Kind.MESSAGE, messagesPerSecond);
        perSecond.put(Kind.METRIC, METRICS_A_SECOND);
        perSecond.put(Kind.QUERY, QUERIES_A_SECOND);
        for (Kind kind : Kind.values()) {
            buckets.put(
                    kind,
                    Caffeine.newBuilder()
                            .expireAfterAccess(Duration.ofMinutes(1))
                            .build());
        }
    }

    /** For the welcome: stored messages in one burst; 0 where there is no limit. */
    public int burst() {
        return perSecond.get(Kind.MESSAGE) * BURST_FACTOR;
    }

    /** For the welcome; 0 where there is no limit. */
    public int messagesPerSecond() {
        return perSecond.get(Kind.MESSAGE);
    }

    /** Takes one; empty if that was within the rate, otherwise the ms until the next one is. */
    OptionalLong take(Identity who, Kind kind) {
        if (isOff) {
            return OptionalLong.empty();
        }
        var probe = buckets.get(kind).get(who.key(), key -> bucket(kind)).tryConsumeAndReturnRemaining(1);
        return probe.isConsumed()
                ? OptionalLong.empty()
                : OptionalLong.of(TimeUnit.NANOSECONDS.toMillis(probe.getNanosToWaitForRefill()) + 1);
    }

    private Bucket bucket(Kind kind) {
        int rate = perSecond.get(kind);
        return Bucket.builder()
                // The monotonic clock: by the wall clock, a jump back would stop everybody until it has come again.
                .withNanosecondPrecision()
                .addLimit(limit -> limit.capacity((long) rate * BURST_FACTOR).refillGreedy(rate, Duration.ofSeconds(1)))
                .build();
    }
}
