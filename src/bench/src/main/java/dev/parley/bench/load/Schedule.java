package dev.parley.bench.load;

/**
 * When each message of a run is due: numbered messages at a fixed rate (an open loop). The delay of a message counts
 * from this time, also if the generator or the server could not take it then, so that a stall is not left out.
 *
 * @param first number of the first message
 * @param beginNanos the monotonic time at which it is due
 * @param perSecond messages per second
 * @param count number of messages
 */
public record Schedule(long first, long beginNanos, double perSecond, long count) {
    private static final double NANOS_PER_SECOND = 1e9;

    public Schedule {
        if (!(perSecond > 0) || count < 0) {
            throw new IllegalArgumentException("No schedule of " + count + " messages at " + perSecond + " a second.");
        }
    }

    /** The schedule of as many messages as are due within these seconds. */
    public static Schedule lasting(long first, long beginNanos, double perSecond, double seconds) {
        return new Schedule(first, beginNanos, perSecond, Math.round(perSecond * seconds));
    }

    /** The number behind the last one. */
    public long end() {
        return first + count;
    }

    /** The monotonic time in nanoseconds at which a message is due. */
    public long dueAt(long number) {
        return beginNanos + (long) ((number - first) / perSecond * NANOS_PER_SECOND);
    }

    /** The number behind the last message that is due at this time: all before it should have been sent. */
    public long dueBefore(long nanoTime) {
        if (nanoTime - beginNanos < 0) {
            return first;
        }
        long due = (long) ((nanoTime - beginNanos) / NANOS_PER_SECOND * perSecond) + 1;
        return first + Math.min(due, count);
    }

    /** The number of the first message that is due this many seconds after the begin. */
    public long numberAfter(double seconds) {
        return first + Math.min(count, Math.round(perSecond * seconds));
    }
}
