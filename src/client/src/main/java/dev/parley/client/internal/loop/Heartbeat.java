package dev.parley.client.internal.loop;

import java.util.OptionalLong;

/**
 * Is the connection alive? Asks after an interval of silence, and takes the connection for dead when nothing came
 * within the timeout, or when one send did not leave for as long. Confined to the event loop; callers pass the
 * monotonic time in nanoseconds.
 */
final class Heartbeat {
    enum Verdict {
        ALIVE,
        /** Send a ping. */
        SEND_PING,
        DEAD
    }

    private final long interval;
    private final long timeout;
    private long receivedAt;
    private OptionalLong pingedAt = OptionalLong.empty();

    Heartbeat(long interval, long timeout, long nanoTime) {
        this.interval = Math.max(1, interval);
        this.timeout = Math.max(1, timeout);
        this.receivedAt = nanoTime;
    }

    /** @param at when something came last; may be told again */
    void received(long at) {
        if (at - receivedAt > 0) {
            receivedAt = at;
        }
        if (pingedAt.isPresent() && at - pingedAt.getAsLong() >= 0) {
            pingedAt = OptionalLong.empty();
        }
    }

    /** @param sendingSince when the send in flight began */
    Verdict check(OptionalLong sendingSince, long nanoTime) {
        if (isOver(pingedAt, nanoTime) || isOver(sendingSince, nanoTime)) {
            return Verdict.DEAD;
        }
        if (pingedAt.isEmpty() && nanoTime - receivedAt >= interval) {
            pingedAt = OptionalLong.of(nanoTime);
            return Verdict.SEND_PING;
        }
        return Verdict.ALIVE;
    }

    private boolean isOver(OptionalLong since, long nanoTime) {
        return since.isPresent() && nanoTime - since.getAsLong() >= timeout;
    }

    /** When to look again. */
    long nextCheck(OptionalLong sendingSince) {
        long silence = pingedAt.isPresent() ? pingedAt.getAsLong() + timeout : receivedAt + interval;
        if (sendingSince.isEmpty()) {
            return silence;
        }
        long stall = sendingSince.getAsLong() + timeout;
        return stall - silence < 0 ? stall : silence;
    }
}
