package dev.parley.server.session;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;

/**
 * What waits in all outboxes of this node together. Over its bound the slowest readers go first: an outbox may then
 * hold no more than its share. Any thread.
 */
public final class OutboxMemoryBudget {
    /** With very many sessions a share would be less than one message. */
    private static final long SHARE_MIN = 64 * 1024;

    private final long maxBytes;
    private final IntSupplier sessions;
    private final AtomicLong bytes = new AtomicLong();

    /** @param sessions how many there are now */
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

    /** Bytes that wait now. */
    long bytes() {
        return bytes.get();
    }
}
