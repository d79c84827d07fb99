package dev.parley.client.internal.outbound;

import dev.parley.client.ParleyException;
import dev.parley.client.internal.transport.ClientErrors;
import dev.parley.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Requests without an answer. Each is sent once on each connection, and again after a retryable error. Their order
 * relative to messages is undefined. Of the requests about one room or metric, each waits for the answer to the one
 * before it: otherwise a retried request could overtake a later one. Confined to the event loop; callers pass the
 * monotonic time in nanoseconds.
 */
final class PendingRequests {
    private static final long RETRY_NANOS = 500_000_000L;

    /**
     * @param json the message to write
     * @param subject the room or metric whose state it changes
     * @param bucket the rate limit for this kind of request
     * @param cost what it takes of that
     * @param isPerConnection whether it has no meaning on another connection, so that it is forgotten with this one
     */
    record Request(
            String json,
            Optional<String> subject,
            TokenBucket bucket,
            int cost,
            boolean isPerConnection,
            long deadline,
            SendCallback<ServerMessage> callback) {}

    private static final class Entry {
        private final Request request;
        private boolean isSent;
        private long notBefore;

        private Entry(Request request, long now) {
            this.request = request;
            this.notBefore = now;
        }
    }

    private final Map<String, Entry> all = new LinkedHashMap<>();

    void ask(String id, Request request, long nanoTime) {
        all.put(id, new Entry(request, nanoTime));
    }

    /** The next request to write. */
    Optional<String> next(long nanoTime) {
        Set<String> subjects = new HashSet<>();
        for (Entry entry : all.values()) {
            boolean isFirst = entry.request.subject().map(subjects::add).orElse(true);
            if (isFirst
                    && !entry.isSent
                    && nanoTime - entry.notBefore >= 0
                    && entry.request.bucket().take(entry.request.cost(), nanoTime)) {
                entry.isSent = true;
                return Optional.of(entry.request.json());
            }
        }
        return Optional.empty();
    }

    boolean contains(String id) {
        return all.containsKey(id);
    }

    void answered(String id, ServerMessage answer) {
        Entry entry = all.remove(id);
        if (entry != null) {
            entry.request.callback().succeeded(answer);
        }
    }

    void refused(String id, ParleyException why, long nanoTime) {
        Entry entry = all.get(id);
        if (entry == null) {
            return;
        }
        if (ClientErrors.isRetryable(why.code())) {
            entry.isSent = false;
            entry.notBefore = nanoTime + why.retryAfter().map(Duration::toNanos).orElse(RETRY_NANOS);
        } else {
            all.remove(id);
            entry.request.callback().failed(why);
        }
    }

    void connectionLost() {
        all.values().removeIf(entry -> entry.request.isPerConnection());
        all.values().forEach(entry -> entry.isSent = false);
    }

    /**
     * The earliest time at which something expires or may be sent: a deadline, the end of a pause, or the rate limit.
     *
     * @param isOpen whether there is an open connection
     */
    OptionalLong nextDeadline(boolean isOpen, long nanoTime) {
        OptionalLong next = OptionalLong.empty();
        for (Entry entry : all.values()) {
            long due = entry.request.deadline();
            if (isOpen && !entry.isSent) {
                long wait = Math.max(
                        entry.notBefore - nanoTime, entry.request.bucket().waitNanos(entry.request.cost(), nanoTime));
                // A request that may be sent at once waits for the writer, not for a time.
                due = wait > 0 && nanoTime + wait - due < 0 ? nanoTime + wait : due;
            }
            if (next.isEmpty() || due - next.getAsLong() < 0) {
                next = OptionalLong.of(due);
            }
        }
        return next;
    }

    void expire(long nanoTime, Supplier<ParleyException> why) {
        // All are removed before the first callback, because a callback may end the connection.
        List<Entry> late = new ArrayList<>();
        all.values().removeIf(entry -> nanoTime - entry.request.deadline() >= 0 && late.add(entry));
        late.forEach(entry -> entry.request.callback().failed(why.get()));
    }

    void fail(ParleyException why) {
        List<Entry> rest = List.copyOf(all.values());
        all.clear();
        rest.forEach(entry -> entry.request.callback().failed(why));
    }

    int count() {
        return all.size();
    }
}
