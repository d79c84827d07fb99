package dev.parley.server.store.jdbc;

import dev.parley.server.store.model.StoreRefused;
import dev.parley.server.store.model.StoreUnavailable;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.SqlStatements;

/**
 * Transactions on the container's DataSource, each of which blocks its thread: READ COMMITTED, whatever the
 * DataSource's own default is, because a group of appends waits for a lock and then reads what was committed meanwhile.
 * Any thread.
 */
public final class Transactions {
    /**
     * Nothing waits without a deadline; what the driver does not see, such as a dead connection, its own timeouts end.
     */
    private static final Duration STATEMENT_DEADLINE = Duration.ofSeconds(10);

    /**
     * All that Parley asks often is answered by an index. PostgreSQL, which keeps the plan of a prepared statement,
     * chose a scan while a table was small and went on with it: 20,000 messages a second became 3,000 within a minute.
     */
    private static final String BY_INDEX =
            "set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off";

    /**
     * PostgreSQL watches its own statements; its driver would start and stop a timer for each, a sixteenth of the
     * writer's time.
     */
    private static final String WITH_DEADLINE = "set local statement_timeout = " + STATEMENT_DEADLINE.toMillis();

    private static final String PRELUDE =
            String.join("; ", "set transaction isolation level read committed", BY_INDEX, WITH_DEADLINE);

    private static final Logger LOG = System.getLogger(Transactions.class.getName());

    private final Jdbi jdbi;
    private final DatabaseState state;
    private volatile boolean isEnding;

    Transactions(DataSource dataSource, DatabaseState state) {
        this.state = state;
        jdbi = Jdbi.create(dataSource)
                .registerArrayType(String.class, "varchar")
                .registerArrayType(Long.class, "bigint")
                .registerArrayType(Integer.class, "integer");
        jdbi.getConfig(SqlStatements.class).setQueryTimeout((int) STATEMENT_DEADLINE.toSeconds());
    }

    /**
     * @throws StoreUnavailable where the database did not do it, or did not say so, or {@link #end} was called
     * @throws StoreRefused where the database refuses the statement itself
     * @throws JdbiException where it would not do it at any time, or somebody else was faster
     */
    public <T> T run(Function<Handle, T> work) {
        if (isEnding) {
            throw Database.overloaded();
        }
        return tracked(() -> jdbi.withHandle(sql -> inTransaction(sql, work)));
    }

    /** No further transaction begins but those of a lease; the present ones go on. */
    void end() {
        isEnding = true;
    }

    private static <T> T inTransaction(Handle sql, Function<Handle, T> work) throws SQLException {
        if (!isPostgres(sql)) {
            Connection connection = sql.getConnection();
            if (connection.getTransactionIsolation() != Connection.TRANSACTION_READ_COMMITTED) {
                connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            }
            return sql.inTransaction(work::apply);
        }
        sql.getConfig(SqlStatements.class).setQueryTimeout(null);
        return sql.inTransaction(begun -> {
            // One journey; asking the driver for the level and setting it would be three.
            begun.execute(PRELUDE);
            return work.apply(begun);
        });
    }

    @FunctionalInterface
    private interface Transaction<T> {
        T run() throws SQLException;
    }

    /** Tells the outcome to the state of the database. */
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

    /** A connection for whoever has one transaction after the other. */
    public PinnedConnection pin() {
        return new PinnedConnection();
    }

    /**
     * A connection that is lent and tried once for many transactions: the trial is a journey to the database, where a
     * whole group of messages takes five. Owned by one thread, which gives it back when it has nothing to do.
     */
    public final class PinnedConnection implements AutoCloseable {
        private Optional<Handle> held = Optional.empty();

        /** Like {@link Transactions#run}. */
        public <T> T run(Function<Handle, T> work) {
            try {
                return tracked(() -> inTransaction(held(), work));
            } catch (RuntimeException | Error e) {
                // It may be the connection that failed: the pool looks at it.
                close();
                throw e;
            }
        }

        private Handle held() {
            if (held.isEmpty()) {
                held = Optional.of(jdbi.open());
            }
            return held.get();
        }

        /** Gives it back; the next transaction gets another one. */
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

    private static boolean isPostgres(Handle sql) throws SQLException {
        return isPostgres(sql.getConnection().getMetaData());
    }

    static boolean isPostgres(DatabaseMetaData database) throws SQLException {
        return database.getDatabaseProductName().equals("PostgreSQL");
    }

    /** For what another node may do at the same time: the second try finds it done. */
    public <T> T runRetryingCollision(Function<Handle, T> work) {
        try {
            return run(work);
        } catch (JdbiException e) {
            if (!SqlErrors.isCollision(e)) {
                throw e;
            }
            return run(work);
        }
    }
}
