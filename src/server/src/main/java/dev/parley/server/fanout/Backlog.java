package dev.parley.server.fanout;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.protocol.UserKey;
import dev.parley.server.session.Encoded;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * The store as the fan-out uses it: the messages that a reader missed, and the current right to read. Any thread may
 * call any method; none blocks.
 */
public interface Backlog {
    /** A stored message with its seq. */
    record Entry(long seq, Encoded message) {}

    /**
     * @param head position of the channel's newest message when the page was read
     * @param entries in seq order, without gaps; if the first one does not follow the seq asked for, those between were
     *     trimmed
     * @param authorized those of the readers asked about that have the right to read, after the entries were read
     * @param aclVersion version of the access list under which they have it: raised whenever an identity loses it
     */
    record Page(Position head, List<Entry> entries, Set<UserKey> authorized, long aclVersion) {
        private static final long NOBODY = Long.MAX_VALUE;

        /** The head of a channel that does not exist: no channel has its epoch. */
        public static final Position NO_LOG = new Position("none", 0);

        /** The answer where there is no channel that anybody may read. */
        public static final Page FORBIDDEN = new Page(NO_LOG, List.of(), Set.of(), NOBODY);

        boolean isForbidden() {
            return aclVersion == NOBODY;
        }
    }

    /**
     * Where a channel is in the store.
     *
     * @param head position of its newest message
     * @param aclVersion version of its access list
     */
    record State(Position head, long aclVersion) {}

    /**
     * Whether a stage failed because the store is unavailable: a retry may succeed, if need be after an administrator's
     * repair. Any other failure is a bug.
     */
    boolean isUnavailable(Throwable failure);

    /**
     * The messages after a seq: at most {@code limit} messages and {@code maxBytes}, but at least one message if there
     * is one. In the same query the right of readers. See {@link #isUnavailable} for its failures.
     *
     * @param readers whose right is to be checked; they may be none
     */
    CompletionStage<Page> after(Channel channel, Set<UserKey> readers, long seq, int limit, int maxBytes);

    /** Gives a channel a new epoch: earlier positions cannot be served any more. Fails as {@link #after} does. */
    CompletionStage<?> renewEpoch(Channel channel);
}
