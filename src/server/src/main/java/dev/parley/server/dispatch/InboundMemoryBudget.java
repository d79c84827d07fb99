package dev.parley.server.dispatch;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes of messages and files on their way into this node that are not whole yet, of all sessions together: each
 * session's own bounds allow some MiB, which twenty thousand sessions may not take at a time. Once half is taken,
 * nobody gets more than a small share, so that a few who take much do not keep out the many who want little. Any
 * thread.
 */
public final class InboundMemoryBudget {
    private static final int SHARES = 64;

    private final long maxBytes;
    private final AtomicLong bytes = new AtomicLong();

    public InboundMemoryBudget(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** What one session holds of it. */
    public final class Share {
        private final AtomicLong own = new AtomicLong();

        /** @return false, with nothing taken, where there is no room for so many */
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

    /** Taken now. */
    public long bytes() {
        return bytes.get();
    }
}
