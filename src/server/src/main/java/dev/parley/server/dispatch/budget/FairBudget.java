package dev.parley.server.dispatch.budget;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A token bucket that several share, called guests here: the guests of one address, or the addresses that connect.
 * While it holds tokens, they go to the guest that asks first. Once it is empty, each guest that asked within the last
 * minute has an equal share of what is refilled, and takes it as a debt of the bucket. So a flood leaves every other
 * guest its share, and all together get no more than the bucket. Any thread.
 */
public final class FairBudget {
    private static final long ACTIVE_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** Guests that are remembered, some 100 bytes each. */
    private static final int GUESTS_MAX = 10_000;

    /**
     * @param perSecond tokens that are refilled a second
     * @param atOnce tokens of the full bucket
     * @param firstShare what a guest has of its share when it first asks
     * @param shareMax what a guest may save of its share; 0 where the bucket alone counts
     */
    public record Limits(double perSecond, long atOnce, long firstShare, long shareMax) {}

    private static final class Share {
        private double tokens;
        private long askedAt;

        private Share(double tokens, long askedAt) {
            this.tokens = tokens;
            this.askedAt = askedAt;
        }
    }

    private final Limits limits;
    private final LongSupplier nanoTime;
    /** The guest that has not asked for longest is the first. Guarded by this, as all below. */
    private final Map<String, Share> shares = new LinkedHashMap<>(16, 0.75f, true);

    /** Negative while shares are taken as a debt. */
    private double tokens;

    private long refilledAt;

    /** @param nanoTime the monotonic clock */
    public FairBudget(Limits limits, LongSupplier nanoTime) {
        this.limits = limits;
        this.nanoTime = nanoTime;
        this.tokens = limits.atOnce();
        this.refilledAt = nanoTime.getAsLong();
    }

    /** Takes tokens for a guest. Returns empty if there are so many, otherwise the milliseconds until there are. */
    public synchronized OptionalLong take(String guest, long count) {
        long now = nanoTime.getAsLong();
        tokens = Math.min(limits.atOnce(), tokens + limits.perSecond() * seconds(now - refilledAt));
        refilledAt = now;
        Share share = share(guest, now);
        if (tokens < count) {
            if (share.tokens < count) {
                return OptionalLong.of(wait(share, count));
            }
            share.tokens -= count;
        }
        tokens -= count;
        return OptionalLong.empty();
    }

    private Share share(String guest, long now) {
        forgetIdle(now);
        Share share = shares.computeIfAbsent(guest, fresh -> new Share(limits.firstShare(), now));
        share.tokens = Math.min(
                Math.max(limits.shareMax(), limits.firstShare()),
                share.tokens + sharePerSecond() * seconds(now - share.askedAt));
        share.askedAt = now;
        return share;
    }

    /** Tokens a second of each guest that has asked within the last minute. */
    public synchronized double sharePerSecond() {
        return limits.perSecond() / Math.max(1, shares.size());
    }

    private void forgetIdle(long now) {
        Iterator<Share> longestIdle = shares.values().iterator();
        while (longestIdle.hasNext()
                && (now - longestIdle.next().askedAt >= ACTIVE_NANOS || shares.size() >= GUESTS_MAX)) {
            longestIdle.remove();
        }
    }

    private long wait(Share share, long count) {
        double seconds = limits.shareMax() >= count
                ? (count - share.tokens) / sharePerSecond()
                : (count - tokens) / limits.perSecond();
        return (long) Math.ceil(seconds * 1_000) + 1;
    }

    private static double seconds(long nanos) {
        return nanos / 1e9;
    }
}
