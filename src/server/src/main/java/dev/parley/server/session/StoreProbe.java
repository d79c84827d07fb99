package dev.parley.server.session;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Asks the store whether it answers, once a second at most for any number of callers: an answer is valid for a second,
 * and callers that come while a question is under way share its answer. Any thread; nothing blocks.
 */
public final class StoreProbe {
    /** How long an answer is valid. */
    static final Duration FRESH = Duration.ofSeconds(1);

    /** How long callers should wait. After that the question counts as answered with no, for later callers at once. */
    public static final Duration DEADLINE = Duration.ofSeconds(2);

    private record Question(CompletableFuture<Boolean> answer, long askedAt) {}

    private final Supplier<CompletionStage<?>> store;
    private final LongSupplier nanoTime;
    private final Object lock = new Object();
    private Question last;

    /**
     * @param store asks the store for anything; a stage that fails is a no
     * @param nanoTime the monotonic clock
     */
    public StoreProbe(Supplier<CompletionStage<?>> store, LongSupplier nanoTime) {
        this.store = store;
        this.nanoTime = nanoTime;
        this.last = new Question(CompletableFuture.completedFuture(false), nanoTime.getAsLong() - FRESH.toNanos());
    }

    /** Completes when the store has answered, on one of its threads, which may take longer than {@link #DEADLINE}. */
    public CompletionStage<Boolean> isReachable() {
        Question question;
        synchronized (lock) {
            long age = nanoTime.getAsLong() - last.askedAt();
            if (!last.answer().isDone()) {
                return age < DEADLINE.toNanos() ? last.answer() : CompletableFuture.completedFuture(false);
            }
            if (age < FRESH.toNanos()) {
                return last.answer();
            }
            question = new Question(new CompletableFuture<>(), nanoTime.getAsLong());
            last = question;
        }
        ask(question.answer());
        return question.answer();
    }

    private void ask(CompletableFuture<Boolean> answer) {
        try {
            store.get().whenComplete((done, failure) -> answer.complete(failure == null));
        } catch (RuntimeException | Error e) {
            // Else nobody would ever ask again.
            answer.complete(false);
            throw e;
        }
    }
}
