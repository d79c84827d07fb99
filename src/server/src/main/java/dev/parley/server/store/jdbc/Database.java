package dev.parley.server.store.jdbc;

import dev.parley.server.store.model.StoreUnavailable;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;

/**
 * The container's DataSource and the few threads that block on it, shared by all stores of this node. Any thread; only
 * {@link #close} blocks.
 */
public final class Database implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Database.class.getName());
    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(10);
    /** The URL that H2 gives has no settings. A setting that H2 has stored is listed twice. */
    private static final String H2_SETTINGS = """
            select setting_name, max(cast(setting_value as integer)) from information_schema.settings
            where setting_name in ('WRITE_DELAY', 'MAX_COMPACT_TIME') group by setting_name
            """;

    private static final String POSTGRES_SETTINGS = """
            select name, setting from pg_settings where name in ('fsync', 'synchronous_commit')
            """;

    private static final int WAITING_MAX = 10_000;

    /** Threads where no setting says how many. */
    private static final int THREADS = 3;

    private final DatabaseState state;
    private final Transactions transactions;
    private final ThreadPoolExecutor threads;

    public Database(DataSource dataSource, ThreadFactory threads) {
        this(dataSource, threads, System::nanoTime);
    }

    /** @param nanoTime the monotonic clock */
    public Database(DataSource dataSource, ThreadFactory threads, LongSupplier nanoTime) {
        this(dataSource, threads, THREADS, nanoTime);
    }

    /** @param count number of threads; each takes one connection at a time */
    public Database(DataSource dataSource, ThreadFactory threads, int count, LongSupplier nanoTime) {
        this.state = new DatabaseState(nanoTime);
        this.transactions = new Transactions(dataSource, state);
        this.threads = new ThreadPoolExecutor(
                count, count, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING_MAX), threads);
    }

    public Transactions transactions() {
        return transactions;
    }

    /** The present problem of the database, for administrators; empty if there is none. */
    public Optional<String> problem() {
        return state.problem();
    }

    /**
     * Why the database may lose what was acknowledged, each reason with its remedy; for the log of the start. Reads on
     * the calling thread.
     *
     * @throws StoreUnavailable after a transient failure
     */
    public List<String> durabilityWarnings() {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath();
        return transactions.run(sql -> durabilityWarnings(sql, temporary));
    }

    private static List<String> durabilityWarnings(Handle sql, Path temporary) {
        try {
            DatabaseMetaData database = sql.getConnection().getMetaData();
            String query = Transactions.isPostgres(database) ? POSTGRES_SETTINGS : H2_SETTINGS;
            Map<String, String> settings = sql.createQuery(query)
                    .map((row, context) -> Map.entry(row.getString(1), row.getString(2)))
                    .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
            return DatabaseRequirements.durabilityWarnings(database.getURL(), settings, temporary);
        } catch (SQLException e) {
            throw new StoreUnavailable("The database does not say how it is set up.", e);
        }
    }

    /** Runs one transaction, and once more after a collision. */
    public <T> CompletableFuture<T> query(Function<Handle, T> work) {
        return run(() -> transactions.runRetryingCollision(work));
    }

    /** Runs statements without a transaction; see {@link Transactions#runStatements}. */
    public <T> CompletableFuture<T> statements(Function<Handle, T> work) {
        return run(() -> transactions.runStatements(work));
    }

    /**
     * Runs work that takes several transactions. A thread keeps its connection from one work to the next as long as
     * more waits.
     */
    public <T> CompletableFuture<T> run(Supplier<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        try {
            threads.execute(() -> {
                transactions.keepConnection();
                try {
                    result.complete(work.get());
                } catch (RuntimeException | Error e) {
                    // The caller waits for this stage whatever went wrong, and reports the failure.
                    result.completeExceptionally(e);
                } finally {
                    if (threads.getQueue().isEmpty()) {
                        transactions.returnConnection();
                    }
                }
            });
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(overloaded());
        }
        return result;
    }

    public static StoreUnavailable overloaded() {
        return new StoreUnavailable("Too much waits for the database, or the node is shutting down.");
    }

    /**
     * Lets running work finish its present transaction; waiting work fails. Nothing is interrupted before the deadline,
     * because an interrupt in the middle of a write closes H2's file.
     */
    @Override
    public void close() {
        transactions.end();
        threads.shutdown();
        try {
            if (threads.awaitTermination(CLOSE_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
            LOG.log(Level.WARNING, "The database did not end its work within {0}.", CLOSE_DEADLINE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        threads.shutdownNow();
    }
}
