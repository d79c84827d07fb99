package dev.parley.client;

import java.time.Duration;

/** The owner thread and its time; tests turn it by hand. */
interface Scheduler {
    /** Runs it on the owner thread, after what was handed over before. @return whether it will: not after {@link #shutdown} */
    boolean execute(Runnable task);

    /** Runs it on the owner thread after the delay, unless cancelled before. */
    Cancellable schedule(Runnable task, Duration delay);

    /** The monotonic clock. */
    long nanoTime();

    /** Ends the thread after what was handed over. */
    void shutdown();

    /** Something that has not happened yet. */
    interface Cancellable {
        void cancel();
    }
}
