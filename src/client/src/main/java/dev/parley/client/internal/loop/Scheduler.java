package dev.parley.client.internal.loop;

import dev.parley.client.internal.transport.Cancellable;
import java.time.Duration;

/** An event loop with a clock and timers. Tests use a manual one. */
public interface Scheduler {
    /**
     * Runs the task on the event loop, after the tasks before it.
     *
     * @return false after {@link #shutdown}, when it will not run
     */
    boolean execute(Runnable task);

    /** Runs the task on the event loop after the delay, unless it is cancelled before. */
    Cancellable schedule(Runnable task, Duration delay);

    /** The monotonic time in nanoseconds. */
    long nanoTime();

    /** Ends the thread after the submitted tasks. */
    void shutdown();
}
