package dev.parley.server.store.model;

/**
 * What a node tells the others of itself with each renewal of its lease.
 *
 * @param sessions that it has
 * @param isDraining whether it sends them away, and takes no new ones
 */
public record NodeLoad(long sessions, boolean isDraining) {
    public static final NodeLoad NONE = new NodeLoad(0, false);
}
