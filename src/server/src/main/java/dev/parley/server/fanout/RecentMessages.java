package dev.parley.server.fanout;

import dev.parley.server.session.Encoded;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The newest messages of one channel, so that a reader that missed a few needs no query. Their seqs follow each other.
 * Confined to the fan-out's event loop.
 */
final class RecentMessages {
    /** Most messages of one channel. */
    static final int COUNT_MAX = 1_024;

    private static final int SMALLEST = 4;
    private static final Encoded[] NONE = {};

    private final Budget budget;
    /** A ring: a message has its place by its seq. The length is a power of two. */
    private Encoded[] ring = NONE;

    private long first;
    private int size;
    /** Messages that left before the budget took them; see {@link Budget}. */
    private int leftEarly;

    /** All messages, until there is another one. */
    private MessageRun run = MessageRun.EMPTY;

    RecentMessages(Budget budget) {
        this.budget = budget;
    }

    /** Keeps the next message. One that does not follow the newest drops all before it. */
    void add(long seq, Encoded message) {
        if (size > 0 && seq != first + size) {
            clear();
        }
        if (size == 0) {
            first = seq;
        }
        if (size == COUNT_MAX) {
            dropOldest();
            leftEarly++;
        }
        makeRoom();
        ring[place(seq)] = message;
        size++;
        run = MessageRun.EMPTY;
        budget.added(this, message.bytes());
    }

    /**
     * Keeps messages that were read from the store, as far as they come just before those that are kept. They push
     * nothing out.
     *
     * @param entries messages whose seqs grow
     * @param next seq of the message that comes next
     */
    void addBefore(List<Backlog.Entry> entries, long next) {
        for (int i = entries.size() - 1; i >= 0; i--) {
            Backlog.Entry entry = entries.get(i);
            long wanted = (size == 0 ? next : first) - 1;
            if (entry.seq() > wanted) {
                continue;
            }
            if (entry.seq() < wanted
                    || size == COUNT_MAX
                    || !budget.hasRoom(entry.message().bytes())) {
                return;
            }
            makeRoom();
            first = entry.seq();
            ring[place(first)] = entry.message();
            size++;
            run = MessageRun.EMPTY;
            budget.added(this, entry.message().bytes());
        }
    }

    private void makeRoom() {
        if (size < ring.length) {
            return;
        }
        Encoded[] before = ring;
        ring = new Encoded[Math.max(SMALLEST, 2 * before.length)];
        for (long seq = first; seq < first + size; seq++) {
            ring[place(seq)] = before[(int) (seq & (before.length - 1))];
        }
    }

    private int place(long seq) {
        return (int) (seq & (ring.length - 1));
    }

    private void dropOldest() {
        int at = place(first);
        budget.dropped(ring[at].bytes());
        ring[at] = null;
        first++;
        size--;
        if (size == 0) {
            ring = NONE;
        }
        run = MessageRun.EMPTY;
    }

    /** Called when the oldest message of all channels is this channel's. */
    private void evictOldest() {
        if (leftEarly > 0) {
            leftEarly--;
        } else {
            dropOldest();
        }
    }

    /** Drops the messages up to this seq, which the store has deleted. */
    void trimmed(long upTo) {
        while (size > 0 && first <= upTo) {
            dropOldest();
            leftEarly++;
        }
    }

    void clear() {
        trimmed(Long.MAX_VALUE);
    }

    boolean covers(long seq) {
        return size > 0 && seq >= first && seq < first + size;
    }

    /** All messages. */
    MessageRun run() {
        if (run.isEmpty() && size > 0) {
            List<Backlog.Entry> entries = new ArrayList<>(size);
            for (long seq = first; seq < first + size; seq++) {
                entries.add(new Backlog.Entry(seq, ring[place(seq)]));
            }
            run = MessageRun.of(entries);
        }
        return run;
    }

    /**
     * What the recent messages of all channels of this node may take. Over the bound, the oldest message of all goes.
     * Confined to the fan-out's event loop.
     */
    static final class Budget {
        private final long maxBytes;
        private long bytes;
        /** The channel of each message, in the order in which they came; also of some that have left. */
        private final Deque<RecentMessages> order = new ArrayDeque<>();

        private int kept;

        /** @param maxBytes length of the messages in UTF-8; 0 keeps none */
        Budget(long maxBytes) {
            this.maxBytes = maxBytes;
        }

        private boolean hasRoom(int more) {
            return bytes + more <= maxBytes;
        }

        private void added(RecentMessages channel, int more) {
            order.add(channel);
            kept++;
            bytes += more;
            while (bytes > maxBytes) {
                order.remove().evictOldest();
            }
            if (order.size() > 2 * kept + COUNT_MAX) {
                forgetThoseThatLeft();
            }
        }

        private void dropped(int less) {
            kept--;
            bytes -= less;
        }

        private void forgetThoseThatLeft() {
            order.removeIf(channel -> {
                boolean hasLeft = channel.leftEarly > 0;
                channel.leftEarly -= hasLeft ? 1 : 0;
                return hasLeft;
            });
        }

        long bytes() {
            return bytes;
        }

        /** Entries of the order, for tests of its bound. */
        int orderLength() {
            return order.size();
        }
    }
}
