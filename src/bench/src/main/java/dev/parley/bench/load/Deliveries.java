package dev.parley.bench.load;

/**
 * What one reader has received: counts each message once, and notes what is missing and what came again. Numbers rise
 * by a fixed step, because the reader's room gets every step-th message. Confined to one thread.
 */
public final class Deliveries {
    private final long step;
    private long next;
    private long received;
    private long skipped;
    private long repeated;

    /**
     * @param first number of the first message that is expected
     * @param step difference between the numbers of consecutive messages of the room
     */
    public Deliveries(long first, long step) {
        this.next = first;
        this.step = step;
    }

    /**
     * Takes a message.
     *
     * @return whether it is new; one that came out of order counts as repeated, and stays counted as skipped
     */
    public boolean take(long number) {
        if (number < next) {
            repeated++;
            return false;
        }
        skipped += (number - next) / step;
        next = number + step;
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
        return next >= end;
    }

    /** Messages below this number that did not come, or not in order. */
    public long missing(long end) {
        long behind = Math.max(0, (end - next + step - 1) / step);
        return skipped + behind;
    }
}
