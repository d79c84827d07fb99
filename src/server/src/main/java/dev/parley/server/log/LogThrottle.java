package dev.parley.server.log;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * Limits the logging of unexpected errors that a peer's request can cause: at most one error of each kind per minute,
 * with its stack trace and the number of suppressed ones. Otherwise a short request, sent repeatedly, would fill the
 * log. Any thread.
 */
public final class LogThrottle {
    static final Duration PERIOD = Duration.ofMinutes(1);

    /** Limit of the kinds. Kinds are places in the code, so there are few; all beyond the limit share one kind. */
    static final int KINDS_MAX = 200;

    private static final Kind OTHERS = new Kind("", "", "");

    private final Logger log;
    private final LongSupplier nanoTime;
    /** Guarded by this. */
    private final Map<Kind, Entry> entries = new HashMap<>();

    /**
     * The kind of an error. No component depends on data of a peer.
     *
     * @param sentence the logged text
     * @param exception class name of the exception
     * @param place where it was thrown
     */
    private record Kind(String sentence, String exception, String place) {
        static Kind of(String sentence, Throwable thrown) {
            StackTraceElement[] trace = thrown.getStackTrace();
            return new Kind(sentence, thrown.getClass().getName(), trace.length == 0 ? "" : trace[0].toString());
        }
    }

    /**
     * @param loggedAt time of the last logged error, in nanoseconds of the monotonic clock
     * @param leftOut number of errors suppressed since then
     */
    private record Entry(long loggedAt, long leftOut) {}

    /** @param nanoTime the monotonic clock */
    public LogThrottle(Logger log, LongSupplier nanoTime) {
        this.log = log;
        this.nanoTime = nanoTime;
    }

    /** @param sentence what happened; the same for every error of its kind, without data of a peer */
    public void error(String sentence, Throwable thrown) {
        leftOutBefore(Kind.of(sentence, thrown))
                .ifPresent(count -> log.log(Level.ERROR, count == 0 ? sentence : sentence + more(count), thrown));
    }

    private static String more(long count) {
        return " " + count + " more of this kind were not logged since the last one.";
    }

    /**
     * Number of errors of this kind that were suppressed since the last logged one; empty if this one is suppressed.
     */
    private synchronized OptionalLong leftOutBefore(Kind kind) {
        long now = nanoTime.getAsLong();
        Kind counted = entries.containsKey(kind) || entries.size() < KINDS_MAX ? kind : OTHERS;
        Entry last = entries.get(counted);
        if (last != null && now - last.loggedAt() < PERIOD.toNanos()) {
            entries.put(counted, new Entry(last.loggedAt(), last.leftOut() + 1));
            return OptionalLong.empty();
        }
        entries.put(counted, new Entry(now, 0));
        return OptionalLong.of(last == null ? 0 : last.leftOut());
    }
}
