package dev.parley.launcher.run;

import dev.parley.launcher.ApplicationServer;
import dev.parley.launcher.LoopbackPort;
import dev.parley.launcher.PostgresDatabase;
import dev.parley.launcher.PrivateFile;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import dev.parley.launcher.StartFailed;
import dev.parley.launcher.postgresql.EmbeddedPostgresql;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * The main class of {@code mvn -Prun}. It starts the server, prints its addresses and stays in the foreground until
 * Ctrl-C. If the server cannot be started, it ends with status 1 and one sentence.
 */
public final class Run {
    private static final Duration READY_DEADLINE = Duration.ofMinutes(2);

    private static final String NO_POSTGRESQL = "The classes of PostgreSQL are missing."
            + " mvn -Prun -Dparley.database=postgresql adds them; in an IDE, activate the Maven profile 'postgresql'.";

    private Run() {}

    /**
     * @param arguments the name of the application server, and four paths: its unpacked distribution, the folder of its
     *     configuration, the WAR, and a folder that outlives a build
     */
    public static void main(String[] arguments) {
        var work = Path.of(arguments[4]).toAbsolutePath().normalize();
        var settings = RunSettings.from(System.getProperties(), work);
        try {
            int port = freePort(ServerConfiguration.HTTP_PORT, settings.port(), 8081);
            var server = ApplicationServer.of(arguments[0], Path.of(arguments[1]), Path.of(arguments[2]));
            // A folder for each server and port, so that parallel runs do not overwrite each other's configuration.
            var base = work.resolve("run").resolve(server.name() + "-" + port);
            var configuration = withTls(
                    ServerConfiguration.of(server, Path.of(arguments[3]), base)
                            .port(port)
                            .log(ServerConfiguration.Log.CONSOLE),
                    settings);
            try (var data = DataFolder.open(settings.data())) {
                runOnDatabase(configuration, settings, data, work);
            }
        } catch (StartFailed e) {
            System.err.println("\n" + e.getMessage() + "\n");
            // If it were thrown, Maven would print a page of its own around it.
            System.exit(1);
        }
    }

    /** Sets the requested HTTPS port, if there is one. */
    private static ServerConfiguration withTls(ServerConfiguration configuration, RunSettings settings) {
        return settings.httpsPort()
                .map(asked -> configuration.httpsPort(freePort(ServerConfiguration.HTTPS_PORT, asked, 8444)))
                .orElse(configuration);
    }

    /** @param instead port to suggest if the port is taken */
    static int freePort(String name, int port, int instead) {
        if (port == 0) {
            return LoopbackPort.free();
        }
        if (!LoopbackPort.isFree(port)) {
            throw new StartFailed("Port " + port + " is taken by another program. Choose another one: -D" + name + "="
                    + (port == instead ? instead + 1 : instead));
        }
        return port;
    }

    private static void runOnDatabase(
            ServerConfiguration configuration, RunSettings given, DataFolder data, Path work) {
        var settings = given.withSecret(data);
        var token = settings.trialToken(Instant.now());
        var banner = new Banner(configuration.port(), configuration.httpsPort(), given.describeDatabase(), token);
        var server = configuration.settings(settings.values());
        switch (given.database()) {
            case H2 -> stayInForeground(server, banner, running -> {});
            case EXTERNAL_POSTGRESQL ->
                stayInForeground(server.onPostgres(PostgresDatabase.jar(postgresDriver())), banner, running -> {});
            case EMBEDDED_POSTGRESQL -> {
                var driver = postgresDriver();
                var password = data.postgresqlPassword();
                try (var postgres = startPostgresql(
                        given.postgresqlData(), work.resolve("postgresql"), portBeside(server), password)) {
                    var database = new PostgresDatabase(driver, postgres.port(), Optional.of(password));
                    stayInForeground(database.under(server), banner, running -> postgres.endAfter(running::stop));
                }
            }
        }
    }

    static Class<?> postgresDriver() {
        try {
            return Class.forName("org.postgresql.Driver");
        } catch (ClassNotFoundException e) {
            throw new StartFailed(NO_POSTGRESQL);
        }
    }

    /** A free port. The system may call a port free that was chosen for the server, which does not use it yet. */
    private static int portBeside(ServerConfiguration server) {
        return IntStream.generate(LoopbackPort::free)
                .filter(port -> port != server.port() && !Optional.of(port).equals(server.httpsPort()))
                .findFirst()
                .orElseThrow();
    }

    /** @param work folder for its program and its log */
    static EmbeddedPostgresql startPostgresql(Path data, Path work, int port, String password) {
        try {
            if (Files.notExists(work)) {
                PrivateFile.createFolder(work);
            }
            return EmbeddedPostgresql.start(
                    data, work.resolve("binaries"), work.resolve("postgresql.log"), port, password);
        } catch (NoClassDefFoundError e) {
            throw new StartFailed(NO_POSTGRESQL);
        } catch (IOException e) {
            throw new StartFailed("PostgreSQL could not be started: " + e.getMessage()
                    + "\nOne that runs elsewhere can be used with -Dparley.postgresql.url=jdbc:postgresql:…");
        }
    }

    /** @param started called with the started server before it is ready */
    private static void stayInForeground(
            ServerConfiguration configuration, Banner banner, Consumer<RunningServer> started) {
        try (var server = configuration.start()) {
            started.accept(server);
            server.awaitReady(READY_DEADLINE);
            System.out.println(banner);
            int status = server.awaitEnd();
            if (!server.wasAskedToEnd()) {
                throw new StartFailed("The server ended by itself, with status " + status + "; its log is in "
                        + configuration.base().resolve("log"));
            }
        }
    }
}
