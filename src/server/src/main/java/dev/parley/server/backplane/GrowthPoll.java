package dev.parley.server.backplane;

import dev.parley.protocol.Channel;
import dev.parley.server.fanout.Backlog;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Reads the growth log once a second, so that a message that the backplane lost is found. It carries a cluster alone
 * while there is no backplane. Any thread.
 */
final class GrowthPoll {
    /**
     * A node that has read nothing for so long may have missed rows: it asks for the heads of its channels instead.
     * Half of what the log keeps.
     */
    private static final Duration STALLED = Duration.ofSeconds(30);

    /** Channels in one query. */
    private static final int STATES_MAX = 1_000;

    private static final Logger LOG = System.getLogger(GrowthPoll.class.getName());

    private final GrowthLog log;
    private final Supplier<CompletionStage<Set<Channel>>> read;
    private final Runnable onMissed;
    private final Consumer<Map<Channel, Long>> grown;
    private final Consumer<Map<Channel, Backlog.State>> changed;
    private final AtomicBoolean isUnderWay = new AtomicBoolean();
    /** Written by the polls, of which one runs at a time. */
    private volatile GrowthLog.Mark mark = GrowthLog.Mark.START;

    /**
     * @param read the channels that are read on this node
     * @param onMissed called when reports of other nodes may have been missed
     * @param grown told of heads that other nodes committed
     * @param changed told where channels are whose epoch or access list may have changed
     */
    GrowthPoll(
            GrowthLog log,
            Supplier<CompletionStage<Set<Channel>>> read,
            Runnable onMissed,
            Consumer<Map<Channel, Long>> grown,
            Consumer<Map<Channel, Backlog.State>> changed) {
        this.log = log;
        this.read = read;
        this.onMissed = onMissed;
        this.grown = grown;
        this.changed = changed;
    }

    /** Reads what is new; does nothing while the last call is under way. */
    void poll() {
        if (!isUnderWay.compareAndSet(false, true)) {
            return;
        }
        GrowthLog.Mark before = mark;
        log.since(before).thenCompose(growth -> caughtUp(before, growth)).whenComplete((done, failure) -> {
            if (failure != null) {
                LOG.log(
                        log.isUnavailable(failure) ? Level.DEBUG : Level.ERROR,
                        "The growth of channels cannot be read now.",
                        failure);
            }
            isUnderWay.set(false);
        });
    }

    private CompletionStage<?> caughtUp(GrowthLog.Mark before, GrowthLog.Growth growth) {
        boolean mayHaveMissed = before != GrowthLog.Mark.START
                && Duration.between(before.at(), growth.mark().at()).compareTo(STALLED) > 0;
        grown.accept(growth.heads());
        if (mayHaveMissed) {
            LOG.log(
                    Level.INFO,
                    "This node has not heard of other nodes'' messages for more than {0}: it looks at all channels that"
                            + " are read here.",
                    STALLED);
            onMissed.run();
        }
        // Kept only when the states are known, too: otherwise they are asked for again.
        return check(growth, mayHaveMissed || growth.isAllChanged()).thenAccept(done -> mark = growth.mark());
    }

    private CompletionStage<?> check(GrowthLog.Growth growth, boolean isForAll) {
        // Of changed channels that nobody reads, too: somebody who has looked one up may be about to.
        CompletionStage<Set<Channel>> which =
                isForAll ? read.get() : CompletableFuture.completedStage(growth.changed());
        return which.thenCompose(channels -> {
            List<Channel> all = List.copyOf(channels);
            CompletionStage<?> last = CompletableFuture.completedStage(true);
            for (int from = 0; from < all.size(); from += STATES_MAX) {
                List<Channel> some = all.subList(from, Math.min(all.size(), from + STATES_MAX));
                last = last.thenCompose(done -> log.states(some)).thenAccept(changed);
            }
            return last;
        });
    }
}
