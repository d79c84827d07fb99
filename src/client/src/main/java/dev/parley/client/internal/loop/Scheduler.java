package dev.parley.client.internal.loop;

import dev.parley.client.internal.transport.Cancellable;
import java.time.Duration;

/** The event loop and its time; tests turn it by hand. */
public interface Scheduler {
    /**
     * Runs it on the event loop, after what was handed over before. @return whether it will: not after
     * {@link #shutdown}
     */
    boolean execute(Runnable task);

    /** Runs it on the event loop after the delay, unless cancelled before. */
    Cancellable schedule(Runnable task, Duration delay);

    /** The monotonic clock. */
    long nanoTime();

    /** Ends the thread after what was handed over. */
    void shutdown();
}
