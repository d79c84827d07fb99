package dev.parley.client.internal.outbound;

import java.util.concurrent.TimeUnit;

/**
 * A token bucket that keeps the client within the server's rate limits. A refused message costs the server more than a
 * wait costs the client, and ten refusals in a minute end the connection. Confined to the event loop.
 */
final class TokenBucket {
    private long rate;
    private double burst;
    private double tokens;
    private long countedAt;

    /**
     * @param newRate messages per second; 0 means no limit
     * @param newBurst capacity of the bucket in messages
     */
    void limit(int newRate, int newBurst, long nanoTime) {
        if (rate == 0) {
            tokens = newBurst;
        }
        rate = Math.max(0, newRate);
        burst = Math.max(1, newBurst);
        tokens = Math.min(tokens, burst);
        countedAt = nanoTime;
    }

    boolean take(long nanoTime) {
        return take(1, nanoTime);
    }

    /** @param cost tokens, not more than the capacity */
    boolean take(int cost, long nanoTime) {
        if (rate == 0) {
            return true;
        }
        count(nanoTime);
        if (tokens < cost) {
            return false;
        }
        tokens -= cost;
        return true;
    }

    /** Nanoseconds until the next {@link #take} succeeds. */
    long waitNanos(long nanoTime) {
        return waitNanos(1, nanoTime);
    }

    long waitNanos(int cost, long nanoTime) {
        if (rate == 0) {
            return 0;
        }
        count(nanoTime);
        // Rounded up, so that the tokens are available when the wait is over.
        return tokens >= cost ? 0 : (long) ((cost - tokens) * TimeUnit.SECONDS.toNanos(1) / rate) + 1;
    }

    private void count(long nanoTime) {
        double earned = (double) (nanoTime - countedAt) * rate / TimeUnit.SECONDS.toNanos(1);
        tokens = Math.min(burst, tokens + earned);
        countedAt = nanoTime;
    }
}
