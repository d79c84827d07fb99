package dev.parley.server.fanout;

import java.util.concurrent.TimeUnit;

/**
 * When the next flush is due. After a pause at once; otherwise some time after the last one was written, which grows
 * with the time that it took, as far as it wrote to the readers of the one before. So an idle node adds no delay, a
 * busy one puts more messages into each frame, and many small rooms do not wait for each other. Confined to its event
 * loop.
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

    /**
     * Records that a flush was written.
     *
     * @param repeated part of its deliveries, 0 to 1, whose readers got something in the flush before: only they get
     *     fewer frames by a delay
     */
    void written(long begin, long end, double repeated) {
        long took = end - begin;
        dueAt = end + Math.max(0, Math.min((long) (DELAY_PER_FLUSH * repeated * took), PERIOD_MAX_NANOS - took));
    }
}
