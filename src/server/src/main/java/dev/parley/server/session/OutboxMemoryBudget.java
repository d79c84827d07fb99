package dev.parley.server.session;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;

/**
 * The memory budget of all outboxes of this node together. While it is exceeded, an outbox may hold no more than its
 * equal share, so that the slowest readers are disconnected first. Any thread.
 */
public final class OutboxMemoryBudget {
    /** Lower bound of a share: with very many sessions it would be less than one message. */
    private static final long SHARE_MIN = 64 * 1024;

    private final long maxBytes;
    private final IntSupplier sessions;
    private final AtomicLong bytes = new AtomicLong();

    /** @param sessions the current number of sessions */
    public OutboxMemoryBudget(long maxBytes, IntSupplier sessions) {
        this.maxBytes = maxBytes;
        this.sessions = sessions;
    }

    void add(long more) {
        bytes.addAndGet(more);
    }

    /** Whether an outbox may hold this much now. */
    boolean allows(long ownBytes) {
        return bytes.get() <= maxBytes || ownBytes <= Math.max(SHARE_MIN, maxBytes / Math.max(1, sessions.getAsInt()));
    }

    /** Bytes that wait in all outboxes now. */
    long bytes() {
        return bytes.get();
    }
}
