package dev.parley.server.store.model;

import dev.parley.protocol.Position;

/**
 * The state of a channel for one reader.
 *
 * @param head position of its newest message
 * @param oldest seq of the oldest message still stored; head + 1 if there is none
 * @param unread messages after the reader's mark that are still stored
 * @param aclVersion version of the access list under which the reader may read it; see {@link Access}
 * @param asOf the monotonic clock before it was read, in nanoseconds
 */
public record ChannelView(Position head, long oldest, long unread, long aclVersion, long asOf) {
    /** Whether everything after this position is still stored, in the same epoch. */
    public boolean canServe(Position position) {
        return canServe(head, oldest, position);
    }

    /** The same, of a channel with this head and oldest message. */
    public static boolean canServe(Position head, long oldest, Position position) {
        return position.epoch().equals(head.epoch()) && position.seq() <= head.seq() && position.seq() >= oldest - 1;
    }
}
