package dev.parley.server.store;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;

/**
 * The container's DataSource and the few threads that wait for it, shared by all stores of this node. Any thread; nothing
 * blocks but {@link #close}.
 */
public final class Database implements AutoCloseable {
    private static final int WAITING_MAX = 10_000;
    private static final int THREADS = 3;

    private final Transactions transactions;
    private final ThreadPoolExecutor threads;

    public Database(DataSource dataSource, ThreadFactory threads) {
        this.transactions = new Transactions(dataSource);
        this.threads = new ThreadPoolExecutor(
                THREADS, THREADS, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING_MAX), threads);
    }

    Transactions transactions() {
        return transactions;
    }

    /** One transaction. */
    <T> CompletableFuture<T> query(Function<Handle, T> work) {
        return run(() -> transactions.runAgainOnCollision(work));
    }

    /** Something that takes several transactions. */
    <T> CompletableFuture<T> run(Supplier<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        try {
            threads.execute(() -> {
                try {
                    result.complete(work.get());
                } catch (RuntimeException | Error e) {
                    // Somebody waits for this, whatever went wrong; who asked reports it.
                    result.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(overloaded());
        }
        return result;
    }

    static StoreUnavailable overloaded() {
        return new StoreUnavailable("Too much waits for the database, or the node is going down.");
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
