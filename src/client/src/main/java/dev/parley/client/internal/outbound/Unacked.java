package dev.parley.client.internal.outbound;

import dev.parley.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The messages without an answer, in the order in which the application sent them. Each ends in exactly one of ack,
 * final error and timeout. Until then it is written once on each connection, and again after a retryable error, behind
 * the messages before it. Confined to the event loop; callers pass the monotonic time in nanoseconds.
 */
public final class Unacked {
    /**
     * Initial send window, also after a refusal; it grows by one with each answer. The messages of one window may all
     * be refused, so it is smaller than the ten refusals a minute after which the server closes the connection.
     */
    private static final int WINDOW_FIRST = 8;

    private static final int WINDOW_MAX = 256;

    /** Pause before a retry if the server gives none. */
    private static final long RETRY_NANOS = 500_000_000L;

    /** One message without an answer. */
    public static final class Entry {
        private final String id;
        private final String json;
        private final long sentAt;
        private final long deadline;
        private final SendCallback<ServerMessage.Ack> callback;
        private long number;
        private boolean isSent;

        public Entry(String id, String json, long sentAt, long deadline, SendCallback<ServerMessage.Ack> callback) {
            this.id = id;
            this.json = json;
            this.sentAt = sentAt;
            this.deadline = deadline;
            this.callback = callback;
        }

        String id() {
            return id;
        }

        String json() {
            return json;
        }

        long sentAt() {
            return sentAt;
        }

        public SendCallback<ServerMessage.Ack> callback() {
            return callback;
        }
    }

    private final TokenBucket bucket;
    private final Map<String, Entry> all = new LinkedHashMap<>();
    private final TreeMap<Long, Entry> waiting = new TreeMap<>();
    private long numbers;
    private int onLine;
    private int window = WINDOW_FIRST;
    /** After a refusal, nothing is sent before this time, nor before all messages in flight are answered. */
    private OptionalLong heldUntil = OptionalLong.empty();

    Unacked(TokenBucket bucket) {
        this.bucket = bucket;
    }

    void add(Entry entry) {
        entry.number = numbers++;
        all.put(entry.id, entry);
        waiting.put(entry.number, entry);
    }

    /** The next message to write. From now on it is in flight. */
    Optional<Entry> next(long nanoTime) {
        if (isHeld(nanoTime) || waiting.isEmpty() || onLine >= window || !bucket.take(nanoTime)) {
            return Optional.empty();
        }
        heldUntil = OptionalLong.empty();
        Entry entry = waiting.pollFirstEntry().getValue();
        entry.isSent = true;
        onLine++;
        return Optional.of(entry);
    }

    private boolean isHeld(long nanoTime) {
        return heldUntil.isPresent() && (onLine > 0 || nanoTime - heldUntil.getAsLong() < 0);
    }

    /** Nanoseconds until {@link #next} has a message; empty if it does not depend on time. */
    OptionalLong waitNanos(long nanoTime) {
        if (waiting.isEmpty() || onLine >= window || (heldUntil.isPresent() && onLine > 0)) {
            return OptionalLong.empty();
        }
        long held = heldUntil.isPresent() ? heldUntil.getAsLong() - nanoTime : 0;
        return OptionalLong.of(Math.max(0, Math.max(held, bucket.waitNanos(nanoTime))));
    }

    /** Removes and returns the message with this id, because its answer is final. */
    Optional<Entry> settle(String id) {
        Optional<Entry> entry = Optional.ofNullable(all.remove(id));
        entry.ifPresent(this::forget);
        window = Math.min(WINDOW_MAX, window + (entry.isPresent() ? 1 : 0));
        return entry;
    }

    private void forget(Entry entry) {
        if (entry.isSent) {
            onLine--;
        } else {
            waiting.remove(entry.number);
        }
    }

    boolean contains(String id) {
        return all.containsKey(id);
    }

    /**
     * Handles a retryable refusal. The message is sent again, as are the ones after it, which the server refuses too.
     *
     * @param retryAfter the pause that the server demands
     */
    void refused(String id, Optional<Duration> retryAfter, long nanoTime) {
        Entry entry = all.get(id);
        if (entry == null || !entry.isSent) {
            return;
        }
        entry.isSent = false;
        onLine--;
        waiting.put(entry.number, entry);
        window = WINDOW_FIRST;
        if (heldUntil.isEmpty()) {
            heldUntil =
                    OptionalLong.of(nanoTime + retryAfter.map(Duration::toNanos).orElse(RETRY_NANOS));
        }
    }

    /** The connection has ended. Everything is written again on the next one. */
    void connectionLost() {
        all.values().stream().filter(entry -> entry.isSent).forEach(entry -> {
            entry.isSent = false;
            waiting.put(entry.number, entry);
        });
        onLine = 0;
        window = WINDOW_FIRST;
        heldUntil = OptionalLong.empty();
    }

    /** Removes and returns the messages whose deadline has passed. */
    List<Entry> expire(long nanoTime) {
        List<Entry> expired = new ArrayList<>();
        // All have the same timeout, so the oldest expire first.
        while (!all.isEmpty()) {
            Entry oldest = all.values().iterator().next();
            if (nanoTime - oldest.deadline < 0) {
                break;
            }
            all.remove(oldest.id);
            forget(oldest);
            expired.add(oldest);
        }
        return expired;
    }

    /** The earliest deadline. */
    OptionalLong firstDeadline() {
        return all.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(all.values().iterator().next().deadline);
    }

    /** Removes and returns all messages. */
    List<Entry> clear() {
        List<Entry> rest = List.copyOf(all.values());
        all.clear();
        waiting.clear();
        onLine = 0;
        return rest;
    }

    int count() {
        return all.size();
    }
}
