package dev.parley.client.internal.loop;

import java.time.Duration;

/**
 * Delay before the next attempt: exponential with full jitter. The first delay has jitter too, so that the clients of a
 * restarted server do not all reconnect at once.
 *
 * @param first upper bound of the first delay
 * @param multiplier factor between consecutive bounds, at least 1
 * @param max maximum of the bounds
 * @param maxAttempts number of consecutive failed attempts before the client gives up
 * @param resetAfter how long a connection must have been open before failures are counted from zero again: a server
 *     that accepts and closes at once must not be called in a fast loop
 */
public record Backoff(Duration first, double multiplier, Duration max, int maxAttempts, Duration resetAfter) {
    /**
     * Maximum of all configurable times: far below the range of a {@code long} of nanoseconds or an {@code int} of
     * milliseconds. Declared first, because {@link #DEFAULT} is checked against it.
     */
    static final Duration LONGEST = Duration.ofDays(10);

    public static final Backoff DEFAULT =
            new Backoff(Duration.ofMillis(500), 2, Duration.ofSeconds(30), Integer.MAX_VALUE, Duration.ofSeconds(10));

    public Backoff {
        requirePositive("reconnectDelay", first);
        requirePositive("maxReconnectDelay", max);
        if (!(multiplier >= 1) || Double.isInfinite(multiplier)) {
            throw new IllegalArgumentException(
                    "reconnectDelayMultiplier must be 1 or more, but is " + multiplier + ".");
        }
        if (maxAttempts < 0) {
            throw new IllegalArgumentException("maxReconnectAttempts must be 0 or more, but is " + maxAttempts + ".");
        }
        if (resetAfter.isNegative() || resetAfter.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "reconnectResetAfter must be up to 10 days and not negative, but is " + resetAfter + ".");
        }
    }

    public static Duration requirePositive(String name, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(name + " must be positive, but is " + value + ".");
        }
        if (value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(name + " must be 10 days or less, but is " + value + ".");
        }
        return value;
    }

    /**
     * @param failures number of consecutive failures, from 1
     * @param random in [0, 1)
     */
    Duration delay(int failures, double random) {
        double grown = first.toNanos() * Math.pow(multiplier, failures - 1.0);
        double ceiling = Math.min(max.toNanos(), grown);
        return Duration.ofNanos((long) (ceiling * random));
    }

    boolean isExhausted(int failures) {
        return failures > maxAttempts;
    }
}
