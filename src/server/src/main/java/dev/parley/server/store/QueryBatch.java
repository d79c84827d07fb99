package dev.parley.server.store;

import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.model.StoreUnavailable;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Answers questions of one kind, by one query for those that come at the same time: clients that return together after
 * a failure ask alike. A question that comes alone is asked at once. After a query for several, the next one begins
 * {@link #PAUSE} later at the earliest, so that a storm is a few queries and not one for each client.
 *
 * <p>Thread rule: any thread may call any method; none blocks. Answers complete on a thread of {@link Database}.
 */
final class QueryBatch<Q, A> {
    /** Pause under load: what a sign-in may wait longer, and with {@link #QUESTIONS_MAX} a bound of the questions. */
    static final Duration PAUSE = Duration.ofMillis(20);

    /** Questions of one query, whose answers are in memory together. */
    static final int QUESTIONS_MAX = 100;

    /** Queries under way at the same time: one whose connection is dead holds up nobody behind it. */
    private static final int QUERIES_MAX = 2;

    private static final int WAITING_MAX = 20_000;

    private record Waiting<Q, A>(Q question, CompletableFuture<A> answer) {}

    private final Database database;
    private final Function<List<Q>, List<A>> query;

    private final Object lock = new Object();
    /** Guarded by the lock, as all below. */
    private final Deque<Waiting<Q, A>> waiting = new ArrayDeque<>();

    private int queries;
    private boolean isPausing;

    private volatile BiConsumer<Duration, Runnable> later = (pause, action) -> action.run();

    /** @param query answers the questions in their order; blocks, on a thread of the database */
    QueryBatch(Database database, Function<List<Q>, List<A>> query) {
        this.database = database;
        this.query = query;
    }

    /** @param scheduler runs an action after a time, on any thread; without one there are no pauses */
    void pauseBy(BiConsumer<Duration, Runnable> scheduler) {
        later = scheduler;
    }

    /** Fails with {@link StoreUnavailable} after a transient failure. */
    CompletionStage<A> ask(Q question) {
        CompletableFuture<A> answer = new CompletableFuture<>();
        synchronized (lock) {
            if (waiting.size() >= WAITING_MAX) {
                return CompletableFuture.failedFuture(Database.overloaded());
            }
            waiting.add(new Waiting<>(question, answer));
        }
        startQuery();
        return answer;
    }

    private void startQuery() {
        synchronized (lock) {
            if (waiting.isEmpty() || isPausing || queries >= QUERIES_MAX) {
                return;
            }
            queries++;
        }
        database.run(() -> {
                    // Taken only now: more may have come while this task waited for its thread.
                    List<Waiting<Q, A>> taken = take();
                    answer(taken);
                    return taken;
                })
                .whenComplete((taken, failure) -> {
                    synchronized (lock) {
                        queries--;
                    }
                    if (failure == null) {
                        startQuery();
                    } else {
                        // The database takes no more work: nothing else would answer those who wait.
                        takeAll().forEach(one -> one.answer().completeExceptionally(failure));
                    }
                });
    }

    private List<Waiting<Q, A>> take() {
        List<Waiting<Q, A>> taken = new ArrayList<>();
        boolean pauses;
        synchronized (lock) {
            while (taken.size() < QUESTIONS_MAX && !waiting.isEmpty()) {
                taken.add(waiting.remove());
            }
            pauses = taken.size() > 1 && !isPausing;
            isPausing |= pauses;
        }
        if (pauses) {
            later.accept(PAUSE, this::endPause);
        }
        return taken;
    }

    private List<Waiting<Q, A>> takeAll() {
        synchronized (lock) {
            List<Waiting<Q, A>> taken = List.copyOf(waiting);
            waiting.clear();
            return taken;
        }
    }

    private void endPause() {
        synchronized (lock) {
            isPausing = false;
        }
        startQuery();
    }

    private void answer(List<Waiting<Q, A>> asked) {
        if (asked.isEmpty()) {
            return;
        }
        List<A> answers;
        try {
            answers = query.apply(asked.stream().map(Waiting::question).toList());
        } catch (StoreUnavailable e) {
            asked.forEach(one -> one.answer().completeExceptionally(e));
            return;
        } catch (RuntimeException | Error e) {
            failed(asked, e);
            return;
        }
        for (int i = 0; i < asked.size(); i++) {
            asked.get(i).answer().complete(answers.get(i));
        }
    }

    /** A question that the database refuses must not fail the others. */
    private void failed(List<Waiting<Q, A>> asked, Throwable failure) {
        if (asked.size() == 1) {
            asked.get(0).answer().completeExceptionally(failure);
        } else {
            asked.forEach(one -> answer(List.of(one)));
        }
    }
}
