package dev.parley.server.store.model;

import dev.parley.protocol.Position;

/**
 * A channel as one reader finds it.
 *
 * @param head where its newest message is
 * @param oldest seq of the oldest message still stored; head + 1 where none is
 * @param unread messages after the reader's mark that are still stored
 * @param aclVersion under which the reader may read it; see {@link Access}
 */
public record ChannelView(Position head, long oldest, long unread, long aclVersion) {
    public ChannelView under(Access access) {
        return new ChannelView(head, oldest, unread, access.aclVersion());
    }

    /** Whether everything after this position is still here and counted the same way. */
    public boolean canServe(Position position) {
        return position.epoch().equals(head.epoch()) && position.seq() <= head.seq() && position.seq() >= oldest - 1;
    }
}
