package dev.parley.client.internal.loop;

import java.time.Duration;

/**
 * How long to wait before the next attempt: exponential with full jitter, the first one too, so that the clients of a
 * server that restarted do not come back all at once.
 *
 * @param first ceiling of the first delay
 * @param multiplier of each further ceiling, at least 1
 * @param max of all ceilings
 * @param maxAttempts that may fail one after the other before the client gives up
 * @param resetAfter how long a connection must have been open for the count to begin anew: a server that accepts and
 *     closes at once must not be asked ever so often
 */
public record Backoff(Duration first, double multiplier, Duration max, int maxAttempts, Duration resetAfter) {
    /**
     * Of all times that can be set: far below what a counter of ns or an int of ms holds. Stands first, because the
     * default is checked against it.
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
     * @param failures one after the other, from 1
     * @param random from 0 to below 1
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
