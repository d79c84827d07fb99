package dev.parley.server.dispatch;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A bound on the bytes of unfinished incoming messages and files, of all sessions together: the bounds of one session
 * allow some MiB, which is too much for twenty thousand sessions at a time. Once half of the budget is taken, a session
 * gets no more than a small share, so that a few large senders do not exclude the many small ones. Any thread.
 */
public final class InboundMemoryBudget {
    private static final int SHARES = 64;

    private final long maxBytes;
    private final AtomicLong bytes = new AtomicLong();

    public InboundMemoryBudget(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** The bytes that one session holds. */
    public final class Share {
        private final AtomicLong own = new AtomicLong();

        /** @return false, with nothing taken, if the budget does not allow it */
        public boolean take(long more) {
            long ownNow = own.addAndGet(more);
            long allNow = bytes.addAndGet(more);
            if (allNow <= maxBytes && (allNow <= maxBytes / 2 || ownNow <= maxBytes / SHARES)) {
                return true;
            }
            release(more);
            return false;
        }

        public void release(long less) {
            own.addAndGet(-less);
            bytes.addAndGet(-less);
        }
    }

    Share share() {
        return new Share();
    }

    /** Bytes that are taken now. */
    public long bytes() {
        return bytes.get();
    }
}
