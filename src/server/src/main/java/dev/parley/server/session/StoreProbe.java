package dev.parley.server.session;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Checks whether the store answers, at most once a second for any number of callers. An answer is valid for a second,
 * and callers that come while a check is running share its answer. Any thread; nothing blocks.
 */
public final class StoreProbe {
    /** How long an answer is valid. */
    static final Duration FRESH = Duration.ofSeconds(1);

    /** How long callers should wait. After that a running check counts as failed for later callers. */
    public static final Duration DEADLINE = Duration.ofSeconds(2);

    private record Question(CompletableFuture<Boolean> answer, long askedAt) {}

    private final Supplier<CompletionStage<?>> store;
    private final LongSupplier nanoTime;
    private final Object lock = new Object();
    private Question last;

    /**
     * @param store starts any query of the store; a stage that fails means unreachable
     * @param nanoTime the monotonic clock
     */
    public StoreProbe(Supplier<CompletionStage<?>> store, LongSupplier nanoTime) {
        this.store = store;
        this.nanoTime = nanoTime;
        this.last = new Question(CompletableFuture.completedFuture(false), nanoTime.getAsLong() - FRESH.toNanos());
    }

    /** Completes when the store has answered, on one of its threads, which may take longer than {@link #DEADLINE}. */
    CompletionStage<Boolean> isReachable() {
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
            // Otherwise the check would stay open and none would ever follow it.
            answer.complete(false);
            throw e;
        }
    }
}
