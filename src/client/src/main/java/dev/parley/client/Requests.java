package dev.parley.client;

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

/**
 * Questions that have no answer yet: asked once over each line, and again where the server refused for now. They have no
 * order among messages; of those about one room or metric, each waits for the answer to the one before, or what was refused
 * for now would come after what was asked later. The owner's alone; time is told.
 */
final class Requests {
    private static final long RETRY_NANOS = 500_000_000L;

    /**
     * @param json to write
     * @param subject the room or metric that it changes something about
     * @param pace at which questions like this one are asked
     * @param isOfLine whether it says nothing on another line, so that it is forgotten with this one
     */
    record Question(
            String json,
            Optional<String> subject,
            Pace pace,
            boolean isOfLine,
            long deadline,
            Outcome<ServerMessage> outcome) {}

    private static final class Entry {
        private final Question question;
        private boolean isOnLine;
        private long notBefore;

        private Entry(Question question, long now) {
            this.question = question;
            this.notBefore = now;
        }
    }

    private final Map<String, Entry> all = new LinkedHashMap<>();

    void ask(String id, Question question, long nanoTime) {
        all.put(id, new Entry(question, nanoTime));
    }

    /** The next one to write. */
    Optional<String> next(long nanoTime) {
        Set<String> subjects = new HashSet<>();
        for (Entry entry : all.values()) {
            boolean isFirst = entry.question.subject().map(subjects::add).orElse(true);
            if (isFirst
                    && !entry.isOnLine
                    && nanoTime - entry.notBefore >= 0
                    && entry.question.pace().take(nanoTime)) {
                entry.isOnLine = true;
                return Optional.of(entry.question.json());
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
            entry.question.outcome().succeeded(answer);
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
            entry.question.outcome().failed(why);
        }
    }

    void lineLost() {
        all.values().removeIf(entry -> entry.question.isOfLine());
        all.values().forEach(entry -> entry.isOnLine = false);
    }

    /**
     * When time alone changes something: a deadline, the end of a pause, or the pace.
     *
     * @param isOpen whether there is a line to ask over
     */
    OptionalLong nextDue(boolean isOpen, long nanoTime) {
        OptionalLong next = OptionalLong.empty();
        for (Entry entry : all.values()) {
            long due = entry.question.deadline();
            if (isOpen && !entry.isOnLine) {
                long wait = Math.max(
                        entry.notBefore - nanoTime, entry.question.pace().waitNanos(nanoTime));
                // What may be written at once waits for the writer, not for time.
                due = wait > 0 && nanoTime + wait - due < 0 ? nanoTime + wait : due;
            }
            if (next.isEmpty() || due - next.getAsLong() < 0) {
                next = OptionalLong.of(due);
            }
        }
        return next;
    }

    void expire(long nanoTime) {
        // First taken out, then told: who hears it may end the line.
        List<Entry> late = new ArrayList<>();
        all.values().removeIf(entry -> nanoTime - entry.question.deadline() >= 0 && late.add(entry));
        late.forEach(entry -> entry.question.outcome().failed(ParleyException.timeout()));
    }

    void fail(ParleyException why) {
        List<Entry> rest = List.copyOf(all.values());
        all.clear();
        rest.forEach(entry -> entry.question.outcome().failed(why));
    }

    int count() {
        return all.size();
    }
}
