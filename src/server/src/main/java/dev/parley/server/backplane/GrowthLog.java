package dev.parley.server.backplane;

import dev.parley.protocol.Channel;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
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
     * @param at the clock of the database then
     */
    record Mark(Map<String, Long> numbers, Instant at) {
        /** Nothing was read. */
        public static final Mark START = new Mark(Map.of(), Instant.EPOCH);

        public Mark {
            numbers = Map.copyOf(numbers);
        }
    }

    /** @param heads seq of the newest message of each channel that grew */
    record Growth(Map<Channel, Long> heads, Mark mark) {
        public Growth {
            heads = Map.copyOf(heads);
        }
    }

    /** Whether a stage failed because the store is unavailable; any other failure is a bug. */
    boolean isUnavailable(Throwable failure);

    /** How other nodes' channels grew after a mark. The log keeps what happened within the last minute. */
    CompletionStage<Growth> since(Mark mark);

    /** The seq of the newest message of each of these channels. */
    CompletionStage<Map<Channel, Long>> heads(Collection<Channel> channels);
}
