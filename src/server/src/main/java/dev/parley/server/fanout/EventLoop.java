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
 * One thread that does all fan-out of a kind, of chat or of metrics, task by task, in order. After each batch of tasks
 * it flushes once, so that under load many messages leave in one frame without anything being held back.
 */
public final class EventLoop implements AutoCloseable {
    static final int TICKS_A_SECOND = 5;

    /** Tasks before a flush: bounds how long the first of them waits. */
    private static final int BATCH_MAX = 256;

    private static final int WAITING_MAX = 20_000;
    private static final Duration WAIT_MAX = Duration.ofSeconds(5);
    private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(1) / TICKS_A_SECOND;
    private static final Logger LOG = System.getLogger(EventLoop.class.getName());

    private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    /** What bulk traffic may have waiting; single requests of sessions are bounded by their sessions. */
    private final Semaphore bulk = new Semaphore(WAITING_MAX);

    private final ThreadFactory threads;
    private final ThreadLiveness liveness;
    private volatile boolean isClosed;
    /** Whether the last one who waited did so in vain: the next ones do not, until there is room again. */
    private volatile boolean isOverloaded;

    /** Set before {@link #start}. */
    private Runnable afterBatch = () -> {};

    private Runnable tick = () -> {};

    /** @param name of what is fanned out, for the node's health */
    public EventLoop(String name, ThreadFactory threads) {
        this(name, threads, System::nanoTime);
    }

    /** @param nanoTime the monotonic clock, for its signs of life */
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
        // Due from now on: a thread that never begins is found as well.
        liveness.working();
        threads.newThread(this::run).start();
    }

    void execute(Runnable task) {
        tasks.add(task);
    }

    /** Whoever asks waits: it hears of a bug, too. */
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
     * For what may be skipped under overload: typing, metrics.
     *
     * @return whether it will be done
     */
    boolean executeUnlessBusy(Runnable task) {
        boolean hasRoom = bulk.tryAcquire();
        if (hasRoom) {
            tasks.add(() -> release(task));
        }
        return hasRoom;
    }

    /**
     * For what must pass but may wait: stored messages, whose writer is slowed down instead, once in an overload.
     *
     * @return whether it will be done; if not, its readers must be sent to the store
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
                // The container wants its thread back, which happens only while the application stops.
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

    /** For tests, in place of {@link #start}: does on the caller's thread what waits now and what that leads to. */
    void runWaiting() {
        while (!tasks.isEmpty()) {
            runBatch(tasks.poll());
            runLogged(afterBatch);
        }
    }

    /** For tests, in place of {@link #start}: one tick. */
    void runTick() {
        runLogged(tick);
        runLogged(afterBatch);
    }

    private void runLogged(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            liveness.failed(e);
            // Even after an OutOfMemoryError: a node that acks but delivers nothing would be worse.
            LOG.log(Level.ERROR, "A bug in the fan-out; its other work goes on.", e);
        }
    }

    @Override
    public void close() {
        isClosed = true;
        tasks.add(() -> {});
    }
}
