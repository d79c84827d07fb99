package dev.parley.server.store.jdbc;

import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.JdbiException;

/**
 * Classifies a failure of the database by its cause: the message, another transaction, the database itself, or Parley.
 */
public final class SqlErrors {
    private static final String DATA_EXCEPTION = "22";
    private static final String INTEGRITY_VIOLATION = "23";
    private static final String ROLLBACK = "40";
    private static final String SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION = "42";
    /** SQL states of PostgreSQL and H2. */
    private static final Set<String> READ_ONLY = Set.of("25006", "90097");

    private SqlErrors() {}

    /** Whether the data of the message is the cause: another message would have been stored. */
    static boolean isBadData(JdbiException failure) {
        return is(failure, DATA_EXCEPTION);
    }

    /** Whether an immediate retry may succeed: another transaction was faster, or both deadlocked. */
    public static boolean isCollision(JdbiException failure) {
        return is(failure, INTEGRITY_VIOLATION) || is(failure, ROLLBACK);
    }

    /** The problem of the database that a failure shows, if it is neither bad data nor a collision. */
    static DatabaseState.Problem problem(Exception failure) {
        if (is(failure, SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION)) {
            return DatabaseState.Problem.REFUSING;
        }
        return sqlState(failure).filter(READ_ONLY::contains).isPresent()
                ? DatabaseState.Problem.READ_ONLY
                : DatabaseState.Problem.NOT_ANSWERING;
    }

    private static boolean is(Exception failure, String sqlStateClass) {
        return sqlState(failure)
                .filter(state -> state.startsWith(sqlStateClass))
                .isPresent();
    }

    private static Optional<String> sqlState(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && sql.getSQLState() != null) {
                return Optional.of(sql.getSQLState());
            }
        }
        return Optional.empty();
    }
}
