package dev.parley.launcher.postgresql;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A started PostgreSQL. It listens on the loopback address, asks for a password, and has written to disk what it
 * commits. It ends with this JVM at the latest, unless this JVM is itself killed. Any thread may call any method.
 */
public final class EmbeddedPostgresql implements AutoCloseable {
    private static final Duration START_DEADLINE = Duration.ofSeconds(60);
    private static final Duration END_DEADLINE = Duration.ofSeconds(30);
    private static final int TAIL_LINES = 20;
    /** Of the library. A constant, because a level lasts as long as its logger is referenced. */
    private static final Logger LIBRARY_LOG = Logger.getLogger("io.zonky.test");

    private final EmbeddedPostgres library;
    private final ProcessHandle postmaster;
    /** Runs once. Every other thread that closes waits for it. */
    private final FutureTask<Void> end = new FutureTask<>(this::end, null);
    /** Written by the thread that starts the user of the database, read by the shutdown hook. */
    private volatile Runnable endUser = () -> {};

    private EmbeddedPostgresql(EmbeddedPostgres library, ProcessHandle postmaster) {
        this.library = library;
        this.postmaster = postmaster;
    }

    /**
     * Starts a PostgreSQL.
     *
     * @param data its folder, created by the first start
     * @param binaries folder to unpack its program into, once; other users of this machine must not reach it
     * @param log file to append its output to
     * @param port 0 for any free port
     * @param password of its user {@code postgres}: letters, digits, {@code -} and {@code _}; the same for each start
     * @throws IOException if it does not start; the text has the end of the log
     */
    public static EmbeddedPostgresql start(Path data, Path binaries, Path log, int port, String password)
            throws IOException {
        // Otherwise it prints each step of a start.
        LIBRARY_LOG.setLevel(Level.WARNING);
        var earlier = postmaster(data);
        if (earlier.isPresent()) {
            throw new IOException("The one of an earlier run still runs in " + data + ", as process "
                    + earlier.get().pid() + ". End that process");
        }
        try {
            var library = EmbeddedPostgres.builder()
                    .setDataDirectory(data)
                    .setCleanDataDirectory(false)
                    .setOverrideWorkingDirectory(binaries.toFile())
                    // Every system has this locale, and initdb fails on one that is set but not installed.
                    .setLocaleConfig("locale", "C")
                    .setPort(port)
                    // The library turns both off.
                    .setServerConfig("fsync", "on")
                    .setServerConfig("synchronous_commit", "on")
                    .setServerConfig("unix_socket_directories", "")
                    .setConnectConfig("password", password)
                    // The library's own hook would end it before the server that uses it.
                    .setRegisterShutdownHook(false)
                    .setOutputRedirector(Redirect.appendTo(log.toFile()))
                    .setPGStartupWait(START_DEADLINE)
                    .start();
            requirePassword(library, data, password);
            var started = new EmbeddedPostgresql(library, postmaster(data).orElseThrow());
            Runtime.getRuntime().addShutdownHook(new Thread(started::endAfterUser, "end-of-postgresql"));
            return started;
        } catch (IOException | IllegalStateException | SQLException | ExceptionInInitializerError e) {
            postmaster(data).ifPresent(ProcessHandle::destroy);
            throw new IOException(e + tail(log), e);
        }
    }

    /**
     * Replaces the rule of the library that every user of this machine is admitted as the superuser, who can run
     * programs.
     */
    private static void requirePassword(EmbeddedPostgres library, Path data, String password)
            throws IOException, SQLException {
        try (var connection = library.getPostgresDatabase(Map.of("password", password))
                        .getConnection();
                var statement = connection.createStatement()) {
            statement.execute("ALTER ROLE postgres PASSWORD '" + password + "'");
            Files.writeString(data.resolve("pg_hba.conf"), """
                    host all all 127.0.0.1/32 scram-sha-256
                    host all all ::1/128 scram-sha-256
                    """);
            statement.execute("SELECT pg_reload_conf()");
        }
    }

    /** The running process that owns the folder. Its file stays after a crash, and the system reuses process ids. */
    private static Optional<ProcessHandle> postmaster(Path data) throws IOException {
        var file = data.resolve("postmaster.pid");
        if (Files.notExists(file)) {
            return Optional.empty();
        }
        List<String> lines = Files.readAllLines(file);
        return ProcessHandle.of(Long.parseLong(lines.get(0).strip())).filter(process -> process.info()
                .command()
                .filter(command -> command.matches(".*postgres(\\.exe)?"))
                .isPresent());
    }

    private static String tail(Path log) throws IOException {
        if (Files.notExists(log)) {
            return "";
        }
        var lines = new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                .lines()
                .toList();
        return "\nThe end of " + log + ":\n"
                + String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    }

    public int port() {
        return library.getPort();
    }

    /** Makes the end of this JVM wait for the end of the user of the database before it ends the database. */
    public void endAfter(Runnable user) {
        endUser = user;
    }

    private void endAfterUser() {
        endUser.run();
        close();
    }

    /** Disconnects all clients, shuts down (within 30 s), and waits for the end of the process. */
    @Override
    public void close() {
        end.run();
        try {
            end.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException("PostgreSQL does not end", e.getCause());
        }
    }

    private void end() {
        try {
            library.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        // The library waits for 5 s only.
        postmaster
                .onExit()
                .orTimeout(END_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }
}
