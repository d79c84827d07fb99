package dev.parley.server.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.parley.server.http.IpPrefix;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * Rate limiter of refused credentials, by client address. An address that exceeds the limit gets no reasons any more
 * and is told to wait. A valid credential from it is still accepted, because many users share an address. Any thread.
 */
public final class FailedAttempts {
    static final String TOO_MANY = "Too many credentials from your address were not accepted.";

    private static final int A_SECOND = 20;
    private static final int AT_ONCE = 400;
    private static final int ADDRESSES_MAX = 100_000;

    private static final Logger LOG = System.getLogger(FailedAttempts.class.getName());

    private final TimeMeter clock;
    private final Cache<String, Attempts> attempts = Caffeine.newBuilder()
            .expireAfterAccess(Duration.ofMinutes(1))
            .maximumSize(ADDRESSES_MAX)
            .build();

    private record Attempts(Bucket bucket, AtomicBoolean isLogged) {}

    private record Monotonic(LongSupplier nanoTime) implements TimeMeter {
        @Override
        public long currentTimeNanos() {
            return nanoTime.getAsLong();
        }

        @Override
        public boolean isWallClockBased() {
            return false;
        }
    }

    /** @param nanoTime the monotonic clock */
    public FailedAttempts(LongSupplier nanoTime) {
        clock = new Monotonic(nanoTime);
    }

    private Attempts none() {
        Bucket bucket = Bucket.builder()
                .withCustomTimePrecision(clock)
                .addLimit(limit -> limit.capacity(AT_ONCE).refillGreedy(A_SECOND, Duration.ofSeconds(1)))
                .build();
        return new Attempts(bucket, new AtomicBoolean());
    }

    /**
     * Counts a refused credential. Over the limit, returns how long to wait until the next one is answered with a
     * reason.
     */
    public Optional<Duration> count(String address) {
        String group = IpPrefix.of(address);
        Attempts those = attempts.get(group, fresh -> none());
        var probe = those.bucket().tryConsumeAndReturnRemaining(1);
        if (probe.isConsumed()) {
            return Optional.empty();
        }
        // Logged once until the address has been quiet for a minute.
        if (those.isLogged().compareAndSet(false, true)) {
            LOG.log(Level.WARNING, "{0} brings more than {1} bad credentials a second.", group, A_SECOND);
        }
        return Optional.of(Duration.ofNanos(probe.getNanosToWaitForRefill()));
    }
}
