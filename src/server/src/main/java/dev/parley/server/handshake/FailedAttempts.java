package dev.parley.server.handshake;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * Credentials that were refused, by address: guessing gets slower, while who brings a good one from the same address is let
 * in, since offices share one. Any thread.
 */
public final class FailedAttempts {
    private static final int A_SECOND = 20;
    private static final int AT_ONCE = 400;
    private static final int ADDRESSES_MAX = 100_000;

    private final Cache<String, Bucket> buckets = Caffeine.newBuilder()
            .expireAfterAccess(Duration.ofMinutes(1))
            .maximumSize(ADDRESSES_MAX)
            .build();

    /** Counts one; the seconds until the next one is answered with a reason, where there were too many. */
    OptionalLong count(String address) {
        var probe = buckets.get(address, fresh -> Bucket.builder()
                        .withNanosecondPrecision()
                        .addLimit(limit -> limit.capacity(AT_ONCE).refillGreedy(A_SECOND, Duration.ofSeconds(1)))
                        .build())
                .tryConsumeAndReturnRemaining(1);
        return probe.isConsumed()
                ? OptionalLong.empty()
                : OptionalLong.of(TimeUnit.NANOSECONDS.toSeconds(probe.getNanosToWaitForRefill()) + 1);
    }
}
