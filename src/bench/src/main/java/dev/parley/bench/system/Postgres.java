package dev.parley.bench.system;

import dev.parley.bench.machine.ProcessUsage;
import dev.parley.launcher.PostgresDatabase;
import dev.parley.launcher.ServerConfiguration;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.sql.DataSource;

/** A PostgreSQL for one measurement, empty at its start, whose commits are durable. */
final class Postgres implements AutoCloseable {
    private final EmbeddedPostgres running;
    private final long pid;

    private Postgres(EmbeddedPostgres running, long pid) {
        this.running = running;
        this.pid = pid;
    }

    /**
     * Starts one.
     *
     * @param data folder for it
     * @param settings of its own, beside those of every measurement
     */
    static Postgres start(Path data, Map<String, String> settings) {
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                // The library turns both off; then commits would not be durable.
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                // Recycled log segments are overwritten, but a new segment of 16 MiB is first filled with zeroes. That
                // takes 50 ms, during which no commit finishes.
                .setServerConfig("wal_init_zero", "off");
        settings.forEach(builder::setServerConfig);
        try {
            EmbeddedPostgres running = builder.start();
            long pid = Long.parseLong(
                    Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
            return new Postgres(running, pid);
        } catch (IOException e) {
            throw new UncheckedIOException("PostgreSQL does not start in " + data, e);
        }
    }

    /** The configuration of a server with this database. */
    ServerConfiguration under(ServerConfiguration configuration) {
        return new PostgresDatabase(org.postgresql.Driver.class, running.getPort()).under(configuration);
    }

    DataSource dataSource() {
        return running.getPostgresDatabase();
    }

    /** All its processes. */
    ProcessUsage usage() {
        return ProcessUsage.ofTree(pid);
    }

    @Override
    public void close() {
        try {
            running.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
