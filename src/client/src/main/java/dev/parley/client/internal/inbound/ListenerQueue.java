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
 * Calls the application's listeners, one at a time, in order, on a thread that is nobody else's. The queue in front of
 * them is bounded; over the bound the event loop is told, and it is the event loop that stops what comes.
 */
public final class ListenerQueue {
    private static final Logger LOG = System.getLogger(ListenerQueue.class.getName());

    /** What a waiting call costs beside its message. */
    private static final int CALL_BYTES = 200;

    /** @param bytes of the messages that wait */
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

    /** @param whenThrown told of each listener that throws, on the listeners' thread */
    public ListenerQueue(Bounds bounds, Executor thread, LongSupplier nanoTime, Consumer<Throwable> whenThrown) {
        this.bounds = bounds;
        this.thread = thread;
        this.nanoTime = nanoTime;
        this.whenThrown = whenThrown;
    }

    /** Whether there was room for it; if not, it is not called. */
    boolean offer(int messageBytes, Runnable action) {
        return enqueue(new Call(Optional.empty(), messageBytes + CALL_BYTES, action), false);
    }

    /** The same for the latest value of something: one that still waits is replaced at its place. */
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

    /** For what the event loop itself has to tell, which is little. */
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
            // No thread for now, perhaps because the JVM has no memory for one: the next call tries again.
            synchronized (lock) {
                isRunning = false;
            }
            throw e;
        }
    }

    /** Runs the action, once and on the listeners' thread, when half of the queue is free. */
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
            } catch (Throwable e) { // Errors too: this thread must outlive whatever the application does
                LOG.log(Level.WARNING, "A listener of Parley threw; the next message goes on.", e);
                whenThrown.accept(e);
            }
            // Somebody may have interrupted this thread for good; the next listener has nothing to do with it.
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

    /** Since when one listener has been at it. */
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

    /** Forgets what waits. */
    public void discard() {
        synchronized (lock) {
            waiting.clear();
            latest.clear();
            bytes = 0;
        }
    }

    /** Nothing more is taken; what waits is still called. */
    public void end() {
        synchronized (lock) {
            isOver = true;
        }
    }
}
