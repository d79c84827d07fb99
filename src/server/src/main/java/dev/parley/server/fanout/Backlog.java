package dev.parley.server.fanout;

import dev.parley.protocol.Channel;
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
     * @param head seq of the channel's newest message when the page was read
     * @param entries in seq order, without gaps; if the first one does not follow the seq asked for, those between were
     *     trimmed
     * @param mayRead whether the reader has the right to read this channel; if not, there are no entries
     * @param aclVersion version of the access list under which it has the right: raised whenever an identity loses it
     */
    record Page(long head, List<Entry> entries, boolean mayRead, long aclVersion) {
        /** The answer to a reader without the right. */
        public static final Page FORBIDDEN = new Page(0, List.of(), false, Long.MAX_VALUE);
    }

    /**
     * @param readers the readers that may read
     * @param aclVersion version of the access list under which they may
     */
    record AuthorizedReaders(Set<UserKey> readers, long aclVersion) {}

    /**
     * Whether a stage failed because the store is unavailable: a retry may succeed, if need be after an administrator's
     * repair. Any other failure is a bug.
     */
    boolean isUnavailable(Throwable failure);

    /**
     * The messages after a seq: at most {@code limit} messages and {@code maxBytes}, but at least one message if there
     * is one. See {@link #isUnavailable} for its failures.
     */
    CompletionStage<Page> after(Channel channel, UserKey reader, long seq, int limit, int maxBytes);

    /** Which of these readers may read a channel, in one query. Fails as {@link #after} does. */
    CompletionStage<AuthorizedReaders> authorized(Channel channel, Set<UserKey> readers);

    /** Gives a channel a new epoch: earlier positions cannot be served any more. Fails as {@link #after} does. */
    CompletionStage<?> renewEpoch(Channel channel);
}
