package dev.parley.server.backplane;

import dev.parley.server.http.Problem;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.LongConsumer;

/**
 * Gathers what other nodes answer to questions of this one. A question ends when all have answered, or at its deadline;
 * what is answered later, twice or unasked is dropped.
 *
 * <p>Thread rule: any thread may call any method; none blocks.
 *
 * @param <A> an answer
 */
final class ScatterGather<A> {
    static final Duration DEADLINE = Duration.ofSeconds(1);

    /** Questions that are open at a time. */
    static final int OPEN_MAX = 32;

    private final BiConsumer<Duration, Runnable> timer;

    private final Object lock = new Object();
    /** The open questions by number. Guarded by the lock, as what is in them. */
    private final Map<Long, Gathering<A>> open = new HashMap<>();
    /** Guarded by the lock. */
    private long lastQuestion;

    /** @param timer runs a task after a time; must not block */
    ScatterGather(BiConsumer<Duration, Runnable> timer) {
        this.timer = timer;
    }

    private static final class Gathering<A> {
        private final Set<String> awaited;
        private final Map<String, A> answers = new HashMap<>();
        private final CompletableFuture<Map<String, A>> result = new CompletableFuture<>();

        private Gathering(Set<String> nodes) {
            awaited = new HashSet<>(nodes);
        }
    }

    /**
     * Asks nodes a question. The stage completes with the answers, by node; of a node that does not answer in time
     * there is none. It fails with {@link Problem.Refused} if too many questions are open.
     *
     * @param scatter sends the question, whose number it gets, to the nodes; must not block
     */
    CompletionStage<Map<String, A>> ask(Set<String> nodes, LongConsumer scatter) {
        if (nodes.isEmpty()) {
            return CompletableFuture.completedStage(Map.of());
        }
        Gathering<A> gathering = new Gathering<>(nodes);
        long question;
        synchronized (lock) {
            if (open.size() >= OPEN_MAX) {
                return CompletableFuture.failedStage(new Problem.Refused(Problem.tryLater(
                        "This node waits for the answers of others to " + OPEN_MAX + " questions already.",
                        Problem.SOON)));
            }
            lastQuestion++;
            question = lastQuestion;
            open.put(question, gathering);
        }
        timer.accept(DEADLINE, () -> end(question));
        scatter.accept(question);
        return gathering.result;
    }

    /** A node has answered a question. */
    void answered(long question, String node, A answer) {
        synchronized (lock) {
            Gathering<A> gathering = open.get(question);
            if (gathering == null || !gathering.awaited.remove(node)) {
                return;
            }
            gathering.answers.put(node, answer);
            if (!gathering.awaited.isEmpty()) {
                return;
            }
        }
        end(question);
    }

    private void end(long question) {
        Gathering<A> ended;
        synchronized (lock) {
            ended = open.remove(question);
        }
        if (ended != null) {
            // Nobody changes it any more: it is not among the open ones.
            ended.result.complete(Map.copyOf(ended.answers));
        }
    }
}
