package dev.parley.server.fanout;

import dev.parley.server.session.ThreadLiveness;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * An event loop: one thread that does all fan-out of one kind, of chat or of metrics, task by task, in order. What the
 * tasks prepare is flushed at a {@link FlushPace}, so that under load many messages leave in one frame.
 */
public final class EventLoop implements AutoCloseable {
    static final int TICKS_A_SECOND = 5;

    /** How long tasks run before a flush that is due: bounds how long the first of them waits. */
    private static final long BATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** For tests, which a pause of their process must not disturb. */
    private static final long EVER_NANOS = Long.MAX_VALUE / 2;

    private static final int WAITING_MAX = 20_000;
    private static final Duration WAIT_MAX = Duration.ofSeconds(5);
    private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(1) / TICKS_A_SECOND;
    private static final Logger LOG = System.getLogger(EventLoop.class.getName());

    /** What the tasks prepare. */
    interface Flush {
        Flush NOTHING = new Flush() {
            @Override
            public boolean isWaiting() {
                return false;
            }

            @Override
            public boolean isFull() {
                return false;
            }

            @Override
            public void run(Runnable whenWritten) {
                whenWritten.run();
            }

            @Override
            public double repeated() {
                return 0;
            }
        };

        /** Whether something waits for a flush. */
        boolean isWaiting();

        /** Whether so much waits that the next task is to come after a flush. */
        boolean isFull();

        /**
         * @param whenWritten called once, on any thread, when everything has been written as far as that does not wait
         */
        void run(Runnable whenWritten);

        /** Part of the last flush, 0 to 1, whose readers got something in the flush before too. */
        double repeated();
    }

    private record Timer(long at, Runnable task) {}

    private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    /** Tasks for later. Confined to the thread. */
    private final PriorityQueue<Timer> timers = new PriorityQueue<>((a, b) -> Long.signum(a.at() - b.at()));

    /** Bounds the waiting tasks of bulk traffic. Single requests are bounded by the sessions that make them. */
    private final Semaphore bulk = new Semaphore(WAITING_MAX);

    private final ThreadFactory threads;
    private final LongSupplier nanoTime;
    private final ThreadLiveness liveness;
    private volatile boolean isClosed;
    /** Whether the last wait for room timed out: then the next callers do not wait until there is room again. */
    private volatile boolean isOverloaded;

    /** Set before {@link #start}, as is the tick. */
    private Flush flush = Flush.NOTHING;

    private Runnable tick = () -> {};

    /** @param name the kind of fan-out, for the node's health checks */
    public EventLoop(String name, ThreadFactory threads) {
        this(name, threads, System::nanoTime);
    }

    /** @param nanoTime the monotonic clock, of all that the loop does */
    EventLoop(String name, ThreadFactory threads, LongSupplier nanoTime) {
        this.threads = threads;
        this.nanoTime = nanoTime;
        this.liveness = new ThreadLiveness(name, nanoTime);
    }

    public ThreadLiveness liveness() {
        return liveness;
    }

    void flushing(Flush what) {
        flush = what;
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

    /** Executes a task after a delay. Thread rule: only tasks of this loop call it. */
    void schedule(long delayNanos, Runnable task) {
        timers.add(new Timer(now() + delayNanos, task));
    }

    /** The monotonic clock, in nanoseconds. Any thread. */
    long now() {
        return nanoTime.getAsLong();
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
        FlushPace pace = new FlushPace(now());
        long nextTick = now() + TICK_NANOS;
        while (!isClosed) {
            liveness.working();
            try {
                runTasks(tasks.poll(untilNext(pace, nextTick), TimeUnit.NANOSECONDS), BATCH_NANOS);
            } catch (InterruptedException e) {
                // The container reclaims its thread, which happens only while the application stops.
                return;
            }
            runTimers(now());
            long now = now();
            if (now - nextTick >= 0) {
                nextTick = now + TICK_NANOS;
                runLogged(tick);
            }
            flushIfDue(pace);
        }
    }

    /** Nanoseconds until there is something to do without a new task; 0 or less if there is now. */
    private long untilNext(FlushPace pace, long nextTick) {
        long now = now();
        long next = nextTick - now;
        if (flush.isWaiting()) {
            next = Math.min(next, pace.dueIn(now));
        }
        return timers.isEmpty() ? next : Math.min(next, timers.peek().at() - now);
    }

    private void flushIfDue(FlushPace pace) {
        long begin = now();
        if (flush.isFull() || (flush.isWaiting() && pace.dueIn(begin) <= 0)) {
            pace.begun(begin);
            runLogged(() -> flush.run(() -> {
                long end = now();
                execute(() -> pace.written(begin, end, flush.repeated()));
            }));
        }
    }

    private void flushNow() {
        runLogged(() -> flush.run(() -> {}));
    }

    private void runTasks(Runnable first, long atMostNanos) {
        long end = now() + atMostNanos;
        for (Runnable task = first; task != null; task = tasks.poll()) {
            runLogged(task);
            if (flush.isFull() || now() - end >= 0) {
                return;
            }
        }
    }

    private void runTimers(long now) {
        while (!timers.isEmpty() && timers.peek().at() - now <= 0) {
            runLogged(timers.remove().task());
        }
    }

    /**
     * For tests, instead of {@link #start}: runs the waiting tasks, and the tasks that they add, on the caller's
     * thread, and flushes.
     */
    void runWaiting() {
        while (!tasks.isEmpty()) {
            runTasks(tasks.poll(), EVER_NANOS);
            flushNow();
        }
    }

    /** For tests, instead of {@link #start}: runs the timers, whenever they are due, and the tasks that they add. */
    void runTimers() {
        runTimers(now() + EVER_NANOS);
        flushNow();
        runWaiting();
    }

    /** For tests, instead of {@link #start}: runs the waiting tasks, the timers that are due, and what they add. */
    void runDue() {
        runWaiting();
        runTimers(now());
        flushNow();
        runWaiting();
    }

    /** For tests, instead of {@link #start}: runs one tick, before which all timers are due. */
    void runTick() {
        runTimers();
        runLogged(tick);
        flushNow();
        runWaiting();
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
