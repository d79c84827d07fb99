package dev.parley.server.backplane;

import dev.parley.protocol.Channel;
import dev.parley.server.fanout.Backlog;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * The store as the backplane uses it: which channels other nodes have written to, whether the backplane said so or not.
 * Any thread may call any method; none blocks.
 */
public interface GrowthLog {
    /**
     * How far the log was read.
     *
     * @param numbers the last commit of each node that was read, by the node's id
     * @param changes ids of the changes that were read and may be read again
     * @param at the clock of the database then
     */
    record Mark(Map<String, Long> numbers, Set<Long> changes, Instant at) {
        /** Nothing was read. */
        public static final Mark START = new Mark(Map.of(), Set.of(), Instant.EPOCH);

        public Mark {
            numbers = Map.copyOf(numbers);
            changes = Set.copyOf(changes);
        }
    }

    /**
     * @param heads seq of the newest message of each channel that grew
     * @param changed channels whose epoch or access list changed, by any node
     * @param isAllChanged whether all channels have a new epoch
     */
    record Growth(Map<Channel, Long> heads, Set<Channel> changed, boolean isAllChanged, Mark mark) {
        public Growth {
            heads = Map.copyOf(heads);
            changed = Set.copyOf(changed);
        }
    }

    /** Whether a stage failed because the store is unavailable; any other failure is a bug. */
    boolean isUnavailable(Throwable failure);

    /**
     * How channels grew or changed after a mark; after the start, nothing has changed. The log keeps what happened
     * within the last minute.
     */
    CompletionStage<Growth> since(Mark mark);

    /** Where these channels are; without those that do not exist. */
    CompletionStage<Map<Channel, Backlog.State>> states(Collection<Channel> channels);
}
