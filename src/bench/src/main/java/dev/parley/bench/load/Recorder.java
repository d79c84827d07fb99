package dev.parley.bench.load;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * The delays of messages, from the time when each was due until a reader had it. Only messages of one window count: a
 * run is also loaded before and after it. Confined to one loop, but for the counter.
 */
public final class Recorder {
    private static final long MAX_MICROS = TimeUnit.MINUTES.toMicros(5);

    private Schedule schedule = new Schedule(0, 0, 1, 0);
    private long from;
    private long to;
    private Histogram all = histogram();
    private Histogram late = histogram();
    /** Written by the loop alone. */
    private volatile long delivered;

    /**
     * Delays of the messages of a window.
     *
     * @param all of all messages, in microseconds
     * @param late of those that were due while their reader's line was cut, from the time when the line was back
     */
    public record Delays(Histogram all, Histogram late) {
        public double millis(double percentile) {
            return all.getValueAtPercentile(percentile) / 1e3;
        }

        public double lateMillis(double percentile) {
            return late.getValueAtPercentile(percentile) / 1e3;
        }

        public double maxMillis() {
            return all.getMaxValue() / 1e3;
        }
    }

    private static Histogram histogram() {
        return new Histogram(1, MAX_MICROS, 3);
    }

    /** Begins a window: the messages with numbers from {@code from} to below {@code to}. Loop only. */
    public void begin(Schedule of, long fromNumber, long toNumber) {
        schedule = of;
        from = fromNumber;
        to = toNumber;
        all = histogram();
        late = histogram();
    }

    /** The delays of the window so far. Loop only. */
    public Delays delays() {
        return new Delays(all.copy(), late.copy());
    }

    /** Messages that all readers have received since the start, repeated ones too. Any thread. */
    public long delivered() {
        return delivered;
    }

    /** Counts messages that were received, repeated ones too. Loop only. */
    public void count(int messages) {
        delivered = delivered + messages;
    }

    /**
     * Records a message that a reader has for the first time. Loop only.
     *
     * @param nanoTime monotonic time at which it came
     * @param lineBackAt monotonic time at which the reader's line was last repaired; it cannot receive before
     */
    public void record(long number, long nanoTime, long lineBackAt) {
        if (number < from || number >= to) {
            return;
        }
        long due = schedule.dueAt(number);
        boolean isLate = lineBackAt - due > 0;
        long delay = micros(nanoTime - (isLate ? lineBackAt : due));
        all.recordValue(delay);
        if (isLate) {
            late.recordValue(delay);
        }
    }

    private static long micros(long nanos) {
        return Math.min(Math.max(0, TimeUnit.NANOSECONDS.toMicros(nanos)), MAX_MICROS);
    }
}
