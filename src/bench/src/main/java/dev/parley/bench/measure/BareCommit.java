package dev.parley.bench.measure;

import dev.parley.bench.report.Figure;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.HdrHistogram.Histogram;

/** How long the database itself needs to make one row durable: an insert of 100 bytes with its commit. */
public final class BareCommit {
    private static final int WARM_UP = 200;
    private static final int COMMITS = 1_000;

    private BareCommit() {}

    public static Map<Figure, Double> measure(DataSource database) {
        Histogram micros = new Histogram(3);
        try (Connection connection = database.getConnection();
                Statement create = connection.createStatement()) {
            create.execute("CREATE TABLE IF NOT EXISTS bench_commit (content text)");
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO bench_commit VALUES (?)")) {
                insert.setString(1, "x".repeat(100));
                for (int i = 0; i < WARM_UP + COMMITS; i++) {
                    long begin = System.nanoTime();
                    insert.executeUpdate();
                    if (i >= WARM_UP) {
                        micros.recordValue(TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - begin));
                    }
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return Map.of(
                Figure.COMMIT_P50_MS, micros.getValueAtPercentile(50) / 1e3,
                Figure.COMMIT_P99_MS, micros.getValueAtPercentile(99) / 1e3);
    }
}
