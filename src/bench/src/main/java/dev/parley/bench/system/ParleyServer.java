package dev.parley.bench.system;

import dev.parley.bench.machine.ProcessUsage;
import dev.parley.launcher.FileTree;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * Parley on an application server with an empty database, started for one measurement. Everything that is stored is
 * durable; guests are allowed and rates are not limited.
 */
public final class ParleyServer implements RunningTarget {
    private static final Duration READY = Duration.ofSeconds(120);

    private final ServerConfiguration configuration;
    private final String description;
    private final Optional<Postgres> database;
    private RunningServer server;

    private ParleyServer(ServerConfiguration configuration, String description, Optional<Postgres> database) {
        this.configuration = configuration;
        this.description = description;
        this.database = database;
        this.server = started();
    }

    /**
     * Starts one on the database of the workplace.
     *
     * @param settings beside those of every measurement
     */
    public static ParleyServer start(Workplace workplace, Map<String, String> settings) {
        try {
            Path folder = Files.createTempDirectory(
                    Files.createDirectories(workplace.folder().toAbsolutePath()), workplace.database());
            ServerConfiguration onH2 = ServerConfiguration.of(workplace.server(), workplace.war(), folder)
                    .settings(settings(folder, settings));
            String description = "Parley on " + workplace.server().name() + ", ";
            if (workplace.database().equals("h2")) {
                return new ParleyServer(onH2, description + "H2", Optional.empty());
            }
            Postgres database = Postgres.start(postgres(folder), Map.of());
            return new ParleyServer(database.under(onH2), description + "PostgreSQL", Optional.of(database));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The settings of every measurement, and these. */
    static Map<String, String> settings(Path folder, Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(Map.of(
                "parley.guests", "true",
                "parley.token.secret", Tokens.SECRET,
                "parley.rate.messages", "0",
                "parley.rate.bytes", "0",
                "parley.rate.channels", "0",
                "parley.sessions.unsigned", "0",
                "parley.admission.rate", "0"));
        all.put("parley.data", data(folder).toString());
        // The configuration of Open Liberty requires one, but a measurement has guests.
        all.put("parley.handshake.credential", "optional");
        all.putAll(settings);
        return all;
    }

    private RunningServer started() {
        return configuration.start().awaitReady(READY);
    }

    /** Ends the server and starts it again on the same data. Returns the time from its start until it was ready. */
    public Duration restart() {
        stop();
        return startAgain();
    }

    /** Ends the server as a supervisor does. */
    public void stop() {
        server.close();
    }

    /** Starts a server that was stopped. Returns the time until it was ready. */
    public Duration startAgain() {
        long begin = System.nanoTime();
        server = started();
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    /** The URL of the application, with a slash at the end. */
    public URI baseUri() {
        return server.baseUri();
    }

    public URI chat() {
        return URI.create("ws://" + server.baseUri().getAuthority() + "/chat");
    }

    /** Its PostgreSQL; empty on H2, which is inside the server. */
    public Optional<DataSource> postgres() {
        return database.map(Postgres::dataSource);
    }

    @Override
    public InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), configuration.port());
    }

    @Override
    public long pid() {
        return server.pid();
    }

    @Override
    public boolean isJvm() {
        return true;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public ProcessUsage databaseUsage() {
        return database.map(Postgres::usage).orElseGet(() -> new ProcessUsage(Duration.ZERO, 0));
    }

    @Override
    public void close() {
        server.close();
        database.ifPresent(Postgres::close);
        deleteData();
    }

    /** A run leaves up to 3 GB. The logs stay. */
    private void deleteData() {
        try {
            FileTree.delete(data(configuration.base()));
            FileTree.delete(postgres(configuration.base()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path data(Path folder) {
        return folder.resolve("data");
    }

    private static Path postgres(Path folder) {
        return folder.resolve("postgresql");
    }
}
