package dev.parley.server.store;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.SqlStatements;

/**
 * Transactions on the container's DataSource, each of which blocks its thread. Reports once when the database goes and once
 * when it answers again.
 */
final class Transactions {
    /** Nothing waits without a deadline; what the driver does not see, such as a dead line, its own timeouts end. */
    private static final Duration STATEMENT_DEADLINE = Duration.ofSeconds(10);

    private static final Logger LOG = System.getLogger(Transactions.class.getName());

    private final Jdbi jdbi;
    private final AtomicBoolean isHealthy = new AtomicBoolean(true);

    Transactions(DataSource dataSource) {
        jdbi = Jdbi.create(dataSource)
                .registerArrayType(String.class, "varchar")
                .registerArrayType(Long.class, "bigint")
                .registerArrayType(Integer.class, "integer");
        jdbi.getConfig(SqlStatements.class).setQueryTimeout((int) STATEMENT_DEADLINE.toSeconds());
    }

    /**
     * @throws StoreUnavailable where the database did not do it, or did not say so
     * @throws JdbiException where it would not do it at any time, or somebody else was faster
     */
    <T> T run(Function<Handle, T> work) {
        try {
            T result = jdbi.inTransaction(work::apply);
            if (isHealthy.compareAndSet(false, true)) {
                LOG.log(Level.INFO, "The store answers again.");
            }
            return result;
        } catch (JdbiException e) {
            if (Weather.isMessagesFault(e) || Weather.isCollision(e)) {
                throw e;
            }
            if (isHealthy.compareAndSet(true, false)) {
                LOG.log(Level.WARNING, "The store does not answer; senders are told store_unavailable.", e);
            }
            throw new StoreUnavailable("The database did not do what was asked: " + e.getMessage(), e);
        }
    }

    /** For what another node may do at the same time: the second try finds it done. */
    <T> T runAgainOnCollision(Function<Handle, T> work) {
        try {
            return run(work);
        } catch (JdbiException e) {
            if (!Weather.isCollision(e)) {
                throw e;
            }
            return run(work);
        }
    }
}
