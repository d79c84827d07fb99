package dev.parley.bench;

import dev.parley.launcher.ApplicationServer;
import dev.parley.launcher.PostgresDatabase;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A server with an empty database, started for one measurement. */
final class BenchServer implements AutoCloseable {
    private static final Duration READY = Duration.ofSeconds(120);

    private final ServerConfiguration configuration;
    private final Optional<EmbeddedPostgres> database;
    private RunningServer server;

    private BenchServer(ServerConfiguration configuration, Optional<EmbeddedPostgres> database) {
        this.configuration = configuration;
        this.database = database;
        this.server = started();
    }

    private RunningServer started() {
        return configuration.start().awaitReady(READY);
    }

    /** Ends the server and starts it again on the same data. Returns the time from its start until it was ready. */
    Duration restart() {
        server.close();
        long begin = System.nanoTime();
        server = started();
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    /**
     * Starts a server on the database that {@code bench.database} names: {@code h2}, the default, or
     * {@code postgresql}.
     *
     * @param arguments from the POM: the name of the application server, the paths of its distribution, of its
     *     configuration, of the WAR and of a work folder
     */
    static BenchServer start(String[] arguments, Map<String, String> settings) throws IOException {
        String kind = System.getProperty("bench.database", "h2");
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of(arguments[4])), kind);
        Map<String, String> all = new HashMap<>(
                Map.of("parley.guests", "true", "parley.rate.messages", "0", "parley.sessions.unsigned", "0"));
        all.put("parley.data", folder.resolve("data").toString());
        // The configuration of Open Liberty requires one, but a measurement has guests.
        all.put("parley.handshake.credential", "optional");
        all.putAll(settings);
        ServerConfiguration onH2 = ServerConfiguration.of(
                        ApplicationServer.of(arguments[0], Path.of(arguments[1]), Path.of(arguments[2])),
                        Path.of(arguments[3]),
                        folder)
                .settings(all);
        if (kind.equals("h2")) {
            return new BenchServer(onH2, Optional.empty());
        }
        EmbeddedPostgres database = EmbeddedPostgres.builder()
                // The library turns both off; then commits would not be durable.
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                // Recycled log segments are overwritten, but a new segment of 16 MiB is first filled with zeroes. That
                // takes 50 ms, during which no commit finishes.
                .setServerConfig("wal_init_zero", "off")
                .start();
        ServerConfiguration onPostgres =
                new PostgresDatabase(org.postgresql.Driver.class, database.getPort()).under(onH2);
        return new BenchServer(onPostgres, Optional.of(database));
    }

    URI chat() {
        return URI.create("ws://" + server.baseUri().getAuthority() + "/chat");
    }

    URI monitor() {
        return URI.create("ws://" + server.baseUri().getAuthority() + "/monitor");
    }

    long pid() {
        return server.pid();
    }

    @Override
    public void close() {
        server.close();
        database.ifPresent(running -> {
            try {
                running.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
