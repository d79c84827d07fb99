package dev.parley.server.dispatch;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs the tasks of one session one after the other. A task may continue asynchronously (a query, a login): the next
 * task waits for it, the container's thread does not. The queue is bounded, so that a flood ends in a close.
 *
 * <p>Thread rule: any thread may call {@link #add}; tasks run on the caller's thread or on {@code resume}, never two at
 * a time.
 */
public final class SerialExecutor {
    /** The result of tasks that are complete when they return. */
    public static final CompletionStage<?> DONE = CompletableFuture.completedFuture(null);

    private static final int WAITING_MAX = 1_000;
    private static final int WAITING_BYTES_MAX = 1024 * 1024;

    /** A step of a session's work. */
    @FunctionalInterface
    interface Task {
        /** @return completes when the next task may run */
        CompletionStage<?> run();
    }

    /**
     * The tasks of one frame.
     *
     * @param isBinary whether it belongs to a file; binary frames have a bound of their own
     */
    private record QueuedFrame(List<Task> tasks, int bytes, boolean isBinary) {}

    /** Memory of a queued task beside the bytes that it holds. */
    private static final int TASK_BYTES = 256;

    private static final Logger LOG = System.getLogger(SerialExecutor.class.getName());

    private final Executor resume;
    private final int uploadMax;
    private final AtomicInteger runs = new AtomicInteger();

    private final Object lock = new Object();
    /** Small at first: most sessions have one frame at a time, and twenty thousand wait for their next one. */
    private final Deque<QueuedFrame> waiting = new ArrayDeque<>(1);

    private int waitingTasks;
    private int waitingBytes;
    private long waitingBinary;

    /** The tasks of the present frame that are left. Owned by the thread that runs tasks. */
    private Iterator<Task> frame = Collections.emptyIterator();

    /** Written by the thread that runs tasks and by the completion that it waits for, never at the same time. */
    private volatile boolean isPaused;

    /**
     * @param resume continues after a wait; must run every task, otherwise the session stops for good
     * @param uploadMax maximum size of a file in bytes; its frames may arrive faster than they are stored
     */
    SerialExecutor(Executor resume, int uploadMax) {
        this.resume = resume;
        this.uploadMax = uploadMax;
    }

    /** Adds a binary frame. Returns false, with nothing added, if too much waits already. */
    boolean addBinary(Task task, int bytes) {
        int cost = bytes + TASK_BYTES;
        synchronized (lock) {
            boolean isFull = waitingBinary + cost > (long) WAITING_BYTES_MAX + uploadMax;
            if (isFull && !waiting.isEmpty()) {
                return false;
            }
            enqueue(new QueuedFrame(List.of(task), cost, true));
        }
        run();
        return true;
    }

    /**
     * Adds the tasks of a text frame.
     *
     * @param bytes of the frame
     * @return false, with nothing added, if too much waits already
     */
    boolean add(List<Task> tasks, int bytes) {
        // An empty line of /text.
        if (tasks.isEmpty()) {
            return true;
        }
        synchronized (lock) {
            boolean isFull = waitingTasks + tasks.size() > WAITING_MAX || waitingBytes + bytes > WAITING_BYTES_MAX;
            if (isFull && !waiting.isEmpty()) {
                return false;
            }
            enqueue(new QueuedFrame(tasks, bytes, false));
        }
        run();
        return true;
    }

    /** Adds a task of the hub itself, regardless of the bounds. */
    void addUnbounded(Task task) {
        synchronized (lock) {
            enqueue(new QueuedFrame(List.of(task), 0, false));
        }
        run();
    }

    /**
     * Adds a task of the hub from a thread that must not run tasks. It is queued when this returns, before all later
     * tasks.
     */
    void addFromElsewhere(Task task) {
        synchronized (lock) {
            enqueue(new QueuedFrame(List.of(task), 0, false));
        }
        resume.execute(this::run);
    }

    private void enqueue(QueuedFrame frame) {
        waiting.add(frame);
        adjustCounts(frame, 1);
    }

    private void adjustCounts(QueuedFrame frame, int sign) {
        if (frame.isBinary()) {
            waitingBinary += (long) sign * frame.bytes();
        } else {
            waitingTasks += sign * frame.tasks().size();
            waitingBytes += sign * frame.bytes();
        }
    }

    private void run() {
        if (runs.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            while (!isPaused && refill()) {
                CompletionStage<?> rest = take(frame.next());
                if (!rest.toCompletableFuture().isDone()) {
                    pauseUntil(rest);
                }
            }
            seen = runs.addAndGet(-seen);
        } while (seen != 0);
    }

    private static CompletionStage<?> take(Task task) {
        try {
            return task.run();
        } catch (RuntimeException | Error e) {
            // Not rethrown: the run counter would never return to 0, and the session would stop for good.
            LOG.log(Level.ERROR, "A bug in a task of a session; its next task runs.", e);
            return DONE;
        }
    }

    private boolean refill() {
        if (frame.hasNext()) {
            return true;
        }
        synchronized (lock) {
            QueuedFrame next = waiting.poll();
            if (next == null) {
                // Not that of the last frame, which would keep its messages.
                frame = Collections.emptyIterator();
                return false;
            }
            adjustCounts(next, -1);
            frame = next.tasks().iterator();
            return true;
        }
    }

    private void pauseUntil(CompletionStage<?> rest) {
        isPaused = true;
        rest.whenCompleteAsync(
                (result, failure) -> {
                    isPaused = false;
                    run();
                },
                resume);
    }
}
