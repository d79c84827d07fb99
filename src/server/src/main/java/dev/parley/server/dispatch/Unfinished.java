package dev.parley.server.dispatch;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes of messages and files on their way into this node that are not whole yet, of all sessions together: each session's
 * own bounds allow some MiB, which twenty thousand sessions may not take at a time. Any thread.
 */
public final class Unfinished {
    private final long maxBytes;
    private final AtomicLong bytes = new AtomicLong();

    public Unfinished(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** @return false, with nothing taken, where there is no room for so many */
    boolean take(long more) {
        if (bytes.addAndGet(more) <= maxBytes) {
            return true;
        }
        bytes.addAndGet(-more);
        return false;
    }

    void release(long less) {
        bytes.addAndGet(-less);
    }

    /** Taken now. */
    long bytes() {
        return bytes.get();
    }
}
