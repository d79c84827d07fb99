package dev.parley.client;

import dev.parley.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Questions that have no answer yet: asked once over each line, and again where the server refused for now. They have no
 * order among messages. The owner's alone; time is told.
 */
final class Requests {
    private static final long RETRY_NANOS = 500_000_000L;

    private static final class Entry {
        private final String json;
        private final Outcome<ServerMessage> outcome;
        private final long deadline;
        private boolean isOnLine;
        private long notBefore;

        private Entry(String json, Outcome<ServerMessage> outcome, long deadline, long now) {
            this.json = json;
            this.outcome = outcome;
            this.deadline = deadline;
            this.notBefore = now;
        }
    }

    private final Map<String, Entry> all = new LinkedHashMap<>();

    void ask(String id, String json, Outcome<ServerMessage> outcome, long deadline, long nanoTime) {
        all.put(id, new Entry(json, outcome, deadline, nanoTime));
    }

    /** The next one to write. */
    Optional<String> next(long nanoTime) {
        for (Entry entry : all.values()) {
            if (!entry.isOnLine && nanoTime - entry.notBefore >= 0) {
                entry.isOnLine = true;
                return Optional.of(entry.json);
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
            entry.outcome.succeeded(answer);
        }
    }

    void refused(String id, ParleyException why, long nanoTime) {
        Entry entry = all.get(id);
        if (entry == null) {
            return;
        }
        if (ParleyException.isRetryable(why.code())) {
            entry.isOnLine = false;
            entry.notBefore = nanoTime + why.retryAfter().map(Duration::toNanos).orElse(RETRY_NANOS);
        } else {
            all.remove(id);
            entry.outcome.failed(why);
        }
    }

    void lineLost() {
        all.values().removeIf(entry -> entry.outcome.endsWithLine());
        all.values().forEach(entry -> entry.isOnLine = false);
    }

    /**
     * When time alone changes something: a deadline, or the end of a pause.
     *
     * @param isOpen whether there is a line to ask over
     */
    OptionalLong nextDue(boolean isOpen, long nanoTime) {
        OptionalLong next = OptionalLong.empty();
        for (Entry entry : all.values()) {
            boolean isPaused = isOpen && !entry.isOnLine && entry.notBefore - nanoTime > 0;
            long due = isPaused && entry.notBefore - entry.deadline < 0 ? entry.notBefore : entry.deadline;
            if (next.isEmpty() || due - next.getAsLong() < 0) {
                next = OptionalLong.of(due);
            }
        }
        return next;
    }

    void expire(long nanoTime) {
        List<String> late = new ArrayList<>();
        all.forEach((id, entry) -> {
            if (nanoTime - entry.deadline >= 0) {
                late.add(id);
            }
        });
        late.forEach(id -> all.remove(id).outcome.failed(ParleyException.timeout()));
    }

    void fail(ParleyException why) {
        List<Entry> rest = List.copyOf(all.values());
        all.clear();
        rest.forEach(entry -> entry.outcome.failed(why));
    }

    int count() {
        return all.size();
    }
}
