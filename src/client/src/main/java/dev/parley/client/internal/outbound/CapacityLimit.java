package dev.parley.client.internal.outbound;

/**
 * How much may wait for its answer. Asked on the application's own threads, so that a flood ends there and not in the
 * event loop's queue; given back when the application has the result in its hands. Any thread may call any method.
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
