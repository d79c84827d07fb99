package dev.parley.client.internal.outbound;

import java.util.concurrent.TimeUnit;

/**
 * Sends no faster than the {@code welcome} allows: a refusal costs the server more than the wait, and ten of them a
 * minute end the connection. Confined to the event loop.
 */
final class TokenBucket {
    private long rate;
    private double burst;
    private double tokens;
    private long countedAt;

    /**
     * @param newRate messages a second; 0 is no limit
     * @param newBurst messages at once after a pause
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
        if (rate == 0) {
            return true;
        }
        count(nanoTime);
        if (tokens < 1) {
            return false;
        }
        tokens -= 1;
        return true;
    }

    /** For how many ns nothing may go. */
    long waitNanos(long nanoTime) {
        if (rate == 0) {
            return 0;
        }
        count(nanoTime);
        // One more: what is due must really be there when time is asked for in whole ns.
        return tokens >= 1 ? 0 : (long) ((1 - tokens) * TimeUnit.SECONDS.toNanos(1) / rate) + 1;
    }

    private void count(long nanoTime) {
        double earned = (double) (nanoTime - countedAt) * rate / TimeUnit.SECONDS.toNanos(1);
        tokens = Math.min(burst, tokens + earned);
        countedAt = nanoTime;
    }
}
