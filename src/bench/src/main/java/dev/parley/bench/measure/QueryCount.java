package dev.parley.bench.measure;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/**
 * Counts the queries of a PostgreSQL by its extension {@code pg_stat_statements}. What begins and ends a transaction is
 * none. Any thread.
 */
public final class QueryCount {
    /** Settings of the database that make this work. */
    public static final Map<String, String> SETTINGS =
            Map.of("shared_preload_libraries", "pg_stat_statements", "pg_stat_statements.track_utility", "off");

    private static final String OTHERS = " FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'";

    private final DataSource database;

    /** Creates the extension. */
    public QueryCount(DataSource database) {
        this.database = database;
        execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
    }

    /** Begins to count at 0. */
    public void reset() {
        execute("SELECT pg_stat_statements_reset()");
    }

    /** Queries since the last reset. */
    public long total() {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT coalesce(sum(calls), 0)" + OTHERS)) {
            rows.next();
            return rows.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The queries that were made most often since the last reset, one line each, for people. */
    public List<String> mostFrequent(int count) {
        List<String> lines = new ArrayList<>();
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT calls, rows, query" + OTHERS + " ORDER BY calls DESC LIMIT " + count)) {
            while (rows.next()) {
                lines.add(rows.getLong(1) + " calls, " + rows.getLong(2) + " rows: "
                        + rows.getString(3).replaceAll("\\s+", " "));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return lines;
    }

    private void execute(String sql) {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
