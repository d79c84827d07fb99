package dev.parley.server.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Instant;
import java.util.function.LongSupplier;

/**
 * The uses of tickets that only this node gives and takes, and of which it knows the revocations. Any thread; nothing
 * blocks.
 */
public final class OwnTicketUses implements TicketUses {
    /** Limit of the remembered uses, some 150 bytes each: 1,666 uses a second. */
    static final int USES_MAX = 100_000;

    private final int usesMax;
    private final Cache<String, Boolean> used;

    /** @param nanoTime the monotonic clock */
    public OwnTicketUses(LongSupplier nanoTime) {
        this(nanoTime, USES_MAX);
    }

    OwnTicketUses(LongSupplier nanoTime, int usesMax) {
        this.usesMax = usesMax;
        // Without a maximum size, which would drop the oldest uses, so that their tickets could be used again.
        this.used = Caffeine.newBuilder()
                .expireAfterWrite(Tickets.MEMORY)
                .ticker(nanoTime::getAsLong)
                .executor(Runnable::run)
                .build();
    }

    @Override
    public Use use(String id, Instant expires, Identity holder) {
        if (isFull() && used.getIfPresent(id) == null) {
            return Use.TOO_MANY;
        }
        return used.asMap().putIfAbsent(id, true) == null ? Use.FIRST : Use.USED_BEFORE;
    }

    /** Concurrent uses may exceed the bound by the number of threads. */
    private boolean isFull() {
        if (used.estimatedSize() < usesMax) {
            return false;
        }
        used.cleanUp();
        return used.estimatedSize() >= usesMax;
    }
}
