package dev.parley.server.session.drain;

import java.util.List;
import java.util.Optional;

/**
 * Decides how many of its sessions a node hands on because the other nodes have fewer, as after a rolling restart. A
 * node never goes below the mean of all nodes, so nodes that decide at the same time do not send sessions to and fro.
 * Where the sessions come back to the same node, as behind a load balancer that chooses by address, it waits twice as
 * long each time. Confined to one thread at a time.
 */
final class BalancePolicy {
    /** Nodes count as even up to a tenth over the mean. */
    private static final int MARGIN_PERCENT = 10;

    /** A difference that nobody would notice. */
    private static final long DIFFERENCE_MIN = 100;

    /** How many counts in a row must show too many sessions: half a minute of renewed leases. */
    static final int PATIENCE_MIN = 6;

    /** An hour. */
    static final int PATIENCE_MAX = 720;

    private static final int PERCENT = 100;

    private final int percent;
    private int patience = PATIENCE_MIN;
    /** Counts in a row with too many sessions, since the last ones were handed on. */
    private int tooMany;

    /**
     * The sessions that were handed on since the node has too many.
     *
     * @param excess over the mean, before the first
     * @param count of all
     */
    private record HandedOn(long excess, long count) {
        private static final int STAYED_AWAY_PART = 20;

        /**
         * Whether a few of them stayed away. Of ten nodes that take turns, one gets a tenth of what another hands on.
         */
        boolean hasHelped(long excessNow) {
            return excess - excessNow >= count / STAYED_AWAY_PART;
        }
    }

    private Optional<HandedOn> handedOn = Optional.empty();

    /** @param percent of its sessions that a node hands on at a time */
    BalancePolicy(int percent) {
        this.percent = percent;
    }

    /**
     * To be called once for each count.
     *
     * @param own sessions of this node
     * @param others sessions of each other node that takes sessions
     * @return how many to hand on now
     */
    int toHandOn(long own, List<Long> others) {
        long sum = own + others.stream().mapToLong(Long::longValue).sum();
        long mean = sum / (others.size() + 1);
        long excess = own - mean;
        if (others.isEmpty() || excess <= Math.max(DIFFERENCE_MIN, mean * MARGIN_PERCENT / PERCENT)) {
            tooMany = 0;
            patience = PATIENCE_MIN;
            handedOn = Optional.empty();
            return 0;
        }
        tooMany++;
        if (tooMany < patience) {
            return 0;
        }
        tooMany = 0;
        boolean isInVain = handedOn.filter(before -> !before.hasHelped(excess)).isPresent();
        patience = isInVain ? Math.min(2 * patience, PATIENCE_MAX) : PATIENCE_MIN;
        long count = Math.min(excess, own * percent / PERCENT);
        HandedOn before = handedOn.orElse(new HandedOn(excess, 0));
        handedOn = Optional.of(new HandedOn(before.excess(), before.count() + count));
        return (int) count;
    }
}
