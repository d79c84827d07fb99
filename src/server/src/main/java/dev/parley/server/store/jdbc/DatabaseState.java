package dev.parley.server.store.jdbc;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * The present problems of the database, derived from the outcomes of all transactions. Logs each problem once when it
 * begins and once when it is over, however many transactions meet it. Any thread.
 */
public final class DatabaseState {
    enum Problem {
        NOT_ANSWERING("The store does not answer; senders get store_unavailable.", "The store answers again."),

        /** Such as a PostgreSQL standby after a failover. */
        READ_ONLY(
                "The database is read-only: nothing can be stored, and senders get store_unavailable.",
                "The database is no longer read-only."),

        REFUSING(
                "The database refuses a statement of Parley, and senders get the error internal: its tables, or the"
                        + " rights of its user, are not as Parley made them, or Parley has a bug.",
                "The database refuses no statement of Parley any more.");

        private final String begun;
        private final String over;

        Problem(String begun, String over) {
            this.begun = begun;
            this.over = over;
        }
    }

    /**
     * How long a problem must not occur before it is over. One success proves nothing: reads succeed on a read-only
     * database and on a full disk, and other statements succeed beside a refused one.
     */
    public static final Duration QUIET_BEFORE_OVER = Duration.ofSeconds(10);

    private static final Logger LOG = System.getLogger(DatabaseState.class.getName());

    private final LongSupplier nanoTime;

    private final Object lock = new Object();
    /** The present problems and the time of each one's last occurrence. Guarded by the lock. */
    private final Map<Problem, Long> lastMet = new EnumMap<>(Problem.class);
    /** Spares successful transactions the lock. Written under the lock. */
    private volatile boolean isWell = true;

    /** @param nanoTime the monotonic clock */
    DatabaseState(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Records that a transaction met this problem. */
    void failed(Problem problem, Exception cause) {
        boolean isNew;
        synchronized (lock) {
            isNew = lastMet.put(problem, nanoTime.getAsLong()) == null;
            isWell = false;
        }
        if (isNew) {
            LOG.log(Level.WARNING, problem.begun, cause);
        }
    }

    /** Records that a transaction was committed. */
    void succeeded() {
        if (!isWell) {
            clear().forEach(problem -> LOG.log(Level.INFO, problem.over));
        }
    }

    private Set<Problem> clear() {
        Set<Problem> over = EnumSet.noneOf(Problem.class);
        synchronized (lock) {
            long now = nanoTime.getAsLong();
            lastMet.forEach((problem, at) -> {
                if (now - at >= QUIET_BEFORE_OVER.toNanos()) {
                    over.add(problem);
                }
            });
            lastMet.keySet().removeAll(over);
            isWell = lastMet.isEmpty();
        }
        return over;
    }

    /** The first present problem, for administrators; empty if there is none. */
    Optional<String> problem() {
        synchronized (lock) {
            return lastMet.keySet().stream().findFirst().map(problem -> problem.begun);
        }
    }
}
