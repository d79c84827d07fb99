package dev.parley.server.fanout;

import java.util.concurrent.TimeUnit;

/**
 * When the next flush is due. After a pause at once; otherwise some time after the last one was written, which grows
 * with the time that it took. So an idle node adds no delay, and a busy one puts more messages into each frame.
 * Confined to its event loop.
 */
final class FlushPace {
    /**
     * A flush that takes long is followed by a shorter delay, so that one begins this often; at once if it took longer.
     */
    static final long PERIOD_MAX_NANOS = TimeUnit.MILLISECONDS.toNanos(25);

    /** Writers that take longer are overloaded; then outboxes collect what they do not take. */
    static final long WRITING_MAX_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Flushes are to take a quarter of the time at most, until the longest period is reached. */
    private static final int DELAY_PER_FLUSH = 3;

    private long dueAt;

    /** @param now the monotonic clock, in nanoseconds */
    FlushPace(long now) {
        dueAt = now;
    }

    /** Nanoseconds until a flush is due; 0 or less if it is due. */
    long dueIn(long now) {
        return dueAt - now;
    }

    /** Records that a flush has begun. */
    void begun(long now) {
        dueAt = now + WRITING_MAX_NANOS;
    }

    /** Records that a flush was written. */
    void written(long begin, long end) {
        long took = end - begin;
        dueAt = end + Math.max(0, Math.min(DELAY_PER_FLUSH * took, PERIOD_MAX_NANOS - took));
    }
}
