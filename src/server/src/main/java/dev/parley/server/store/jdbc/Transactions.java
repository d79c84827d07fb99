package dev.parley.server.store.jdbc;

import dev.parley.server.store.jdbc.connections.BoundedConnections;
import dev.parley.server.store.model.StoreRefused;
import dev.parley.server.store.model.StoreUnavailable;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jdbi.v3.core.ConnectionException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jdbi.v3.core.statement.StatementContext;
import org.jdbi.v3.core.statement.StatementCustomizer;

/**
 * Runs transactions on the container's DataSource, and statements that need none; each blocks its thread. The isolation
 * level of a transaction is READ COMMITTED, whatever the DataSource's default is, because a group of appends waits for
 * a lock and must then read what was committed meanwhile. A statement without a transaction has the default: one that
 * was kept from being serialized is run again, as after any collision. Any thread.
 */
public final class Transactions {
    /** Deadline of each statement. A dead connection is ended by {@link BoundedConnections}. */
    private static final Duration STATEMENT_DEADLINE = Duration.ofSeconds(10);

    /**
     * Makes PostgreSQL use indexes, which cover every frequent query of Parley. PostgreSQL keeps the plan of a prepared
     * statement: it chose a scan while a table was small and kept it, and throughput fell from 20,000 to 3,000 messages
     * a second within a minute.
     */
    private static final String BY_INDEX =
            "set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off";

    /**
     * The deadline as PostgreSQL's own setting. Its driver would start and stop a timer for each statement, which took
     * a sixteenth of the writer's time.
     */
    private static final String WITH_DEADLINE = "set local statement_timeout = " + STATEMENT_DEADLINE.toMillis();

    /**
     * A node that is frozen or cut off in the middle of a transaction must not keep its locks: the other nodes wait for
     * them.
     */
    private static final String NOT_IDLE = "set local idle_in_transaction_session_timeout = 5000";

    private static final String PRELUDE =
            String.join("; ", "set transaction isolation level read committed", BY_INDEX, WITH_DEADLINE, NOT_IDLE);

