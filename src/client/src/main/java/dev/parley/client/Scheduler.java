package dev.parley.client;

import java.time.Duration;
import java.util.concurrent.Executor;

/** The owner thread and its time; tests turn it by hand. */
interface Scheduler extends Executor {
    /** Runs it on the owner thread, after what was handed over before; does nothing after {@link #shutdown}. */
    @Override
    void execute(Runnable task);

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
