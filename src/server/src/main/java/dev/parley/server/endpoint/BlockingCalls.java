package dev.parley.server.endpoint;

import dev.parley.server.session.SessionExecutor;
import dev.parley.server.session.ThreadLiveness;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Runs calls into a container that blocks in them, on threads that nothing else depends on. A call that lasts too long
 * is interrupted, so that its thread and its session can go on; Open Liberty ends some calls then, and not all. If no
 * call ends and no thread is left, the node is no longer live: its sessions would stay mute.
 *
 * <p>Thread rule: any thread may call any method; only {@link #close} blocks, and {@link #execute} if no thread can be
 * had.
 */
final class BlockingCalls implements Executor, AutoCloseable {
    /** Each may wait some seconds for a peer that does not read; see {@link SerialTransport}. */
    static final int THREADS = 256;

    /** Far above the 5.5 s for which Open Liberty waits on purpose. */
    static final Duration CALL_MAX = Duration.ofSeconds(30);

    private static final int WAITING_MAX = 50_000;
    private static final Logger LOG = System.getLogger(BlockingCalls.class.getName());

    private final LongSupplier nanoTime;
    private final SessionExecutor threads;
    private final Set<Call> running = ConcurrentHashMap.newKeySet();
    private final AtomicLong ended = new AtomicLong();
    private final ThreadLiveness liveness;

    /** Owned by the thread that calls {@link #sweep}. */
    private long endedBefore;

    /**
     * @param threads creates a thread when it is first needed
     * @param nanoTime the monotonic clock
     */
    BlockingCalls(ThreadFactory threads, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.threads = new SessionExecutor(threads, THREADS, WAITING_MAX);
        this.liveness = new ThreadLiveness("pings and closes", nanoTime);
    }

    @Override
    public void execute(Runnable task) {
        threads.execute(() -> run(task));
    }

    private void run(Runnable task) {
        Call call = new Call(Thread.currentThread(), nanoTime.getAsLong());
        running.add(call);
        try {
            task.run();
        } finally {
            running.remove(call);
            call.end();
            ended.incrementAndGet();
        }
    }

    /** Interrupts the calls that last too long, and looks whether any call ends. To be called once a second. */
    void sweep() {
        long now = nanoTime.getAsLong();
        long interrupted = running.stream()
                .filter(call -> now - call.since > CALL_MAX.toNanos())
                .filter(Call::interrupt)
                .count();
        if (interrupted > 0) {
            LOG.log(
                    Level.WARNING,
                    "{0} pings or closes did not return within {1} s; their threads were interrupted. The container"
                            + " waits for peers that have gone.",
                    interrupted,
                    CALL_MAX.toSeconds());
        }
        reportProgress();
    }

    private void reportProgress() {
        long now = ended.get();
        if (running.size() < THREADS) {
            liveness.idle();
        } else if (now != endedBefore || liveness.isIdle()) {
            liveness.working();
        }
        endedBefore = now;
    }

    ThreadLiveness liveness() {
        return liveness;
    }

    /** Waits until the waiting calls were made, for 2 s at most. */
    @Override
    public void close() {
        threads.close();
    }

    /** A call under way. Its thread is interrupted only while it makes the call, and once. */
    private static final class Call {
        private final Thread thread;
        private final long since;
        private boolean isOver;

        Call(Thread thread, long since) {
            this.thread = thread;
            this.since = since;
        }

        synchronized boolean interrupt() {
            boolean isFirst = !isOver;
            if (isFirst) {
                isOver = true;
                thread.interrupt();
            }
            return isFirst;
        }

        /** The thread must not take the interrupt along into its next call. */
        synchronized void end() {
            if (isOver) {
                Thread.interrupted();
            }
            isOver = true;
        }
    }
}
