package dev.parley.server.store;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/**
 * The clock of the database, as far as this node knows it: its own clock and the last difference that it saw. What
 * nodes compare with each other's rows is in this time: when a message was stored, what is too old to keep, when a user
 * was revoked. Until {@link #seen} it is the node's own clock, which is right while this node is the only one.
 *
 * <p>Thread rule: any thread may call any method.
 */
public final class DatabaseClock implements InstantSource {
    /** What a provider of tokens and the nodes may differ without a word. */
    private static final Duration TOLERATED = Duration.ofMinutes(1);

    /** An answer that took longer says too little about the time. */
    private static final Duration ROUND_TRIP_MAX = Duration.ofSeconds(1);

    private static final Logger LOG = System.getLogger(DatabaseClock.class.getName());

    private final InstantSource node;
    private volatile Duration ahead = Duration.ZERO;

    public DatabaseClock(InstantSource node) {
        this.node = node;
    }

    @Override
    public Instant instant() {
        return node.instant().plus(ahead);
    }

    /** The clock of this node, for {@link #seen}. */
    Instant nodeTime() {
        return node.instant();
    }

    /**
     * The database told its time.
     *
     * @param asked the {@linkplain #nodeTime node's time} before the question
     */
    void seen(Instant asked, Instant database) {
        Duration roundTrip = Duration.between(asked, node.instant());
        if (roundTrip.isNegative() || roundTrip.compareTo(ROUND_TRIP_MAX) > 0) {
            return;
        }
        Duration before = ahead;
        Duration now = Duration.between(asked.plus(roundTrip.dividedBy(2)), database);
        ahead = now;
        if (differs(now) && !differs(before)) {
            LOG.log(Level.WARNING, problem().orElseThrow());
        } else if (differs(before) && !differs(now)) {
            LOG.log(Level.INFO, "The clock of this node agrees with the database's again.");
        }
    }

    private static boolean differs(Duration difference) {
        return difference.abs().compareTo(TOLERATED) > 0;
    }

    /** What is wrong with the clock of this node; empty if nothing is. */
    public Optional<String> problem() {
        Duration now = ahead;
        return differs(now)
                ? Optional.of("The clock of this node is " + now.abs().toSeconds() + " s "
                        + (now.isNegative() ? "ahead of" : "behind") + " the database's: tokens "
                        + (now.isNegative() ? "expire too early here" : "are accepted here after they have expired")
                        + ". Let both follow the same time server (NTP).")
                : Optional.empty();
    }
}
