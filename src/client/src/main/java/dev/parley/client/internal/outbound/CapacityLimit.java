package dev.parley.client.internal.outbound;

/**
 * A limit on the number and bytes of unanswered messages, requests or files. It is acquired on the application's own
 * threads, so that a flood is rejected there and does not fill the event loop's queue. It is released when the result
 * is completed. Any thread may call any method.
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

    synchronized void release(long oldBytes) {
        count--;
        bytes -= oldBytes;
    }

    public synchronized int count() {
        return count;
    }

    @Override
    public synchronized String toString() {
        return count + " of " + maxCount + " and " + bytes + " of " + maxBytes + " bytes";
    }
}
