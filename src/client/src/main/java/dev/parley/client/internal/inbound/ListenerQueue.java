package dev.parley.client.internal.inbound;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * A bounded queue of calls to the application's listeners. A thread of its own runs them, one at a time and in order.
 * When the queue is full, it rejects the call, and the event loop closes the connection.
 */
public final class ListenerQueue {
    private static final Logger LOG = System.getLogger(ListenerQueue.class.getName());

    /** Bytes that a waiting call occupies in addition to its message. */
    private static final int CALL_BYTES = 200;

    /**
     * The limits of the queue.
     *
     * @param count number of calls
     * @param bytes bytes of the calls with their messages
     */
    public record Bounds(int count, long bytes) {}

    private static final class Call {
        private final Optional<String> key;
        private int bytes;
        private Runnable action;

        private Call(Optional<String> key, int bytes, Runnable action) {
            this.key = key;
            this.bytes = bytes;
            this.action = action;
        }
    }

    private final Bounds bounds;
    private final Executor thread;
    private final LongSupplier nanoTime;
    private final Consumer<Throwable> whenThrown;

    private final Object lock = new Object();
    private final Deque<Call> waiting = new ArrayDeque<>();
    private final Map<String, Call> latest = new HashMap<>();
    private long bytes;
    private boolean isRunning;
    private boolean isOver;
    private OptionalLong busySince = OptionalLong.empty();
    private Runnable whenDrained = () -> {};

    /** @param whenThrown called with each exception of a listener, on the listeners' thread */
    public ListenerQueue(Bounds bounds, Executor thread, LongSupplier nanoTime, Consumer<Throwable> whenThrown) {
        this.bounds = bounds;
        this.thread = thread;
        this.nanoTime = nanoTime;
        this.whenThrown = whenThrown;
    }

    /** Adds a call. Returns false if the queue is full; then the action does not run. */
    boolean offer(int messageBytes, Runnable action) {
        return enqueue(new Call(Optional.empty(), messageBytes + CALL_BYTES, action), false);
    }

    /** Adds a call that may be lost, unless half of the queue is full. Returns false if it was dropped. */
    boolean offerLossy(int messageBytes, Runnable action) {
        synchronized (lock) {
            if (waiting.size() > bounds.count() / 2 || bytes > bounds.bytes() / 2) {
                return false;
            }
        }
        return offer(messageBytes, action);
    }

    /** Adds a call for the latest value of a key. A waiting call with the same key is replaced in its place. */
    boolean offerLatest(String key, int valueBytes, Runnable action) {
        int callBytes = key.length() + valueBytes + CALL_BYTES;
        synchronized (lock) {
            Call call = latest.get(key);
            if (call != null) {
                if (bytes + callBytes - call.bytes > Math.max(bounds.bytes(), bytes)) {
                    return false;
                }
                bytes += callBytes - call.bytes;
                call.bytes = callBytes;
                call.action = action;
                return true;
            }
        }
        return enqueue(new Call(Optional.of(key), callBytes, action), false);
    }

    /** Adds a call even if the queue is full. Only for the few calls of the event loop itself. */
    void offerAlways(Runnable action) {
        enqueue(new Call(Optional.empty(), CALL_BYTES, action), true);
    }

    private boolean enqueue(Call call, boolean always) {
        synchronized (lock) {
            if (isOver) {
                return true;
            }
            boolean isFull =
                    waiting.size() >= bounds.count() || (bytes + call.bytes > bounds.bytes() && !waiting.isEmpty());
            if (isFull && !always) {
                return false;
            }
            waiting.add(call);
            call.key.ifPresent(key -> latest.put(key, call));
            bytes += call.bytes;
            if (isRunning) {
                return true;
            }
            isRunning = true;
        }
        start();
        return true;
    }

    private void start() {
        try {
            thread.execute(this::run);
        } catch (RuntimeException | Error e) {
            // No thread could be started, perhaps for lack of memory. The next call tries again.
            synchronized (lock) {
                isRunning = false;
            }
            throw e;
        }
    }

    /**
     * Runs the action once, when half of the queue is free: on the listeners' thread, or at once if no listener runs.
     */
    public void whenDrained(Runnable action) {
        synchronized (lock) {
            if (isRunning) {
                whenDrained = action;
                return;
            }
        }
        action.run();
    }

    private void run() {
        for (Optional<Runnable> action = take(); action.isPresent(); action = take()) {
            try {
                action.get().run();
            } catch (Throwable e) { // Errors too: this thread must survive everything that the application throws
                LOG.log(Level.WARNING, "A Parley listener threw an exception; the next call follows.", e);
                whenThrown.accept(e);
            }
            // A listener may have interrupted this thread; that must not affect the next listener.
            Thread.interrupted();
        }
    }

    private Optional<Runnable> take() {
        Runnable drained;
        Optional<Runnable> action;
        synchronized (lock) {
            Call call = waiting.poll();
            isRunning = call != null;
            busySince = call == null ? OptionalLong.empty() : OptionalLong.of(nanoTime.getAsLong());
            action = Optional.ofNullable(call).map(one -> one.action);
            if (call != null) {
                bytes -= call.bytes;
                call.key.ifPresent(latest::remove);
            }
            boolean isDrained = waiting.size() <= bounds.count() / 2 && bytes <= bounds.bytes() / 2;
            drained = isDrained ? whenDrained : () -> {};
            whenDrained = isDrained ? () -> {} : whenDrained;
        }
        drained.run();
        return action;
    }

    /** Start of the running call, if there is one. */
    OptionalLong busySince() {
        synchronized (lock) {
            return busySince;
        }
    }

    public int count() {
        synchronized (lock) {
            return waiting.size();
        }
    }

    /** Discards the waiting calls. */
    public void discard() {
        synchronized (lock) {
            waiting.clear();
            latest.clear();
            bytes = 0;
        }
    }

    /** Accepts nothing more. Waiting calls still run. */
    public void end() {
        synchronized (lock) {
            isOver = true;
        }
    }
}
