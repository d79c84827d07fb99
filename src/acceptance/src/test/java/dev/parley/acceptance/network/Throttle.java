package dev.parley.acceptance.network;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Flow control for one direction of a relayed connection: bytes pass, wait, pass slowly, or are dropped. Any thread may
 * call any method.
 */
final class Throttle {
    private final AtomicLong late;
    private boolean isHeld;
    private boolean isLosing;
    private long nanosPerByte;

    /** @param late counts the delayed bytes */
    Throttle(AtomicLong late) {
        this.late = late;
    }

    /** Stops all bytes until {@link #flow}. */
    synchronized void hold() {
        isHeld = true;
    }

    /** Limits the throughput until {@link #flow}. */
    synchronized void slow(int bytesPerSecond) {
        nanosPerByte = TimeUnit.SECONDS.toNanos(1) / bytesPerSecond;
    }

    /** Drops all further bytes. Permanent, because a stream with a gap would be unreadable. */
    synchronized void lose() {
        isLosing = true;
        notifyAll();
    }

    synchronized void flow() {
        isHeld = false;
        nanosPerByte = 0;
        notifyAll();
    }

    /**
     * Waits until this many bytes may pass.
     *
     * @return false if they must be dropped instead
     */
    synchronized boolean pass(int count) throws InterruptedException {
        long since = System.nanoTime();
        long wait = waitNanos(count, since);
        if (wait > 0) {
            late.addAndGet(count);
        }
        for (; wait > 0; wait = waitNanos(count, since)) {
            TimeUnit.NANOSECONDS.timedWait(this, wait);
        }
        return !isLosing;
    }

    private long waitNanos(int count, long since) {
        if (isLosing) {
            return 0;
        }
        return isHeld ? Long.MAX_VALUE : since + count * nanosPerByte - System.nanoTime();
    }
}
