package dev.parley.server.store;

import java.sql.SQLException;
import java.util.Optional;
import org.jdbi.v3.core.JdbiException;

/** Whose fault a failure of the database is: the message's, another transaction's, or nobody's. */
final class Weather {
    private static final String DATA_EXCEPTION = "22";
    private static final String INTEGRITY_VIOLATION = "23";
    private static final String ROLLBACK = "40";

    private Weather() {}

    /** Whether another message would have been stored at the same moment. */
    static boolean isMessagesFault(JdbiException failure) {
        return is(failure, DATA_EXCEPTION);
    }

    /** Whether the same again may succeed at once: somebody else was faster, or the two blocked each other. */
    static boolean isCollision(JdbiException failure) {
        return is(failure, INTEGRITY_VIOLATION) || is(failure, ROLLBACK);
    }

    private static boolean is(JdbiException failure, String sqlStateClass) {
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
