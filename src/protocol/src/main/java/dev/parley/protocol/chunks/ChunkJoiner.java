package dev.parley.protocol.chunks;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.Utf8;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Joins the chunks of one session into messages. A transfer occupies memory only for the chunks that have arrived, not
 * for the announced count. Not thread-safe; the caller makes one call at a time.
 */
public final class ChunkJoiner {
    /** Maximum number of unfinished transfers of one session. */
    public static final int OPEN_MAX = 8;

    /** Maximum number of chunks of a transfer. A message of 1 MiB never needs more. */
    public static final int COUNT_MAX = 4_096;

    /**
     * Limits in bytes of UTF-8.
     *
     * @param message one joined message
     * @param open all unfinished messages of a session together
     */
    public record Bounds(int message, int open) {}

    /** The result of adding a chunk. */
    public sealed interface Result {
        /** More chunks must follow. */
        record Incomplete() implements Result {}

        record Complete(String json) implements Result {}

        /** The chunk is invalid, and its transfer is dropped. */
        record Rejected(String reason) implements Result {}

        /** The chunk belongs to a transfer that was rejected before. The rejection has been reported already. */
        record Late() implements Result {}
    }

    private static final class Transfer {
        private final int count;
        private final long begun;
        private final StringBuilder json = new StringBuilder();
        private int next;
        private int bytes;

        Transfer(int count, long begun) {
            this.count = count;
            this.begun = begun;
        }
    }

    private final Bounds bounds;
    private final LongSupplier nanoTime;
    private final Map<String, Transfer> open = new LinkedHashMap<>();
    /** Number of chunks of each rejected transfer that may still arrive, because they were in flight. */
    private final Map<String, Integer> rejected = new LinkedHashMap<>();

    private long bytes;

    /** @param nanoTime the monotonic time in nanoseconds */
    public ChunkJoiner(Bounds bounds, LongSupplier nanoTime) {
        this.bounds = bounds;
        this.nanoTime = nanoTime;
    }

    public Result add(ClientMessage.Chunk chunk) {
        String name = chunk.transfer();
        int index = chunk.index().orElseThrow();
        int count = chunk.count().orElseThrow();
        Transfer transfer = open.get(name);
        if (transfer == null && index > 0 && isLate(name)) {
            return new Result.Late();
        }
        if (count < 1 || count > COUNT_MAX || index < 0 || index >= count) {
            return reject(
                    name,
                    0,
                    "index " + index + " of " + count + "; there may be 1 to " + COUNT_MAX + " chunks, counted from 0");
        }
        if (chunk.data().isEmpty()) {
            return reject(name, count - index - 1, "chunk " + index + " is empty");
        }
        if (transfer == null) {
            if (index > 0) {
                return reject(name, count - index - 1, "it must begin with chunk 0, not " + index);
            }
            if (open.size() >= OPEN_MAX) {
                return reject(name, count - 1, OPEN_MAX + " others are unfinished, and more may not be");
            }
            transfer = new Transfer(count, nanoTime.getAsLong());
            open.put(name, transfer);
            rejected.remove(name);
        } else if (count != transfer.count) {
            return reject(name, 0, "it was announced as " + transfer.count + " chunks, now as " + count);
        } else if (index != transfer.next) {
            return reject(name, count - index - 1, "chunk " + transfer.next + " comes next, not " + index);
        }
        int length = Utf8.length(chunk.data());
        if (transfer.bytes + length > bounds.message()) {
            return reject(
                    name,
                    count - index - 1,
                    "it is longer than a message may be, which is " + bounds.message() + " bytes");
        }
        if (bytes + length > bounds.open()) {
            return reject(
                    name,
                    count - index - 1,
                    "unfinished messages may have " + bounds.open() + " bytes together; send them one after the other");
        }
        transfer.json.append(chunk.data());
        transfer.bytes += length;
        transfer.next++;
        bytes += length;
        if (transfer.next < count) {
            return new Result.Incomplete();
        }
        free(name);
        return new Result.Complete(transfer.json.toString());
    }

    private boolean isLate(String name) {
        Integer left = rejected.get(name);
        if (left == null || left == 0) {
            return false;
        }
        rejected.put(name, left - 1);
        return true;
    }

    private Result reject(String name, int late, String reason) {
        drop(name, late);
        return new Result.Rejected("Transfer '" + name + "' is rejected: " + reason + ".");
    }

    /** Drops a transfer. Its chunks that still arrive are {@link Result.Late}. */
    public void drop(String name) {
        Transfer transfer = open.get(name);
        drop(name, transfer == null ? 0 : transfer.count - transfer.next);
    }

    private void drop(String name, int late) {
        free(name);
        rejected.remove(name);
        rejected.put(name, late);
        if (rejected.size() > OPEN_MAX) {
            rejected.remove(rejected.keySet().iterator().next());
        }
    }

    private void free(String name) {
        Transfer transfer = open.remove(name);
        if (transfer != null) {
            bytes -= transfer.bytes;
        }
    }

    /** Drops transfers older than this, and returns their names. */
    public List<String> expire(long maxAgeNanos) {
        long now = nanoTime.getAsLong();
        List<String> expired = open.entrySet().stream()
                .filter(transfer -> now - transfer.getValue().begun >= maxAgeNanos)
                .map(Map.Entry::getKey)
                .toList();
        expired.forEach(this::drop);
        return expired;
    }

    /** Drops everything. */
    public void clear() {
        open.clear();
        rejected.clear();
        bytes = 0;
    }

    public boolean isEmpty() {
        return open.isEmpty();
    }

    /** Bytes of all unfinished messages. */
    public long bytes() {
        return bytes;
    }
}
