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
 * The scheduler of this node: one thread that runs short tasks again and again, whatever they throw. The tasks do not
 * block.
 */
public final class PeriodicTasks implements AutoCloseable {
    private static final Logger LOG = System.getLogger(PeriodicTasks.class.getName());

    private final ScheduledExecutorService scheduler;
    private final ThreadLiveness liveness;

    /** @param nanoTime the monotonic clock, for its signs of life */
    public PeriodicTasks(ThreadFactory threads, LongSupplier nanoTime) {
        scheduler = Executors.newSingleThreadScheduledExecutor(threads);
        liveness = new ThreadLiveness("scheduler", nanoTime);
    }

    /** Runs the task for the first time after one period. */
    public void every(Duration period, Runnable task) {
        // Due from now on: a thread that never begins is found as well.
        liveness.working();
        scheduler.scheduleWithFixedDelay(
                () -> runLogged(task), period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** A scheduler forgets a task that throws. */
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

    /** Ends the thread; does not wait for a task that runs. */
    @Override
    public void close() {
        scheduler.shutdownNow();
    }
}
