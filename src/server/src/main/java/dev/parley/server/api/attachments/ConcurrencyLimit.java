package dev.parley.server.api.attachments;

import java.util.HashMap;
import java.util.Map;

/** A limit on concurrent operations of one kind, in total and per caller. Any thread. */
final class ConcurrencyLimit {
    private final int all;
    private final int perCaller;
    /** Guarded by this; holds only callers with running operations. */
    private final Map<String, Integer> taken = new HashMap<>();
    /** Guarded by this. */
    private int takenInAll;

    ConcurrencyLimit(int all, int perCaller) {
        this.all = all;
        this.perCaller = perCaller;
    }

    /**
     * @param caller a user's key or an address
     * @return false if the limit is reached; if true, the caller must {@link #release} later
     */
    synchronized boolean tryAcquire(String caller) {
        if (takenInAll >= all || taken.getOrDefault(caller, 0) >= perCaller) {
            return false;
        }
        takenInAll++;
        taken.merge(caller, 1, Integer::sum);
        return true;
    }

    synchronized void release(String caller) {
        takenInAll--;
        taken.computeIfPresent(caller, (name, count) -> count == 1 ? null : count - 1);
    }
}
