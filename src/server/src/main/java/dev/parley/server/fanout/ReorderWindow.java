package dev.parley.server.fanout;

import dev.parley.server.session.Encoded;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Puts the messages of one channel into the order of their seqs. Nodes report what they stored in any order, and some
 * reports get lost; a message that is early is held until those before it have come. Confined to the fan-out's event
 * loop.
 */
final class ReorderWindow {
    /** Most messages of one channel that are held. What does not fit is read from the store instead. */
    static final int HELD_MAX = 256;

    private static final long UNKNOWN = -1;

    private final HeldMessages budget;
    /** Nearly always empty. */
    private NavigableMap<Long, Encoded> held = Collections.emptyNavigableMap();

    private long next = UNKNOWN;
    private long head = UNKNOWN;
    private long headSince;

    /** @param budget what all channels of this node may hold together */
    ReorderWindow(HeldMessages budget) {
        this.budget = budget;
    }

    /** Whether it knows which message comes next. */
    boolean isOpen() {
        return next != UNKNOWN;
    }

    /** Seq of the message that comes next, if the window {@link #isOpen}. */
    long next() {
        return next;
    }

    /** Seq of the newest message that the channel is known to have; -1 if nothing is known. */
    long head() {
        return head;
    }

    /** The monotonic clock when {@link #head} was first known, in nanoseconds. */
    long headSince() {
        return headSince;
    }

    private void raiseHead(long seq) {
        if (seq > head) {
            head = seq;
            headSince = System.nanoTime();
        }
    }

    /** Whether a message is known to be stored that has not come. */
    boolean hasGap() {
        return isOpen() && head >= next;
    }

    /** Seq of the last message that must come before the first one that is held, or before the head is reached. */
    long gapEnd() {
        return held.isEmpty() ? head : held.firstKey() - 1;
    }

    /** Records that the channel has a message of this seq. The first one known is where the order begins. */
    void headSeen(long seq) {
        raiseHead(seq);
        if (!isOpen()) {
            next = seq + 1;
        }
    }

    /**
     * Takes a message.
     *
     * @return the messages that are in order now, from {@link #next} on; none if this one is early or came before
     */
    List<Backlog.Entry> arrived(long seq, Encoded message) {
        if (!isOpen()) {
            next = seq;
        }
        raiseHead(seq);
        if (seq > next) {
            hold(seq, message);
            return List.of();
        }
        return seq == next ? inOrder(new Backlog.Entry(seq, message)) : List.of();
    }

    private List<Backlog.Entry> inOrder(Backlog.Entry entry) {
        next = entry.seq() + 1;
        if (held.isEmpty()) {
            return List.of(entry);
        }
        List<Backlog.Entry> run = new ArrayList<>();
        run.add(entry);
        takeHeld(run);
        return run;
    }

    private void takeHeld(List<Backlog.Entry> run) {
        for (Encoded message = release(next); message != null; message = release(next)) {
            run.add(new Backlog.Entry(next, message));
            next++;
        }
    }

    private Encoded release(long seq) {
        Encoded message = held.isEmpty() ? null : held.remove(seq);
        if (message != null) {
            budget.released(message.bytes());
        }
        return message;
    }

    private void hold(long seq, Encoded message) {
        if (held.containsKey(seq)) {
            return;
        }
        if (held.size() == HELD_MAX && seq < held.lastKey()) {
            // The nearest are wanted first.
            release(held.lastKey());
        }
        if (held.size() < HELD_MAX && budget.mayHold(message.bytes())) {
            if (held.isEmpty()) {
                held = new TreeMap<>();
            }
            held.put(seq, message);
        }
    }

    /**
     * Takes messages that were read from the store.
     *
     * @param entries in seq order, without gaps
     * @return the messages that are in order now; none if these do not contain the next one
     */
    List<Backlog.Entry> filled(List<Backlog.Entry> entries) {
        List<Backlog.Entry> run = new ArrayList<>();
        for (Backlog.Entry entry : entries) {
            if (entry.seq() == next) {
                release(next);
                run.add(entry);
                next++;
            }
        }
        if (!run.isEmpty()) {
            raiseHead(next - 1);
            takeHeld(run);
        }
        return run;
    }

    /** Gives up the messages up to this seq. Their readers get them in another way. */
    void skipTo(long seq) {
        next = Math.max(next, seq + 1);
        raiseHead(seq);
        List.copyOf(held.headMap(next).keySet()).forEach(this::release);
    }

    /** The messages that are in order after {@link #skipTo}. */
    List<Backlog.Entry> takeHeld() {
        List<Backlog.Entry> run = new ArrayList<>();
        takeHeld(run);
        return run;
    }

    /** Forgets what it holds. */
    void close() {
        List.copyOf(held.keySet()).forEach(this::release);
    }

    /** The held messages of all channels of this node. Confined to the fan-out's event loop. */
    static final class HeldMessages {
        private final long maxBytes;
        private long bytes;

        HeldMessages(long maxBytes) {
            this.maxBytes = maxBytes;
        }

        private boolean mayHold(int more) {
            if (bytes + more > maxBytes) {
                return false;
            }
            bytes += more;
            return true;
        }

        private void released(int less) {
            bytes -= less;
        }

        long bytes() {
            return bytes;
        }
    }
}