    /**
     * The same for a statement without a transaction of its own, in its round trip. PostgreSQL takes all that comes in
     * one round trip for one transaction, but would log a warning for each {@code set local}.
     */
    private static final String PRELUDE_OF_A_STATEMENT = Stream.concat(
                    Stream.of("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
                            .map(plan -> "set_config('" + plan + "', 'off', true)"),
                    Stream.of("set_config('statement_timeout', '" + STATEMENT_DEADLINE.toMillis() + "', true)"))
            .collect(Collectors.joining(", ", "select ", "; "));

    private static final Logger LOG = System.getLogger(Transactions.class.getName());

    private final Jdbi jdbi;
    private final DatabaseState state;
    /** The connections that threads keep; see {@link #keepConnection}. */
    private final ThreadLocal<PinnedConnection> kept = new ThreadLocal<>();

    private volatile boolean isEnding;
    /** Whether other connections see a commit before it is durable. Known from the first transaction on. */
    private volatile boolean isVisibleBeforeDurable;

    Transactions(DataSource dataSource, DatabaseState state) {
        this.state = state;
        jdbi = Jdbi.create(new BoundedConnections(dataSource))
                .registerArrayType(String.class, "varchar")
                .registerArrayType(Long.class, "bigint")
                .registerArrayType(Integer.class, "integer");
        jdbi.getConfig(SqlStatements.class)
                .setQueryTimeout((int) STATEMENT_DEADLINE.toSeconds())
                .setTemplateEngine((sql, context) -> isAlone(context) ? PRELUDE_OF_A_STATEMENT + sql : sql)
                .addCustomizer(new StatementCustomizer() {
                    @Override
                    public void afterExecution(PreparedStatement statement, StatementContext context)
                            throws SQLException {
                        if (isAlone(context)) {
                            // From the result of the prelude to that of the statement.
                            statement.getMoreResults();
                        }
                    }
                });
    }

    /** Whether a statement runs on PostgreSQL without a transaction of its own. */
    private static boolean isAlone(StatementContext context) {
        try {
            Connection connection = context.getConnection();
            return connection.getAutoCommit() && isPostgres(connection.getMetaData());
        } catch (SQLException e) {
            throw new ConnectionException(e);
        }
    }

    /**
     * @throws StoreUnavailable if the database failed or did not answer, or {@link #end} was called
     * @throws StoreRefused if the database refuses the statement itself
     * @throws JdbiException after bad data or a collision; see {@link SqlErrors}
     */
    public <T> T run(Function<Handle, T> work) {
        if (isEnding) {
            throw Database.overloaded();
        }
        return use(sql -> inTransaction(sql, work));
    }

    /**
     * Runs a single write, or reads, which see what was committed in any case; and once more after a collision. On
     * PostgreSQL each statement is one round trip, and those of the begin and the end of a transaction are spared. H2,
     * which runs in this process, runs them in a transaction.
     *
     * @throws StoreUnavailable as {@link #run} does
     */
    public <T> T runStatements(Function<Handle, T> statements) {
        return retryingCollision(() -> {
            if (isEnding) {
                throw Database.overloaded();
            }
            return use(sql -> alone(sql, statements));
        });
    }

    /**
     * Lets the calling thread keep the next connection that it takes for all that it does until
     * {@link #returnConnection}. A pool may validate each connection that it lends, which is a round trip too.
     */
    void keepConnection() {
        if (kept.get() == null) {
            kept.set(pin());
        }
    }

    /** Returns the connection that the calling thread keeps, if it keeps one. It may be called at any time. */
    public void returnConnection() {
        PinnedConnection own = kept.get();
        if (own != null) {
            own.close();
        }
    }

    private <T> T use(HandleCallback<T, SQLException> work) {
        PinnedConnection own = kept.get();
        return own == null ? tracked(() -> jdbi.withHandle(work)) : own.use(work);
    }

    private <T> T alone(Handle sql, Function<Handle, T> statements) throws SQLException {
        if (!isPostgres(sql)) {
            return inTransaction(sql, statements);
        }
        sql.getConfig(SqlStatements.class).setQueryTimeout(null);
        return statements.apply(sql);
    }

    /** Refuses further transactions, except on a {@link PinnedConnection}; running ones go on. */
    void end() {
        isEnding = true;
    }

    private <T> T inTransaction(Handle sql, Function<Handle, T> work) throws SQLException {
        if (!isPostgres(sql)) {
            isVisibleBeforeDurable = true;
            // The last transaction on a kept connection may have had a deadline of its own.
            sql.getConfig(SqlStatements.class).setQueryTimeout((int) STATEMENT_DEADLINE.toSeconds());
            Connection connection = sql.getConnection();
            if (connection.getTransactionIsolation() != Connection.TRANSACTION_READ_COMMITTED) {
                connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            }
            return sql.inTransaction(work::apply);
        }
        sql.getConfig(SqlStatements.class).setQueryTimeout(null);
        return sql.inTransaction(begun -> {
            // One round trip; asking the driver for the level and setting it would take three.
            begun.execute(PRELUDE);
            return work.apply(begun);
        });
    }

    /**
     * Whether a query may see rows of a commit that a kill of the process would still lose. H2 2.x shows a commit to
     * other connections first and writes it to its file then ({@code TransactionStore.commit} and
     * {@code endTransaction}), even with {@code WRITE_DELAY=0}. PostgreSQL writes first.
     */
    public boolean isVisibleBeforeDurable() {
        return isVisibleBeforeDurable;
    }

    @FunctionalInterface
    private interface Transaction<T> {
        T run() throws SQLException;
    }

    /** Reports the outcome to the {@link DatabaseState}. */
    private <T> T tracked(Transaction<T> transaction) {
        try {
            T result = transaction.run();
            state.succeeded();
            return result;
        } catch (SQLException e) {
            throw unavailable(e);
        } catch (JdbiException e) {
            if (SqlErrors.isBadData(e) || SqlErrors.isCollision(e)) {
                throw e;
            }
            throw unavailable(e);
        }
    }

    private StoreUnavailable unavailable(Exception cause) {
        DatabaseState.Problem problem = SqlErrors.problem(cause);
        state.failed(problem, cause);
        String message = "The database did not do what was asked: " + cause.getMessage();
        return problem == DatabaseState.Problem.REFUSING
                ? new StoreRefused(message, cause)
                : new StoreUnavailable(message, cause);
    }

    /** A connection for a thread that runs one transaction after the other. */
    public PinnedConnection pin() {
        return new PinnedConnection();
    }

    /**
     * A connection that is borrowed from the pool and validated once for many transactions: the validation is a round
     * trip to the database, and a whole group of messages takes only five. Confined to one thread, which returns the
     * connection when it is idle.
     */
    public final class PinnedConnection implements AutoCloseable {
        private Optional<Handle> held = Optional.empty();
        /** Whether nothing has been done on it yet. */
        private boolean isFresh;

        /** Like {@link Transactions#run}. */
        public <T> T run(Function<Handle, T> work) {
            return use(sql -> inTransaction(sql, work));
        }

        private <T> T use(HandleCallback<T, SQLException> work) {
            try {
                T result = tracked(() -> work.withHandle(held()));
                isFresh = false;
                return result;
            } catch (RuntimeException | Error e) {
                // The connection may be the cause: the pool validates it.
                close();
                throw e;
            }
        }

        private Handle held() {
            if (held.isEmpty()) {
                held = Optional.of(jdbi.open());
                isFresh = true;
            }
            return held.get();
        }

        /** Whether the present transaction is the first one since the connection was borrowed. */
        public boolean isFresh() {
            return isFresh;
        }

        /** Returns the connection to the pool; the next transaction borrows another one. */
        @Override
        public void close() {
            held.ifPresent(handle -> {
                try {
                    handle.close();
                } catch (JdbiException e) {
                    LOG.log(Level.DEBUG, "A connection is dead; its pool knows.", e);
                }
            });
            held = Optional.empty();
        }
    }

    /** Whether the database is PostgreSQL; otherwise it is H2. */
    static boolean isPostgres(Handle sql) {
        try {
            return isPostgres(sql.getConnection().getMetaData());
        } catch (SQLException e) {
            throw new ConnectionException(e);
        }
    }

    static boolean isPostgres(DatabaseMetaData database) throws SQLException {
        return database.getDatabaseProductName().equals("PostgreSQL");
    }

    /**
     * Runs a transaction, and once more after a collision: if another node did the same work at the same time, the
     * second attempt finds it done.
     */
    public <T> T runRetryingCollision(Function<Handle, T> work) {
        return retryingCollision(() -> run(work));
    }

    private static <T> T retryingCollision(Supplier<T> transaction) {
        try {
            return transaction.get();
        } catch (JdbiException e) {
            if (!SqlErrors.isCollision(e)) {
                throw e;
            }
            return transaction.get();
        }
    }
}
