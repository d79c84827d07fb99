package dev.parley.acceptance.faults;

import dev.parley.acceptance.support.ServerFolders;
import dev.parley.launcher.FileTree;
import dev.parley.launcher.PostgresDatabase;
import dev.parley.launcher.ServerConfiguration;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A PostgreSQL for one test, which may kill it and start it again with the same data and port. It really writes to
 * disk.
 */
final class Postgres implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path data;
    private Optional<EmbeddedPostgres> running = Optional.empty();
    private int port;

    private Postgres(Path data) {
        this.data = data;
    }

    /** Starts a PostgreSQL with its data in a new folder. */
    static Postgres started() {
        return startedIn(ServerFolders.create("postgres").resolve("data"));
    }

    static Postgres startedIn(Path data) {
        Postgres postgres = new Postgres(data);
        postgres.start();
        return postgres;
    }

    /** Starts it again after {@link #kill}. */
    void start() {
        try {
            EmbeddedPostgres fresh = EmbeddedPostgres.builder()
                    .setDataDirectory(data)
                    .setCleanDataDirectory(false)
                    .setPort(port)
                    // The library turns both off, because normally nobody kills the database.
                    .setServerConfig("fsync", "on")
                    .setServerConfig("synchronous_commit", "on")
                    .setServerConfig("max_connections", "40")
                    .setPGStartupWait(PATIENCE)
                    .start();
            running = Optional.of(fresh);
            port = fresh.getPort();
            assertWritesToDisk(fresh);
        } catch (IOException e) {
            throw new UncheckedIOException("PostgreSQL does not start in " + data, e);
        }
    }

    private static void assertWritesToDisk(EmbeddedPostgres postgres) {
        for (String setting : List.of("fsync", "synchronous_commit")) {
            try (Connection connection = postgres.getPostgresDatabase().getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet value = statement.executeQuery("show " + setting)) {
                if (!value.next() || !value.getString(1).equals("on")) {
                    throw new AssertionError("PostgreSQL runs without " + setting + "; a kill would prove nothing.");
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Kills all of its processes like a power failure (SIGKILL). */
    void kill() {
        ProcessHandle postmaster = postmaster().orElseThrow();
        List<ProcessHandle> all =
                Stream.concat(Stream.of(postmaster), postmaster.descendants()).toList();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(process -> process.onExit().join());
        closeLibrary();
    }

    /** Starts it after it has ended by itself. */
    void startAgain() {
        closeLibrary();
        start();
    }

    boolean isAlive() {
        return postmaster().isPresent();
    }

    private Optional<ProcessHandle> postmaster() {
        try {
            List<String> lines = Files.readAllLines(data.resolve("postmaster.pid"));
            return ProcessHandle.of(Long.parseLong(lines.get(0).strip())).filter(ProcessHandle::isAlive);
        } catch (IOException e) {
            // PostgreSQL deletes the file when it ends by itself.
            return Optional.empty();
        }
    }

    /** Releases the folder. The library also stops a running database. */
    private void closeLibrary() {
        running.ifPresent(library -> {
            try {
                library.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        running = Optional.empty();
    }

    /** Copies its data, while it is stopped for that. */
    Path coldCopy() {
        closeLibrary();
        Path copy = data.resolveSibling("copy");
        deleteTree(copy);
        copyTree(data, copy);
        start();
        return copy;
    }

    /** Kills it and starts the copy in its place, as a standby: read-only, and without the last commits. */
    void failOverTo(Path copy) {
        kill();
        deleteTree(data);
        copyTree(copy, data);
        try {
            Files.createFile(data.resolve("standby.signal"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start();
    }

    /** Makes the standby take writes. */
    void promote() {
        try (Connection connection = running.orElseThrow().getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement();
                ResultSet isPromoted = statement.executeQuery("select pg_promote()")) {
            if (!isPromoted.next() || !isPromoted.getBoolean(1)) {
                throw new AssertionError("PostgreSQL stays a standby.");
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void copyTree(Path from, Path to) {
        try {
            FileTree.copy(from, to);
            // PostgreSQL starts on no folder that others may read.
            Files.setPosixFilePermissions(to, PosixFilePermissions.fromString("rwx------"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void deleteTree(Path folder) {
        try {
            FileTree.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return port;
    }

    /** A server configuration with this database. */
    ServerConfiguration under(ServerConfiguration configuration) {
        return under(configuration, port);
    }

    /** @param port where the server reaches the database */
    static ServerConfiguration under(ServerConfiguration configuration, int port) {
        return new PostgresDatabase(org.postgresql.Driver.class, port).under(configuration);
    }

    @Override
    public void close() {
        closeLibrary();
    }
}
