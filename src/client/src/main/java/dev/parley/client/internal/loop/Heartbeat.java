package dev.parley.client.internal.loop;

import java.util.OptionalLong;

/**
 * Detects a dead connection. After an interval of silence it asks for a ping. The connection is dead if nothing arrives
 * within the timeout after the ping, or if one send takes as long as the timeout. Confined to the event loop; callers
 * pass the monotonic time in nanoseconds.
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

    /** @param at time of the latest received data; the same time may be passed repeatedly */
    void received(long at) {
        if (at - receivedAt > 0) {
            receivedAt = at;
        }
        if (pingedAt.isPresent() && at - pingedAt.getAsLong() >= 0) {
            pingedAt = OptionalLong.empty();
        }
    }

    /** @param sendingSince start of the send in flight, if there is one */
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

    /** The time of the next {@link #check}. */
    long nextCheck(OptionalLong sendingSince) {
        long silence = pingedAt.isPresent() ? pingedAt.getAsLong() + timeout : receivedAt + interval;
        if (sendingSince.isEmpty()) {
            return silence;
        }
        long stall = sendingSince.getAsLong() + timeout;
        return stall - silence < 0 ? stall : silence;
    }
}
