package dev.parley.client;

import java.util.OptionalLong;

/**
 * Is the line alive? Asks after an interval of silence, and takes the line for dead when nothing came within the timeout,
 * or when one send did not leave for as long. The owner's alone; time is told, all of it in ns.
 */
final class Heartbeat {
    enum Verdict {
        ALIVE,
        /** Send a ping. */
        ASK,
        DEAD
    }

    private final long interval;
    private final long timeout;
    private long heardAt;
    private OptionalLong askedAt = OptionalLong.empty();

    Heartbeat(long interval, long timeout, long nanoTime) {
        this.interval = Math.max(1, interval);
        this.timeout = Math.max(1, timeout);
        this.heardAt = nanoTime;
    }

    /** @param at when something came last; may be told again */
    void heard(long at) {
        if (at - heardAt > 0) {
            heardAt = at;
        }
        if (askedAt.isPresent() && at - askedAt.getAsLong() >= 0) {
            askedAt = OptionalLong.empty();
        }
    }

    /** @param sendingSince when the send in flight began */
    Verdict look(OptionalLong sendingSince, long nanoTime) {
        if (isOver(askedAt, nanoTime) || isOver(sendingSince, nanoTime)) {
            return Verdict.DEAD;
        }
        if (askedAt.isEmpty() && nanoTime - heardAt >= interval) {
            askedAt = OptionalLong.of(nanoTime);
            return Verdict.ASK;
        }
        return Verdict.ALIVE;
    }

    private boolean isOver(OptionalLong since, long nanoTime) {
        return since.isPresent() && nanoTime - since.getAsLong() >= timeout;
    }

    /** When to look again. */
    long nextLook(OptionalLong sendingSince) {
        long silence = askedAt.isPresent() ? askedAt.getAsLong() + timeout : heardAt + interval;
        if (sendingSince.isEmpty()) {
            return silence;
        }
        long stall = sendingSince.getAsLong() + timeout;
        return stall - silence < 0 ? stall : silence;
    }
}
