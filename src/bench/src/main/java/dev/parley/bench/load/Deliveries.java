package dev.parley.bench.load;

/**
 * What one reader has received: counts each message once, and notes what is missing and what came again. Numbers rise
 * by a fixed step, because the reader's room gets every step-th message. Senders of the room take turns, and only the
 * messages of each of them have an order. Confined to one thread.
 */
public final class Deliveries {
    private final long step;
    /** By the turn of the sender: the number of its next message. */
    private final long[] next;

    private long received;
    private long skipped;
    private long repeated;

    /**
     * One sender.
     *
     * @param first number of the first message that is expected
     * @param step difference between the numbers of consecutive messages of the room
     */
    public Deliveries(long first, long step) {
        this(first, step, 1);
    }

    /** @param senders that take turns */
    public Deliveries(long first, long step, int senders) {
        this.step = step;
        this.next = new long[senders];
        for (int i = 0; i < senders; i++) {
            next[turn(first + i * step)] = first + i * step;
        }
    }

    private int turn(long number) {
        return next.length == 1 ? 0 : (int) (number / step % next.length);
    }

    /**
     * Takes a message.
     *
     * @return whether it is new; one that came out of order counts as repeated, and stays counted as skipped
     */
    public boolean take(long number) {
        int turn = turn(number);
        if (number < next[turn]) {
            repeated++;
            return false;
        }
        skipped += (number - next[turn]) / (step * next.length);
        next[turn] = number + step * next.length;
        received++;
        return true;
    }

    /** Messages that came for the first time, in order. */
    public long received() {
        return received;
    }

    /** Messages that had not come when a later one came. */
    public long skipped() {
        return skipped;
    }

    /** Messages that came again, or after a later one. */
    public long repeated() {
        return repeated;
    }

    /** Returns true if all messages with lower numbers have come. */
    public boolean isAt(long end) {
        for (long number : next) {
            if (number < end) {
                return false;
            }
        }
        return true;
    }

    /** Messages below this number that did not come, or not in order. */
    public long missing(long end) {
        long stride = step * next.length;
        long behind = 0;
        for (long number : next) {
            behind += Math.max(0, (end - number + stride - 1) / stride);
        }
        return skipped + behind;
    }
}
