package dev.parley.client;

import java.time.Duration;
import java.util.OptionalLong;

/** One timer for all that time may change: it is moved only to earlier, for one that rings too early does no harm. The owner's alone. */
final class Alarm {
    private final Scheduler owner;
    private final Runnable whenRung;
    private Scheduler.Cancellable timer = () -> {};
    private OptionalLong setTo = OptionalLong.empty();

    Alarm(Scheduler owner, Runnable whenRung) {
        this.owner = owner;
        this.whenRung = whenRung;
    }

    /** @param due by the owner's clock; empty where time changes nothing */
    void set(OptionalLong due) {
        if (due.isEmpty() || (setTo.isPresent() && setTo.getAsLong() - due.getAsLong() <= 0)) {
            return;
        }
        timer.cancel();
        setTo = due;
        timer = owner.schedule(this::ring, Duration.ofNanos(Math.max(0, due.getAsLong() - owner.nanoTime())));
    }

    void cancel() {
        timer.cancel();
    }

    private void ring() {
        setTo = OptionalLong.empty();
        whenRung.run();
    }
}
