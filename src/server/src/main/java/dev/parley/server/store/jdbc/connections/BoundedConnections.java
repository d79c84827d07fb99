package dev.parley.server.store.jdbc.connections;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.jdbi.v3.core.ConnectionFactory;
import org.jdbi.v3.core.statement.Cleanable;

/**
 * Lends the connections of a DataSource. None of them waits longer than {@link #ANSWER_MAX} for an answer, whatever
 * timeouts the pool and the driver have: on a dead network path a statement fails then. A shorter timeout of the driver
 * stays. The pool gets each connection back with the timeout that it had.
 *
 * <p>This costs no round trip: PostgreSQL's driver sets a field of its socket. The pools of WildFly (IronJacamar),
 * GlassFish, Payara and Open Liberty pass the calls on to the driver; Liberty says once that it did. H2 ignores them:
 * in this process it has no network.
 *
 * <p>Establishing a connection is not covered, nor writing more than the system buffers: the first is bounded by the
 * driver and the pool, and a transaction begins with a short statement.
 *
 * <p>Any thread.
 */
public final class BoundedConnections implements ConnectionFactory {
    /**
     * Longer than the deadline of a statement, of 10 s: an answer that is only late, such as the error of that
     * deadline, says more than a broken connection, which leaves a commit uncertain.
     */
    public static final Duration ANSWER_MAX = Duration.ofSeconds(15);

    private static final int VALIDITY_SECONDS = 5;

    /** Drivers that need a thread to set the timeout use the caller's. */
    private static final Executor SAME_THREAD = Runnable::run;

    private static final Logger LOG = System.getLogger(BoundedConnections.class.getName());

    private final DataSource dataSource;
    private final AtomicBoolean isRefusalLogged = new AtomicBoolean();

    public BoundedConnections(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    @Override
    public Connection openConnection() throws SQLException {
        return dataSource.getConnection();
    }

    /** Sets the timeout too, because the closing must know the one before. */
    @Override
    public Cleanable getCleanableFor(Connection connection) {
        OptionalInt before = limit(connection);
        return () -> {
            try {
                if (before.isPresent()) {
                    restore(connection, before.getAsInt());
                }
            } finally {
                connection.close();
            }
        };
    }

    /** Returns the timeout before, in milliseconds, or empty if nothing was changed. */
    private OptionalInt limit(Connection connection) {
        int max = (int) ANSWER_MAX.toMillis();
        try {
            int before = connection.getNetworkTimeout();
            if (before > 0 && before <= max) {
                return OptionalInt.empty();
            }
            connection.setNetworkTimeout(SAME_THREAD, max);
            return OptionalInt.of(before);
        } catch (SQLFeatureNotSupportedException | UnsupportedOperationException | AbstractMethodError e) {
            refused(e);
        } catch (SQLException | RuntimeException e) {
            LOG.log(
                    Level.DEBUG,
                    "A borrowed connection takes no timeout. If it is dead, its first statement says so.",
                    e);
            // Some pools refuse with the exception of a dead connection.
            if (!isRefusalLogged.get() && isAlive(connection)) {
                refused(e);
            }
        }
        return OptionalInt.empty();
    }

    private void refused(Throwable refusal) {
        if (isRefusalLogged.compareAndSet(false, true)) {
            LOG.log(
                    Level.WARNING,
                    "The DataSource does not let Parley limit how long it waits for the database: a dead network"
                            + " path may block it. Set the driver's own timeout, as PostgreSQL's socketTimeout.",
                    refusal);
        }
    }

    /** Asks the database, because what a pool lends may not know yet that the connection under it is closed. */
    private static boolean isAlive(Connection connection) {
        try {
            return connection.isValid(VALIDITY_SECONDS);
        } catch (SQLException | RuntimeException | AbstractMethodError e) {
            LOG.log(Level.DEBUG, "A borrowed connection does not say whether it is alive.", e);
            return false;
        }
    }

    private static void restore(Connection connection, int before) {
        try {
            // Fails on a dead connection; GlassFish and Payara log the next call as an error then, and not this one.
            connection.getAutoCommit();
            connection.setNetworkTimeout(SAME_THREAD, before);
        } catch (SQLException | RuntimeException e) {
            LOG.log(Level.DEBUG, "A connection is dead; its pool knows.", e);
        }
    }
}
