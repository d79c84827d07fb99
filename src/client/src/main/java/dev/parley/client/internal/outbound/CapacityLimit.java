package dev.parley.client.internal.outbound;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A limit on the number and bytes of unanswered messages, requests or files. It is acquired on the application's own
 * threads, so that a flood is rejected there and does not fill the event loop's queue. It is released when the result
 * is completed. Any thread may call any method; only {@link #acquire} blocks.
 */
public final class CapacityLimit {
    private final int maxCount;
    private final long maxBytes;
    private int count;
    private long bytes;

    public CapacityLimit(int maxCount, long maxBytes) {
        this.maxCount = maxCount;
        this.maxBytes = maxBytes;
    }

    public synchronized boolean tryAcquire(long newBytes) {
        if (count >= maxCount || bytes + newBytes > maxBytes) {
            return false;
        }
        count++;
        bytes += newBytes;
        return true;
    }

    /**
     * The same, but waits for room. Returns false after this time, and at once if the bytes can never fit. Threads that
     * wait have no order among them.
     */
    public synchronized boolean acquire(long newBytes, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!tryAcquire(newBytes)) {
            long left = deadline - System.nanoTime();
            if (left <= 0 || newBytes > maxBytes) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }

    public synchronized void release(long oldBytes) {
        count--;
        bytes -= oldBytes;
        notifyAll();
    }

    public synchronized int count() {
        return count;
    }

    @Override
    public synchronized String toString() {
        return count + " of " + maxCount + " and " + bytes + " of " + maxBytes + " bytes";
    }
}
