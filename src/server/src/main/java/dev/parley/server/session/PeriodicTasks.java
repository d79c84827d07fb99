package dev.parley.server.session;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The scheduler of this node: one thread that runs short tasks periodically, whatever they throw. The tasks must not
 * block.
 */
public final class PeriodicTasks implements AutoCloseable {
    private static final Logger LOG = System.getLogger(PeriodicTasks.class.getName());

    private final ScheduledExecutorService scheduler;
    private final ThreadLiveness liveness;

    /** @param nanoTime the monotonic clock, for the liveness of the thread */
    public PeriodicTasks(ThreadFactory threads, LongSupplier nanoTime) {
        scheduler = Executors.newSingleThreadScheduledExecutor(threads);
        liveness = new ThreadLiveness("scheduler", nanoTime);
    }

    /** Runs the task for the first time after one period. */
    public void every(Duration period, Runnable task) {
        // The first sign is due from now on, so that a thread that never starts is noticed too.
        liveness.working();
        scheduler.scheduleWithFixedDelay(
                () -> runLogged(task), period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Catches everything: a {@link ScheduledExecutorService} drops a periodic task that throws. */
    private void runLogged(Runnable task) {
        liveness.working();
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            liveness.failed(e);
            LOG.log(Level.ERROR, "A bug in a periodic task of this node; it is run again.", e);
        }
    }

    public ThreadLiveness liveness() {
        return liveness;
    }

    /** Ends the thread without waiting for a running task. */
    @Override
    public void close() {
        scheduler.shutdownNow();
    }
}
