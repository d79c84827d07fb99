package dev.parley.server.dispatch;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What one session asked for, done one after the other. A task may go on elsewhere (a query, a login); the next one
 * waits for it, while the container's thread does not. What waits is bounded, so that a flood ends in a close.
 *
 * <p>Thread rule: any thread may call {@link #add}; tasks run on the caller's thread or on {@code resume}, never two at
 * a time.
 */
public final class SerialExecutor {
    /** For tasks that are over when they return. */
    public static final CompletionStage<?> DONE = CompletableFuture.completedFuture(null);

    private static final int WAITING_MAX = 1_000;
    private static final int WAITING_BYTES_MAX = 1024 * 1024;

    /** One thing to do. */
    @FunctionalInterface
    interface Task {
        /** @return what the next task must wait for */
        CompletionStage<?> run();
    }

    /**
     * What one frame brought.
     *
     * @param isBinary whether it is of a file: text does not wait for its share
     */
    private record QueuedFrame(List<Task> tasks, int bytes, boolean isBinary) {}

    /** What an object costs beside the bytes that it holds. */
    private static final int TASK_BYTES = 256;

    private static final Logger LOG = System.getLogger(SerialExecutor.class.getName());

    private final Executor resume;
    private final int uploadMax;
    private final AtomicInteger runs = new AtomicInteger();

    private final Object lock = new Object();
    private final Deque<QueuedFrame> waiting = new ArrayDeque<>();
    private int waitingTasks;
    private int waitingBytes;
    private long waitingBinary;

    /** Owned by whoever runs. */
    private final Deque<Task> frame = new ArrayDeque<>();
    /** Written by whoever runs and by the end of what it waits for, never at the same time. */
    private volatile boolean isPaused;

    /**
     * @param resume where tasks go on after a wait; runs every task, or this session is never heard again
     * @param uploadMax bytes of a file, which may come faster than it is stored
     */
    SerialExecutor(Executor resume, int uploadMax) {
        this.resume = resume;
        this.uploadMax = uploadMax;
    }

    /** A binary frame. */
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
     * @param bytes of the frame that brought them
     * @return false, with nothing taken, if too much waits already
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

    /** One of the hub's own; not refused however much waits. */
    void addUnbounded(Task task) {
        synchronized (lock) {
            enqueue(new QueuedFrame(List.of(task), 0, false));
        }
        run();
    }

    /**
     * The same from a thread that runs no tasks itself: it is in line when this returns, before all that comes later.
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
                CompletionStage<?> rest = take(frame.poll());
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
            // Thrown on, it would leave the session with a run that never ends: deaf for ever.
            LOG.log(Level.ERROR, "A bug in a session's turn; its next one is taken.", e);
            return DONE;
        }
    }

    private boolean refill() {
        if (!frame.isEmpty()) {
            return true;
        }
        synchronized (lock) {
            QueuedFrame next = waiting.poll();
            if (next == null) {
                return false;
            }
            adjustCounts(next, -1);
            frame.addAll(next.tasks());
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
