package dev.parley.client.internal.loop;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * The time until which a closing client waits for its answers. Confined to the event loop; callers pass the monotonic
 * time in nanoseconds.
 */
final class Drain {
    private OptionalLong deadline = OptionalLong.empty();

    /** Begins to drain. Of several calls, the earliest deadline counts. */
    void begin(Duration atMost, long nanoTime) {
        Duration within = atMost.compareTo(Backoff.LONGEST) > 0 ? Backoff.LONGEST : atMost;
        long until = nanoTime + within.toNanos();
        if (deadline.isEmpty() || until - deadline.getAsLong() < 0) {
            deadline = OptionalLong.of(until);
        }
    }

    /** Empty if the client does not drain. */
    OptionalLong deadline() {
        return deadline;
    }

    /** @param isDrained whether nothing waits for an answer */
    boolean isOver(boolean isDrained, long nanoTime) {
        return deadline.isPresent() && (isDrained || nanoTime - deadline.getAsLong() >= 0);
    }
}
