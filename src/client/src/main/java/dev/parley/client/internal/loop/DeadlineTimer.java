package dev.parley.client.internal.loop;

import dev.parley.client.internal.transport.Cancellable;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * One timer for all that time may change: it is moved only to earlier, for one that rings too early does no harm.
 * Confined to the event loop.
 */
final class DeadlineTimer {
    private final Scheduler eventLoop;
    private final Runnable onDeadline;
    private Cancellable timer = () -> {};
    private OptionalLong scheduledAt = OptionalLong.empty();

    DeadlineTimer(Scheduler eventLoop, Runnable whenRung) {
        this.eventLoop = eventLoop;
        this.onDeadline = whenRung;
    }

    /** @param due by the event loop's clock; empty where time changes nothing */
    void set(OptionalLong due) {
        if (due.isEmpty() || (scheduledAt.isPresent() && scheduledAt.getAsLong() - due.getAsLong() <= 0)) {
            return;
        }
        timer.cancel();
        scheduledAt = due;
        timer = eventLoop.schedule(this::fire, Duration.ofNanos(Math.max(0, due.getAsLong() - eventLoop.nanoTime())));
    }

    void cancel() {
        timer.cancel();
    }

    private void fire() {
        scheduledAt = OptionalLong.empty();
        onDeadline.run();
    }
}
