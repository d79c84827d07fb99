package dev.parley.server.store;

import java.util.concurrent.TimeUnit;

/**
 * When the next group is due. At once, unless messages came while the last group was committed: then some time later,
 * which grows with the time that the commit took, so that more messages share the next one. A sender that waits for
 * each ack is never delayed, and a busy node spends less of its time on commits. Confined to the thread that appends.
 */
final class CommitPace {
    /** So many messages share a commit well enough: on H2 the next hundred saves a tenth. */
    static final int ENOUGH = 100;

    static final long DELAY_MAX_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /** Commits are to take a quarter of the time at most, until the longest delay is reached. */
    private static final int DELAY_PER_COMMIT = 3;

    private long dueAt;

    /** @param now the monotonic clock, in nanoseconds */
    CommitPace(long now) {
        dueAt = now;
    }

    /** Nanoseconds until a group is due; 0 or less if it is due. */
    long dueIn(long now) {
        return dueAt - now;
    }

    /**
     * Records that a group was committed.
     *
     * @param waiting number of messages that came meanwhile
     */
    void committed(long begin, long end, int waiting) {
        boolean isWorthwhile = waiting > 0 && waiting < ENOUGH;
        dueAt = end + (isWorthwhile ? Math.min(DELAY_PER_COMMIT * (end - begin), DELAY_MAX_NANOS) : 0);
    }
}
