package dev.parley.server.backplane;

import dev.parley.server.log.LogThrottle;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.LongConsumer;

/**
 * Gathers what other nodes answer to questions of this one. A question ends when all have answered, or at its deadline;
 * what is answered later, twice or unasked is dropped. Equal questions that are open at the same time are asked once.
 *
 * <p>Thread rule: any thread may call any method; none blocks.
 *
 * @param <A> an answer, as it comes
 * @param <R> an answer, as it is read
 */
final class ScatterGather<A, R> {
    static final Duration DEADLINE = Duration.ofSeconds(1);

    /** Questions that are open at a time. */
    static final int OPEN_MAX = 32;

    private static final LogThrottle BUGS =
            new LogThrottle(System.getLogger(ScatterGather.class.getName()), System::nanoTime);

    private final BiConsumer<Duration, Runnable> timer;
    private final Executor executor;

    private final Object lock = new Object();
    /** The open questions by number. Guarded by the lock, as what is in them. */
    private final Map<Long, Gathering<A, R>> open = new HashMap<>();
    /** Guarded by the lock. */
    private long lastNumber;

    /**
     * @param timer runs a task after a time; must not block
     * @param executor reads the answers, of which many may come at once: not on the threads that bring them
     */
    ScatterGather(BiConsumer<Duration, Runnable> timer, Executor executor) {
        this.timer = timer;
        this.executor = executor;
    }

    /**
     * What is asked of whom.
     *
     * @param subject equal if the answers are the same
     */
    private record Question(Object subject, Set<String> nodes) {}

    private static final class Gathering<A, R> {
        private final Question question;
        private final Set<String> awaited;
        private final Map<String, A> answers = new HashMap<>();
        private final CompletableFuture<Map<String, A>> ended = new CompletableFuture<>();
        private final CompletionStage<Map<String, R>> result;

        private Gathering(Question question, Function<A, R> reader, Executor executor) {
            this.question = question;
            awaited = new HashSet<>(question.nodes());
            result = ended.thenApplyAsync(all -> read(all, reader), executor);
        }
    }

    /**
     * Asks nodes a question. The stage completes with the answers, by node; of a node that does not answer in time, or
     * whose answer cannot be read, there is none. It fails with {@link TooManyQuestions} if as many are open.
     *
     * @param subject of the question; equal if the answers to another one are answers to it, too
     * @param reader throws unchecked exceptions if an answer is not as it should be
     * @param scatter sends the question, whose number it gets, to the nodes; must not block
     */
    CompletionStage<Map<String, R>> ask(
            Object subject, Set<String> nodes, Function<A, R> reader, LongConsumer scatter) {
        if (nodes.isEmpty()) {
            return CompletableFuture.completedStage(Map.of());
        }
        Question question = new Question(subject, Set.copyOf(nodes));
        Gathering<A, R> gathering = new Gathering<>(question, reader, executor);
        long number;
        synchronized (lock) {
            Optional<Gathering<A, R>> same = open.values().stream()
                    .filter(one -> one.question.equals(question))
                    .findFirst();
            if (same.isPresent()) {
                return same.get().result;
            }
            if (open.size() >= OPEN_MAX) {
                return CompletableFuture.failedStage(new TooManyQuestions(OPEN_MAX));
            }
            lastNumber++;
            number = lastNumber;
            open.put(number, gathering);
        }
        timer.accept(DEADLINE, () -> end(number));
        scatter.accept(number);
        return gathering.result;
    }

    /** A node has answered a question. */
    void answered(long number, String node, A answer) {
        synchronized (lock) {
            Gathering<A, R> gathering = open.get(number);
            if (gathering == null || !gathering.awaited.remove(node)) {
                return;
            }
            gathering.answers.put(node, answer);
            if (!gathering.awaited.isEmpty()) {
                return;
            }
        }
        end(number);
    }

    private void end(long number) {
        Gathering<A, R> gathering;
        synchronized (lock) {
            gathering = open.remove(number);
        }
        if (gathering != null) {
            // Nobody changes it any more: it is not among the open ones.
            gathering.ended.complete(gathering.answers);
        }
    }

    private static <A, R> Map<String, R> read(Map<String, A> answers, Function<A, R> reader) {
        Map<String, R> read = new HashMap<>();
        answers.forEach((node, answer) -> {
            try {
                read.put(node, reader.apply(answer));
            } catch (RuntimeException | StackOverflowError e) {
                // Of a later version, or of somebody else who writes to the backplane.
                BUGS.error("An answer of another node is not understood, as if the node had not answered.", e);
            }
        });
        return Map.copyOf(read);
    }
}
