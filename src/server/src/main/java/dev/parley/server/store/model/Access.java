package dev.parley.server.store.model;

/**
 * The right of an identity to read a channel.
 *
 * @param aclVersion version of the channel's access list, raised whenever an identity loses the right to read. A
 *     message that was stored under a later version needs a new check
 */
public record Access(boolean mayRead, long aclVersion) {
    /** Access to a channel that is open to everybody, or to one's own inbox. */
    public static final Access OPEN = new Access(true, 0);

    public static final Access NONE = new Access(false, Long.MAX_VALUE);
}
