package dev.parley.server.session;

import dev.parley.protocol.CloseCode;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * The bounded queue of encoded messages waiting for one session, and the only one who sends on its transport: one send
 * in flight, what waits meanwhile goes together in the next frame. A close is the last thing in the queue.
 *
 * <p>Thread rule: any thread may call any method. The lock guards fields only; sending, closing and callbacks happen
 * outside it. {@link #offer} never sends: whoever offered calls {@link #flush} when it has nothing more to offer.
 */
public final class Outbox {
    /** What {@link #offer} did. */
    public enum Offer {
        TAKEN,
        /** Over the bound; nothing was queued, the session must be closed. */
        FULL,
        /** The session is closing or closed; nothing was queued. */
        CLOSED
    }

    private enum State {
        OPEN,
        /** About to close; still takes the answers to what the peer sent before. */
        ANSWERING,
        /** Sends what waits, then closes. */
        CLOSING,
        CLOSED
    }

    private record PendingClose(CloseCode code, String reason) {}

    /** A place in the queue; its message may be replaced by a newer one while it waits. */
    private static final class Slot {
        private final Optional<String> key;
        private Encoded message;

        Slot(Optional<String> key, Encoded message) {
            this.key = key;
            this.message = message;
        }
    }

    /**
     * @param maxBytes that may wait for this session
     * @param budget of all sessions
     */
    public record Bounds(int maxBytes, OutboxMemoryBudget budget) {}

    private final Transport transport;
    private final Framing framing;
    private final int maxBytes;
    private final OutboxMemoryBudget budget;
    private final LongSupplier nanoTime;

    /** Counts calls of {@link #flush}, so that one thread sends and the others only leave word. */
    private final AtomicInteger flushes = new AtomicInteger();

    private final Object lock = new Object();
    private final Deque<Slot> waiting = new ArrayDeque<>();
    private final Map<String, Slot> latest = new HashMap<>();
    private final PingWindow window;
    private State state = State.OPEN;
    private long bytes;
    /** What waits may not leave before the peer has shown that it received some of what is under way. */
    private boolean isStalled;

    private OptionalLong sendingSince = OptionalLong.empty();
    private OptionalLong closingSince = OptionalLong.empty();
    private PendingClose pendingClose = new PendingClose(CloseCode.NORMAL, "");
    private List<Runnable> whenDrained = List.of();

    /**
     * @param nanoTime the monotonic clock
     * @param pingNumbers numbers that nobody can guess
     */
    public Outbox(
            Transport transport, Framing framing, Bounds bounds, LongSupplier nanoTime, LongSupplier pingNumbers) {
        this.transport = transport;
        this.framing = framing;
        this.maxBytes = bounds.maxBytes();
        this.budget = bounds.budget();
        this.nanoTime = nanoTime;
        this.window = new PingWindow(bounds.maxBytes() / 4, pingNumbers);
    }

    /** Queues a message; sends nothing. */
    public Offer offer(Encoded message) {
        synchronized (lock) {
            return enqueue(new Slot(Optional.empty(), message));
        }
    }

    /** Queues the latest value of something; one that still waits for the same key is replaced at its place. */
    public Offer offerLatest(String key, Encoded message) {
        synchronized (lock) {
            Slot slot = latest.get(key);
            if (slot == null) {
                Slot fresh = new Slot(Optional.of(key), message);
                Offer offer = enqueue(fresh);
                if (offer == Offer.TAKEN) {
                    latest.put(key, fresh);
                }
                return offer;
            }
            adjustBytes(message.bytes() - slot.message.bytes());
            slot.message = message;
            return Offer.TAKEN;
        }
    }

    /**
     * What waits keeps its place from here on: later values come after it, so that none overtakes what is queued now.
     */
    public void freezeLatest() {
        synchronized (lock) {
            latest.clear();
        }
    }

    private Offer enqueue(Slot slot) {
        if (state != State.OPEN && state != State.ANSWERING) {
            return Offer.CLOSED;
        }
        long filled = bytes + slot.message.bytes();
        // One long message fits while little waits, so that a bound smaller than the longest message is slow, not deaf.
        boolean isFull = filled > maxBytes && bytes > maxBytes / 2;
        if (isFull || (!budget.allows(filled) && !waiting.isEmpty())) {
            return Offer.FULL;
        }
        waiting.add(slot);
        adjustBytes(slot.message.bytes());
        return Offer.TAKEN;
    }

    private void adjustBytes(long more) {
        bytes += more;
        budget.add(more);
    }

    /** Sends what waits, unless a send is in flight; then its end does. */
    public void flush() {
        if (flushes.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            sendNext();
            seen = flushes.addAndGet(-seen);
        } while (seen != 0);
    }

    private void sendNext() {
        List<Runnable> drained;
        OptionalLong checkpoint;
        boolean mustWait;
        synchronized (lock) {
            if (sendingSince.isPresent() || state == State.CLOSED) {
                return;
            }
            // Claimed before there is a frame: composing one happens outside the lock, and a ping must not slip in.
            sendingSince = OptionalLong.of(nanoTime.getAsLong());
            checkpoint = window.checkpoint();
            mustWait = !window.isOpen();
            isStalled = mustWait;
        }
        if (checkpoint.isPresent()) {
            transport.ping(ByteBuffer.allocate(Long.BYTES).putLong(0, checkpoint.getAsLong()));
        }
        // The answer may be here already; then it has asked for another flush.
        if (mustWait) {
            return;
        }
        Optional<String> frame = framing.next(this::take);
        boolean closes;
        synchronized (lock) {
            if (state == State.CLOSED) {
                return;
            }
            closes = frame.isEmpty() && state == State.CLOSING;
            if (closes) {
                state = State.CLOSED;
            }
            if (frame.isEmpty()) {
                sendingSince = OptionalLong.empty();
            }
            drained = isDrained() ? whenDrained : List.of();
            if (!drained.isEmpty()) {
                whenDrained = List.of();
            }
        }
        drained.forEach(Runnable::run);
        if (frame.isPresent()) {
            transport.send(frame.get(), this::sent);
        } else if (closes) {
            transport.close(pendingClose.code(), pendingClose.reason());
        }
    }

    /** The peer answered a ping; what it carried tells which. */
    public void ponged(ByteBuffer payload) {
        if (payload.remaining() != Long.BYTES) {
            return;
        }
        synchronized (lock) {
            window.answered(payload.getLong(payload.position()));
            if (!isStalled || !window.isOpen()) {
                return;
            }
            isStalled = false;
            sendingSince = OptionalLong.empty();
        }
        flush();
    }

    private Optional<Encoded> take() {
        synchronized (lock) {
            Slot slot = waiting.poll();
            if (slot == null) {
                return Optional.empty();
            }
            slot.key.ifPresent(key -> latest.remove(key, slot));
            adjustBytes(-slot.message.bytes());
            window.sent(slot.message.bytes());
            return Optional.of(slot.message);
        }
    }

    private void sent(boolean left) {
        synchronized (lock) {
            sendingSince = OptionalLong.empty();
        }
        if (left) {
            flush();
        } else {
            closeNow(CloseCode.ABNORMAL, "");
        }
    }

    /**
     * Decides on a close: {@link #close} follows when the answers to what the peer sent before are here. The close's
     * deadline runs from now on.
     *
     * @return false, with nothing changed, where a close was decided before
     */
    public boolean announceClose(CloseCode code, String reason) {
        synchronized (lock) {
            if (state != State.OPEN) {
                return false;
            }
            state = State.ANSWERING;
            pendingClose = new PendingClose(code, reason);
            closingSince = OptionalLong.of(nanoTime.getAsLong());
            return true;
        }
    }

    /** Sends what waits, then closes, with the code that was decided on first. A later close changes nothing. */
    public void close(CloseCode code, String reason) {
        announceClose(code, reason);
        synchronized (lock) {
            if (state != State.ANSWERING) {
                return;
            }
            state = State.CLOSING;
        }
        flush();
    }

    /** Closes at once; what waits is forgotten. */
    public void closeNow(CloseCode code, String reason) {
        synchronized (lock) {
            if (state == State.CLOSED) {
                return;
            }
            state = State.CLOSED;
            waiting.clear();
            latest.clear();
            adjustBytes(-bytes);
            whenDrained = List.of();
        }
        transport.close(code, reason);
    }

    /** Closes at once if a close has been waiting for its turn this long. */
    public void closeIfOverdue(long deadlineNanos) {
        PendingClose close;
        synchronized (lock) {
            boolean isDecided = state == State.ANSWERING || state == State.CLOSING;
            if (!isDecided || elapsed(closingSince) < deadlineNanos) {
                return;
            }
            close = pendingClose;
        }
        closeNow(close.code(), close.reason());
    }

    /**
     * Sends a ping frame, if no send is in flight: on some servers a ping would wait behind it, blocking.
     *
     * @return whether it was sent
     */
    public boolean ping() {
        synchronized (lock) {
            if (sendingSince.isPresent() || state != State.OPEN) {
                return false;
            }
            sendingSince = OptionalLong.of(nanoTime.getAsLong());
        }
        transport.ping(ByteBuffer.allocate(0));
        synchronized (lock) {
            sendingSince = OptionalLong.empty();
        }
        flush();
        return true;
    }

    /** Runs the action, once, when little waits; at once if that is so now. For readers that fetch page by page. */
    public void whenDrained(Runnable action) {
        synchronized (lock) {
            if (state != State.OPEN) {
                return;
            }
            if (!isDrained()) {
                whenDrained =
                        Stream.concat(whenDrained.stream(), Stream.of(action)).toList();
                return;
            }
        }
        action.run();
    }

    /** Whether a close has neither happened nor been asked for. */
    public boolean isOpen() {
        synchronized (lock) {
            return state == State.OPEN;
        }
    }

    /**
     * Whether a page may go on: its reader stops at half, so that answers and other channels still find place. A
     * drained outbox has room for any message: the reader would fetch a long one again and again otherwise.
     */
    public boolean hasRoom(int more) {
        synchronized (lock) {
            return isDrained() || bytes + more <= maxBytes / 2;
        }
    }

    private boolean isDrained() {
        return bytes <= maxBytes / 4;
    }

    /** For how many ns the send in flight has been in flight; 0 if none is. */
    public long sendingForNanos() {
        synchronized (lock) {
            return elapsed(sendingSince);
        }
    }

    private long elapsed(OptionalLong since) {
        return since.isPresent() ? nanoTime.getAsLong() - since.getAsLong() : 0;
    }
}
