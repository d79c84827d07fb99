package dev.parley.acceptance.support;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** One direction of a relayed line: bytes pass, are held up, crawl, or vanish. Any thread. */
final class Throttle {
    private final AtomicLong late;
    private boolean isHeld;
    private boolean isLosing;
    private long nanosPerByte;

    /** @param late counts the bytes that had to wait */
    Throttle(AtomicLong late) {
        this.late = late;
    }

    /** Until {@link #flow}. */
    synchronized void hold() {
        isHeld = true;
    }

    /** Until {@link #flow}. */
    synchronized void slow(int bytesPerSecond) {
        nanosPerByte = TimeUnit.SECONDS.toNanos(1) / bytesPerSecond;
    }

    /** For good: of a stream with a gap nobody could make sense. */
    synchronized void lose() {
        isLosing = true;
        notifyAll();
    }

    synchronized void flow() {
        isHeld = false;
        nanosPerByte = 0;
        notifyAll();
    }

    /** Waits until so many bytes may pass. @return false where they vanish instead */
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
