package dev.parley.server.fanout;

import dev.parley.protocol.Channel;
import dev.parley.server.session.Encoded;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * Where a reader that is behind gets what it missed, and one that is in doubt its right to read: the store. Any thread
 * may call, none waits.
 */
public interface Backlog {
    /** A stored message as the store keeps it. */
    record Entry(long seq, Encoded message) {}

    /**
     * @param head seq of the channel's newest message when the page was read
     * @param entries in seq order, without holes; where the first one is not the next one, those between are gone
     * @param mayRead whether the reader has the right to read this channel; if not, there are no entries
     * @param aclVersion under which it has it: raised whenever somebody loses that right
     */
    record Page(long head, List<Entry> entries, boolean mayRead, long aclVersion) {}

    /**
     * @param readers keys of those who may read
     * @param aclVersion under which they may
     */
    record AuthorizedReaders(Set<String> readers, long aclVersion) {}

    /** The store does not answer now; it may later. */
    final class BacklogUnavailable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public BacklogUnavailable(Throwable cause) {
            super(cause);
        }

        /** Whether this is why a stage failed. */
        static boolean isReasonOf(Throwable failure) {
            return failure instanceof BacklogUnavailable || failure.getCause() instanceof BacklogUnavailable;
        }
    }

    /**
     * What comes after a seq: at most {@code limit} messages and {@code maxBytes}, but one where there is one. Fails
     * with {@link BacklogUnavailable}, or for a bug.
     *
     * @param reader key of the identity
     */
    CompletionStage<Page> after(Channel channel, String reader, long seq, int limit, int maxBytes);

    /**
     * Which of these may read a channel: one question for all of them. Fails as {@link #after} does.
     *
     * @param readers keys of identities
     */
    CompletionStage<AuthorizedReaders> authorized(Channel channel, Set<String> readers);

    /** Gives a channel another epoch: positions of before cannot be served any more. Fails as {@link #after} does. */
    CompletionStage<?> renewEpoch(Channel channel);
}
