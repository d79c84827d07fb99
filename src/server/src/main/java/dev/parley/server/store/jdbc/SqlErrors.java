package dev.parley.server.store.jdbc;

import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.JdbiException;

/** Whose fault a failure of the database is: the message's, another transaction's, the database's own, or ours. */
public final class SqlErrors {
    private static final String DATA_EXCEPTION = "22";
    private static final String INTEGRITY_VIOLATION = "23";
    private static final String ROLLBACK = "40";
    private static final String SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION = "42";
    /** PostgreSQL's and H2's. */
    private static final Set<String> READ_ONLY = Set.of("25006", "90097");

    private SqlErrors() {}

    /** Whether another message would have been stored at the same moment. */
    static boolean isBadData(JdbiException failure) {
        return is(failure, DATA_EXCEPTION);
    }

    /** Whether the same again may succeed at once: somebody else was faster, or the two blocked each other. */
    public static boolean isCollision(JdbiException failure) {
        return is(failure, INTEGRITY_VIOLATION) || is(failure, ROLLBACK);
    }

    /** What such a failure says of the database, where it is neither the message's fault nor a collision. */
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
