package dev.parley.server.store.model;

/**
 * Whether somebody may read a channel.
 *
 * @param aclVersion raised whenever somebody loses that right: what was stored under a later one needs a new look
 */
public record Access(boolean mayRead, long aclVersion) {
    /** Of channels that need no right, or are one's own. */
    public static final Access OPEN = new Access(true, 0);

    public static final Access NONE = new Access(false, Long.MAX_VALUE);
}
