package dev.parley.server.backplane;

import java.time.Duration;

/**
 * When the next batch is due. At once, unless something came while the last batch was written: then some time later,
 * which grows with the time that it took, so that more shares the next one. A sender that waits for each answer is
 * never delayed, and a busy node spends less of its time on batches. Confined to the thread that writes them.
 */
public final class BatchPace {
    /** Batches are to take a quarter of the time at most, until the longest delay is reached. */
    private static final int DELAY_PER_BATCH = 3;

    private final int enough;
    private final long delayMaxNanos;
    private long dueAt;

    /**
     * @param enough so many in a batch share it well enough: they are not delayed
     * @param delayMax the longest delay
     * @param now the monotonic clock, in nanoseconds
     */
    public BatchPace(int enough, Duration delayMax, long now) {
        this.enough = enough;
        delayMaxNanos = delayMax.toNanos();
        dueAt = now;
    }

    /** Nanoseconds until a batch is due; 0 or less if it is due. */
    public long dueIn(long now) {
        return dueAt - now;
    }

    /**
     * Records that a batch was written.
     *
     * @param waiting how many came meanwhile
     */
    public void written(long begin, long end, int waiting) {
        boolean isWorthwhile = waiting > 0 && waiting < enough;
        dueAt = end + (isWorthwhile ? Math.min(DELAY_PER_BATCH * (end - begin), delayMaxNanos) : 0);
    }
}
