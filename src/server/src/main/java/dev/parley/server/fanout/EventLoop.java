package dev.parley.server.fanout;

import dev.parley.server.session.ThreadLiveness;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * An event loop: one thread that does all fan-out of one kind, of chat or of metrics, task by task, in order. It
 * flushes once after each batch of tasks, so that under load many messages leave in one frame, without an added delay.
 */
public final class EventLoop implements AutoCloseable {
    static final int TICKS_A_SECOND = 5;

    /** Most tasks before a flush: bounds how long the first of them waits. */
    private static final int BATCH_MAX = 256;

    private static final int WAITING_MAX = 20_000;
    private static final Duration WAIT_MAX = Duration.ofSeconds(5);
    private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(1) / TICKS_A_SECOND;
    private static final Logger LOG = System.getLogger(EventLoop.class.getName());

    private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    /** Bounds the waiting tasks of bulk traffic. Single requests are bounded by the sessions that make them. */
    private final Semaphore bulk = new Semaphore(WAITING_MAX);

    private final ThreadFactory threads;
    private final ThreadLiveness liveness;
    private volatile boolean isClosed;
    /** Whether the last wait for room timed out: then the next callers do not wait until there is room again. */
    private volatile boolean isOverloaded;

    /** Set before {@link #start}. */
    private Runnable afterBatch = () -> {};

    private Runnable tick = () -> {};

    /** @param name the kind of fan-out, for the node's health checks */
    public EventLoop(String name, ThreadFactory threads) {
        this(name, threads, System::nanoTime);
    }

    /** @param nanoTime the monotonic clock, for the liveness of the thread */
    EventLoop(String name, ThreadFactory threads, LongSupplier nanoTime) {
        this.threads = threads;
        this.liveness = new ThreadLiveness(name, nanoTime);
    }

    public ThreadLiveness liveness() {
        return liveness;
    }

    void afterEachBatch(Runnable action) {
        afterBatch = action;
    }

    void everyTick(Runnable action) {
        tick = action;
    }

    public void start() {
        // The first sign is due from now on, so that a thread that never starts is noticed too.
        liveness.working();
        threads.newThread(this::run).start();
    }

    void execute(Runnable task) {
        tasks.add(task);
    }

    /** Computes an answer on the loop. A bug fails the stage, because its caller waits for it. */
    <T> CompletionStage<T> ask(Supplier<T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        execute(() -> {
            try {
                answer.complete(question.get());
            } catch (RuntimeException | Error e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    /**
     * Executes a task that may be skipped under overload: typing, metrics.
     *
     * @return whether it will be executed
     */
    boolean executeUnlessBusy(Runnable task) {
        boolean hasRoom = bulk.tryAcquire();
        if (hasRoom) {
            tasks.add(() -> release(task));
        }
        return hasRoom;
    }

    /**
     * Executes a task that must not be skipped but may wait: the delivery of a stored message. Its caller is slowed
     * down, at most once per overload.
     *
     * @return whether it will be executed; if not, the readers must fetch the message from the store
     */
    boolean executeOrWait(Runnable task) {
        try {
            long atMost = isOverloaded ? 0 : WAIT_MAX.toMillis();
            isOverloaded = !bulk.tryAcquire(atMost, TimeUnit.MILLISECONDS);
            if (!isOverloaded) {
                tasks.add(() -> release(task));
                return true;
            }
            LOG.log(Level.WARNING, "The fan-out is overloaded; its readers will fetch a message from the store.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    private void release(Runnable task) {
        bulk.release();
        task.run();
    }

    private void run() {
        try {
            runUntilClosed();
        } finally {
            if (!isClosed) {
                liveness.ended();
            }
        }
    }

    private void runUntilClosed() {
        long nextTick = System.nanoTime() + TICK_NANOS;
        while (!isClosed) {
            liveness.working();
            try {
                runBatch(tasks.poll(Math.max(0, nextTick - System.nanoTime()), TimeUnit.NANOSECONDS));
            } catch (InterruptedException e) {
                // The container reclaims its thread, which happens only while the application stops.
                return;
            }
            if (System.nanoTime() - nextTick >= 0) {
                nextTick = System.nanoTime() + TICK_NANOS;
                runLogged(tick);
            }
            runLogged(afterBatch);
        }
    }

    private void runBatch(Runnable first) {
        Runnable task = first;
        for (int done = 0; task != null && done < BATCH_MAX; done++) {
            runLogged(task);
            task = done + 1 < BATCH_MAX ? tasks.poll() : null;
        }
    }

    /**
     * For tests, instead of {@link #start}: runs the waiting tasks, and the tasks that they add, on the caller's
     * thread.
     */
    void runWaiting() {
        while (!tasks.isEmpty()) {
            runBatch(tasks.poll());
            runLogged(afterBatch);
        }
    }

    /** For tests, instead of {@link #start}: runs one tick. */
    void runTick() {
        runLogged(tick);
        runLogged(afterBatch);
    }

    private void runLogged(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            liveness.failed(e);
            // Goes on even after an OutOfMemoryError: a node that acks but delivers nothing would be worse.
            LOG.log(Level.ERROR, "A bug in the fan-out; its other work goes on.", e);
        }
    }

    @Override
    public void close() {
        isClosed = true;
        tasks.add(() -> {});
    }
}
