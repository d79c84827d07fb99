package dev.parley.client.internal.loop;

import dev.parley.client.internal.transport.Cancellable;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * One timer for the earliest of all deadlines. It is only ever rescheduled earlier; spurious wake-ups are harmless.
 * Confined to the event loop.
 */
final class DeadlineTimer {
    private final Scheduler eventLoop;
    private final Runnable onDeadline;
    private Cancellable timer = () -> {};
    private OptionalLong scheduledAt = OptionalLong.empty();

    DeadlineTimer(Scheduler eventLoop, Runnable onDeadline) {
        this.eventLoop = eventLoop;
        this.onDeadline = onDeadline;
    }

    /** @param due by the event loop's clock; empty if there is no deadline */
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
