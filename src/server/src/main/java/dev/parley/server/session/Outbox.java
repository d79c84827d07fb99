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
 * The bounded queue of encoded messages waiting for one session, and the only sender on its transport. It is the
 * backpressure on the fan-out: over the bound, {@link Session} closes a slow consumer. One send is in flight at a time;
 * messages that wait meanwhile leave together in the next frame, where the framing allows it. A binary frame leaves
 * alone, between the messages that were queued before and after it. A close is the last entry of the queue.
 *
 * <p>Thread rule: any thread may call any method. The lock guards fields only; sending, closing and callbacks happen
 * outside it. {@link #offer} never sends: its caller calls {@link #flush} after the last offer.
 */
public final class Outbox {
    /** Result of {@link #offer}. */
    enum Offer {
        TAKEN,
        /** Over the bound: nothing was queued, and {@link Session} closes the slow consumer. */
        FULL,
        /** The session is closing or closed: nothing was queued. */
        CLOSED
    }

    private enum State {
        OPEN,
        /** About to close; still takes the answers to messages that the peer sent before. */
        ANSWERING,
        /** Sends the waiting messages, then closes. */
        CLOSING,
        CLOSED
    }

    private record PendingClose(CloseCode code, String reason) {}

    /** What has one place in the queue. */
    sealed interface Waiting permits Encoded, Encoded.Batch, Latest, EncodedBinary {
        /** Length on the wire; of text in UTF-8. */
        int bytes();
    }

    /** The latest value of a key; it may be replaced by a newer one while it waits. */
    private static final class Latest implements Waiting {
        private final String key;
        private Encoded value;

        Latest(String key, Encoded value) {
            this.key = key;
            this.value = value;
        }

        @Override
        public int bytes() {
            return value.bytes();
        }
    }

    /**
     * @param maxBytes bytes that may wait for this session
     * @param budget memory budget of all sessions together
     */
    public record Bounds(int maxBytes, OutboxMemoryBudget budget) {}

    /** The part of the bound up to which frames that may be lost are queued. */
    private static final int LOSSY_PART = 16;

    private final Transport transport;
    private final Framing framing;
    private final int maxBytes;
    private final OutboxMemoryBudget budget;
    private final LongSupplier nanoTime;

    /** Counts calls of {@link #flush}, so that one thread sends and the others only record that there is more. */
    private final AtomicInteger flushes = new AtomicInteger();

    private final Object lock = new Object();
    /** Small: most sessions are idle. */
    private final Deque<Waiting> waiting = new ArrayDeque<>(1);
    /** How many messages of a batch at the head of the queue were taken. */
    private int takenOfBatch;

    private final Map<String, Latest> latest = new HashMap<>(1);
    private final PingWindow window;
    private State state = State.OPEN;
    private long bytes;
    /** Whether sending waits until the peer has shown that it received some of the bytes in flight. */
    private boolean isStalled;

    private OptionalLong sendingSince = OptionalLong.empty();
    private OptionalLong closingSince = OptionalLong.empty();
    private PendingClose pendingClose = new PendingClose(CloseCode.NORMAL, "");
    private List<Runnable> whenDrained = List.of();

    /**
     * @param nanoTime the monotonic clock
     * @param pingNumbers source of unpredictable numbers
     */
    Outbox(Transport transport, Framing framing, Bounds bounds, LongSupplier nanoTime, LongSupplier pingNumbers) {
        this.transport = transport;
        this.framing = framing;
        this.maxBytes = bounds.maxBytes();
        this.budget = bounds.budget();
        this.nanoTime = nanoTime;
        this.window = new PingWindow(bounds.maxBytes() / 4, pingNumbers);
    }

    /** Queues a message or a whole batch; sends nothing. */
    Offer offer(Waiting message) {
        synchronized (lock) {
            return enqueue(message);
        }
    }

    /**
     * Queues a frame that may be lost, unless more than a sixteenth of the bound would wait. So it neither fills the
     * outbox nor arrives when it is old. Where nothing else waits it is always queued.
     *
     * @return {@link Offer#FULL} if it was dropped
     */
    Offer offerLossy(EncodedBinary frame) {
        synchronized (lock) {
            boolean isBehind = !waiting.isEmpty() && bytes + frame.bytes() > maxBytes / LOSSY_PART;
            return isBehind ? Offer.FULL : enqueue(frame);
        }
    }

    /** Queues the latest value of a key. A value of the same key that still waits is replaced in its place. */
    Offer offerLatest(String key, Encoded message) {
        synchronized (lock) {
            Latest slot = latest.get(key);
            if (slot == null) {
                Latest fresh = new Latest(key, message);
                Offer offer = enqueue(fresh);
                if (offer == Offer.TAKEN) {
                    latest.put(key, fresh);
                }
                return offer;
            }
            adjustBytes(message.bytes() - slot.bytes());
            slot.value = message;
            return Offer.TAKEN;
        }
    }

    /**
     * Makes the waiting values final: later values are queued behind them, so that none overtakes a message that is
     * queued now.
     */
    void freezeLatest() {
        synchronized (lock) {
            latest.clear();
        }
    }

    private Offer enqueue(Waiting message) {
        if (state != State.OPEN && state != State.ANSWERING) {
            return Offer.CLOSED;
        }
        long filled = bytes + message.bytes();
        // One long message, or a batch, fits while the outbox is at most half full: with a bound below the longest
        // message, delivery is slow but does not fail.
        boolean isFull = filled > maxBytes && bytes > maxBytes / 2;
        if (isFull || (!budget.allows(filled) && !waiting.isEmpty())) {
            return Offer.FULL;
        }
        waiting.add(message);
        adjustBytes(message.bytes());
        return Offer.TAKEN;
    }

    private void adjustBytes(long more) {
        bytes += more;
        budget.add(more);
    }

    /** Sends the waiting messages, unless a send is in flight; then the completion of that send does. */
    void flush() {
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
        Optional<EncodedBinary> binary;
        synchronized (lock) {
            if (sendingSince.isPresent() || state == State.CLOSED) {
                return;
            }
            // Claimed before the frame exists: it is composed outside the lock, and no ping may be sent meanwhile.
            sendingSince = OptionalLong.of(nanoTime.getAsLong());
            checkpoint = window.checkpoint();
            mustWait = !window.isOpen();
            isStalled = mustWait;
            binary = mustWait ? Optional.empty() : takeBinary();
        }
        if (checkpoint.isPresent()) {
            transport.ping(ByteBuffer.allocate(Long.BYTES).putLong(0, checkpoint.getAsLong()));
        }
        // The pong may have arrived already; then it has called flush again.
        if (mustWait) {
            return;
        }
        Optional<String> text = binary.isPresent() ? Optional.empty() : framing.next(new Taken());
        boolean sendsNothing = binary.isEmpty() && text.isEmpty();
        boolean isBinaryNext;
        boolean closes;
        synchronized (lock) {
            if (state == State.CLOSED) {
                return;
            }
            // Queued since, or behind messages that the framing left out.
            isBinaryNext = sendsNothing && !waiting.isEmpty();
            closes = sendsNothing && !isBinaryNext && state == State.CLOSING;
            if (closes) {
                state = State.CLOSED;
            }
            if (sendsNothing) {
                sendingSince = OptionalLong.empty();
            }
            drained = isDrained() ? whenDrained : List.of();
            if (!drained.isEmpty()) {
                whenDrained = List.of();
            }
        }
        drained.forEach(Runnable::run);
        if (binary.isPresent()) {
            transport.send(binary.get().frame(), this::sent);
        } else if (text.isPresent()) {
            transport.send(text.get(), this::sent);
        } else if (closes) {
            transport.close(pendingClose.code(), pendingClose.reason());
        } else if (isBinaryNext) {
            flush();
        }
    }

    /** Takes the first entry if it is a binary frame. The caller holds the lock. */
    private Optional<EncodedBinary> takeBinary() {
        if (waiting.peek() instanceof EncodedBinary binary) {
            waiting.remove();
            return Optional.of(counted(binary));
        }
        return Optional.empty();
    }

    private <T extends Waiting> T counted(T taken) {
        adjustBytes(-taken.bytes());
        window.sent(taken.bytes());
        return taken;
    }

    /** Processes a pong; its payload identifies the ping. */
    void ponged(ByteBuffer payload) {
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

    /** Takes the messages that wait, up to the next binary frame, and counts them as sent. */
    private final class Taken implements Framing.Queue {
        @Override
        public Optional<Encoded> next() {
            synchronized (lock) {
                Waiting first = waiting.peek();
                if (first == null || first instanceof EncodedBinary) {
                    return Optional.empty();
                }
                if (first instanceof Encoded.Batch batch) {
                    return Optional.of(nextOf(batch));
                }
                waiting.remove();
                if (first instanceof Latest slot) {
                    latest.remove(slot.key, slot);
                    return Optional.of(counted(slot.value));
                }
                return Optional.of(counted((Encoded) first));
            }
        }

        private Encoded nextOf(Encoded.Batch batch) {
            Encoded message = batch.messages().get(takenOfBatch++);
            if (takenOfBatch == batch.messages().size()) {
                waiting.remove();
                takenOfBatch = 0;
            }
            return counted(message);
        }

        @Override
        public Optional<Encoded.Batch> onlyBatch() {
            synchronized (lock) {
                boolean isAlone = waiting.size() == 1 && takenOfBatch == 0;
                if (isAlone && waiting.peek() instanceof Encoded.Batch batch) {
                    waiting.remove();
                    return Optional.of(counted(batch));
                }
                return Optional.empty();
            }
        }
    }

    private void sent(boolean left) {
        boolean hasMore;
        synchronized (lock) {
            sendingSince = OptionalLong.empty();
            hasMore = !waiting.isEmpty() || state == State.CLOSING || window.isCheckpointDue();
        }
        if (!left) {
            closeNow(CloseCode.ABNORMAL, "");
        } else if (hasMore) {
            flush();
        }
    }

    /**
     * Announces a close: {@link #close} follows once the answers to messages that the peer sent before are queued. The
     * deadline of the close runs from now on.
     *
     * @return false, with nothing changed, if a close was announced before
     */
    boolean announceClose(CloseCode code, String reason) {
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

    /**
     * Sends the waiting messages, then closes with the code of the first announcement. A later close changes nothing.
     */
    void close(CloseCode code, String reason) {
        announceClose(code, reason);
        synchronized (lock) {
            if (state != State.ANSWERING) {
                return;
            }
            state = State.CLOSING;
        }
        flush();
    }

    /** Closes at once and discards the waiting messages. */
    void closeNow(CloseCode code, String reason) {
        if (discard()) {
            transport.close(code, reason);
        }
    }

    /**
     * Discards the waiting messages, sends nothing more and closes nothing. For a connection that the container has
     * ended.
     *
     * @return false, with nothing changed, if a close was sent or this was called before
     */
    boolean discard() {
        synchronized (lock) {
            if (state == State.CLOSED) {
                return false;
            }
            state = State.CLOSED;
            waiting.clear();
            takenOfBatch = 0;
            latest.clear();
            adjustBytes(-bytes);
            whenDrained = List.of();
            return true;
        }
    }

    /** Closes at once if an announced close has been pending for at least this long. */
    void closeIfOverdue(long deadlineNanos) {
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
     * Sends a ping frame unless a send is in flight: on some servers the ping would block until that send is done.
     *
     * @return whether it was sent
     */
    boolean ping() {
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

    /**
     * Runs the action once, as soon as at most a quarter of the bound is waiting; immediately if that is so now. For
     * readers that fetch page by page. An action that is passed after a close was announced is dropped.
     */
    void whenDrained(Runnable action) {
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

    /** Whether no close has happened or been announced. */
    boolean isOpen() {
        synchronized (lock) {
            return state == State.OPEN;
        }
    }

    /**
     * Whether the reader of a page may queue this many more bytes. It stops at half of the bound, so that answers and
     * other channels still find room. A drained outbox has room for any message: otherwise the reader would fetch a
     * long message again and again.
     */
    boolean hasRoom(int more) {
        synchronized (lock) {
            return isDrained() || bytes + more <= maxBytes / 2;
        }
    }

    private boolean isDrained() {
        return bytes <= maxBytes / 4;
    }

    /** Nanoseconds since the send in flight began; 0 if none is in flight. */
    long sendingForNanos() {
        synchronized (lock) {
            return elapsed(sendingSince);
        }
    }

    private long elapsed(OptionalLong since) {
        return since.isPresent() ? nanoTime.getAsLong() - since.getAsLong() : 0;
    }
}
