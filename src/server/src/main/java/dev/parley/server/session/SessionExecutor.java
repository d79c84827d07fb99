package dev.parley.server.session;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs the continuations of sessions that waited for the store, on a bounded pool of this node's own. Every task is
 * run: if the pool rejects it, the calling thread runs it, because a session whose task is lost never answers again.
 * The tasks must not block, unless the pool is made for that.
 *
 * <p>Thread rule: any thread may call any method; only {@link #close} blocks.
 */
public final class SessionExecutor implements Executor, AutoCloseable {
    /**
     * Bound of the queue. A session has one task, or a few, in the queue at a time, and the default limit is 20,000
     * sessions.
     */
    private static final int WAITING_MAX = 50_000;

    /** A thread that has nothing to do for so long ends; the next task gets a new one. */
    private static final Duration KEEP_ALIVE = Duration.ofMinutes(1);

    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(2);
    private static final Logger LOG = System.getLogger(SessionExecutor.class.getName());

    private final ThreadPoolExecutor pool;
    private final int waitingMax;
    private final AtomicBoolean isOverloaded = new AtomicBoolean();

    /** @param threads creates as many threads as there are processors, at least two */
    public SessionExecutor(ThreadFactory threads) {
        this(threads, Math.max(2, Runtime.getRuntime().availableProcessors()), WAITING_MAX);
    }

    /**
     * @param size number of threads, each created when it is first needed
     * @param waitingMax bound of the queue
     */
    public SessionExecutor(ThreadFactory threads, int size, int waitingMax) {
        this.waitingMax = waitingMax;
        pool = new ThreadPoolExecutor(
                size, size, KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS, new LinkedBlockingQueue<>(waitingMax), threads);
        pool.allowCoreThreadTimeOut(true);
    }

    @Override
    public void execute(Runnable task) {
        if (!isTaken(task)) {
            task.run();
        }
    }

    private boolean isTaken(Runnable task) {
        try {
            pool.execute(task);
        } catch (RejectedExecutionException | IllegalStateException | OutOfMemoryError e) {
            // Full or closed; or the container creates no more threads; or the operating system has none left.
            if (!pool.isShutdown() && isOverloaded.compareAndSet(false, true)) {
                LOG.log(
                        Level.WARNING,
                        "The pool of the sessions rejects tasks ({0} wait); the calling threads run them.",
                        pool.getQueue().size(),
                        e);
            }
            return false;
        }
        // Only well below the bound: at the bound, every second task would end the overload and begin it again.
        if (isOverloaded.get() && pool.getQueue().size() <= waitingMax / 2) {
            isOverloaded.set(false);
        }
        return true;
    }

    /** Completes the waiting tasks, up to a deadline; tasks that come later run on their caller's thread. */
    @Override
    public void close() {
        pool.shutdown();
        try {
            if (!pool.awaitTermination(CLOSE_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.log(
                        Level.WARNING,
                        "{0} tasks of sessions were not done in time; their sessions are closed.",
                        pool.shutdownNow().size());
            }
        } catch (InterruptedException e) {
            pool.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
