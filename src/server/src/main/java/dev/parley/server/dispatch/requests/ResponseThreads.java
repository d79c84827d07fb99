package dev.parley.server.dispatch.requests;

import dev.parley.server.session.SessionExecutor;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * The threads that answer requests, and one for their deadlines. They are this node's own: GlassFish lets a managed
 * executor refuse an application's tasks before it undeploys the application, which is when the requests that wait must
 * be answered.
 *
 * <p>Thread rule: any thread may call any method; only {@link #close} blocks.
 */
public final class ResponseThreads implements Executor, AutoCloseable {
    /** One slow reader may occupy one thread. */
    private static final int WRITERS_MAX = 128;

    /** Requests of a node: each has one task at a time. */
    private static final int WAITING_MAX = 1_000_000;

    private final SessionExecutor writers;
    private final ScheduledThreadPoolExecutor alarms;

    /** One for each request whose response is not yet with the container; complete when it is. */
    private final Set<CompletableFuture<Void>> unwritten = ConcurrentHashMap.newKeySet();

    public ResponseThreads(ThreadFactory threads) {
        writers = new SessionExecutor(threads, WRITERS_MAX, WAITING_MAX);
        alarms = new ScheduledThreadPoolExecutor(1, threads);
        // Most requests are answered long before their deadline.
        alarms.setRemoveOnCancelPolicy(true);
    }

    /** Runs a task that may wait for the reader of a response. */
    @Override
    public void execute(Runnable task) {
        writers.execute(task);
    }

    /**
     * An executor for the last task of one request. The task makes the response, and the container, which waits for
     * that, writes it on the same thread. Until then the request is one of {@link #written}.
     */
    public Executor lastTask() {
        CompletableFuture<Void> written = new CompletableFuture<>();
        unwritten.add(written);
        return task -> execute(() -> {
            try {
                task.run();
            } finally {
                unwritten.remove(written);
                written.complete(null);
            }
        });
    }

    /** Completes when all requests that are here now are answered. The longest may take as long as its deadline. */
    public CompletableFuture<Void> written() {
        return CompletableFuture.allOf(unwritten.toArray(CompletableFuture[]::new));
    }

    /**
     * Runs a task later, if it is not cancelled. It must not block.
     *
     * @throws RejectedExecutionException after the close
     */
    public Future<?> schedule(Duration delay, Runnable task) {
        return alarms.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Completes the answers that are being written, up to a deadline. Deadlines of requests no longer end them. */
    @Override
    public void close() {
        alarms.shutdownNow();
        writers.close();
    }
}
