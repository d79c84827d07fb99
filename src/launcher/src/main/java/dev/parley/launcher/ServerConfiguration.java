package dev.parley.launcher;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The configuration of a server that serves WARs. Immutable. It can be started any number of times, one after the
 * other, each time on the same port with the same data.
 *
 * <p>The setting {@code parley.tls.keystore} makes the server use that certificate.
 *
 * @param server the application server
 * @param wars the WARs to serve, by context path: empty for the root, otherwise with a slash in front, as in
 *     {@code /parley}
 * @param base folder of this server: its copy of the configuration, its deployments, its log
 * @param address IP address that the server listens on; with a certificate of the settings for HTTPS only, because HTTP
 *     is then on the loopback address
 * @param port HTTP port
 * @param httpsPort HTTPS port; empty if HTTPS is not used
 * @param settings system properties of the server, such as {@code parley.guests}
 * @param postgresDriver jar of the JDBC driver, for a server on PostgreSQL; empty for the H2 in {@code parley.data}
 * @param jvmOptions additional options of its JVM, such as {@code -Xmx1g}
 * @param log destination of its log
 */
public record ServerConfiguration(
        ApplicationServer server,
        Map<String, Path> wars,
        Path base,
        String address,
        int port,
        Optional<Integer> httpsPort,
        Map<String, String> settings,
        Optional<Path> postgresDriver,
        List<String> jvmOptions,
        Log log) {

    /** Setting with the HTTP port. */
    public static final String HTTP_PORT = "parley.http.port";
    /** Setting with the HTTPS port. */
    public static final String HTTPS_PORT = "parley.https.port";
    /** Setting with the file of the key store that holds the certificate. */
    public static final String KEY_STORE = "parley.tls.keystore";

    private static final String KEY_STORE_PASSWORD = "parley.tls.password";

    /** The IP address that servers listen on unless another one is given. */
    public static final String LOOPBACK = "127.0.0.1";

    /** The destination of the server's log. */
    public enum Log {
        /** The output of this process. */
        CONSOLE,
        /** The file {@code log/console.log} in the server's folder. */
        FILE
    }

    public ServerConfiguration {
        wars = wars.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, war -> absolute(war.getValue())));
        base = absolute(base);
        settings = Map.copyOf(settings);
        postgresDriver = postgresDriver.map(ServerConfiguration::absolute);
        jvmOptions = List.copyOf(jvmOptions);
    }

    /**
     * A server on a free port of the loopback address, with this WAR at the root and a heap of at most 1 GiB, that logs
     * to a file.
     */
    public static ServerConfiguration of(ApplicationServer server, Path war, Path base) {
        return new ServerConfiguration(
                server,
                Map.of("", war),
                base,
                LOOPBACK,
                LoopbackPort.free(),
                Optional.empty(),
                Map.of(),
                Optional.empty(),
                List.of("-Xmx1g"),
                Log.FILE);
    }

    /** Replaces the WARs, by context path. */
    public ServerConfiguration wars(Map<String, Path> others) {
        return new ServerConfiguration(
                server, others, base, address, port, httpsPort, settings, postgresDriver, jvmOptions, log);
    }

    /** Replaces all WARs by this one, at the root. */
    public ServerConfiguration war(Path other) {
        return wars(Map.of("", other));
    }

    public ServerConfiguration address(String other) {
        return new ServerConfiguration(
                server, wars, base, other, port, httpsPort, settings, postgresDriver, jvmOptions, log);
    }

    /** Sets the HTTP port; 0 chooses a free one now, which stays the same for all starts. */
    public ServerConfiguration port(int other) {
        int chosen = other == 0 ? LoopbackPort.free() : other;
        return new ServerConfiguration(
                server, wars, base, address, chosen, httpsPort, settings, postgresDriver, jvmOptions, log);
    }

    /** Sets the HTTPS port; 0 chooses a free one now, which stays the same for all starts. */
    public ServerConfiguration httpsPort(int other) {
        Optional<Integer> chosen = Optional.of(other == 0 ? LoopbackPort.free() : other);
        return new ServerConfiguration(
                server, wars, base, address, port, chosen, settings, postgresDriver, jvmOptions, log);
    }

    public ServerConfiguration settings(Map<String, String> others) {
        return new ServerConfiguration(
                server, wars, base, address, port, httpsPort, others, postgresDriver, jvmOptions, log);
    }

    public ServerConfiguration plusSettings(Map<String, String> more) {
        Map<String, String> all = new HashMap<>(settings);
        all.putAll(more);
        return settings(all);
    }

    /**
     * Uses a PostgreSQL instead of H2. The settings {@code parley.postgresql.url}, {@code parley.postgresql.user} and
     * {@code parley.postgresql.password} say which one.
     *
     * @param driver jar of the JDBC driver
     */
    public ServerConfiguration onPostgres(Path driver) {
        return new ServerConfiguration(
                server, wars, base, address, port, httpsPort, settings, Optional.of(driver), jvmOptions, log);
    }

    public ServerConfiguration jvmOptions(String... others) {
        return new ServerConfiguration(
                server, wars, base, address, port, httpsPort, settings, postgresDriver, List.of(others), log);
    }

    public ServerConfiguration log(Log other) {
        return new ServerConfiguration(
                server, wars, base, address, port, httpsPort, settings, postgresDriver, jvmOptions, other);
    }

    /** Starts the process and returns at once; {@link RunningServer#awaitReady} waits for it. */
    public RunningServer start() {
        return startBy(List.of());
    }

    /**
     * Starts the process by another program, such as {@code taskset}, which must replace itself by the server (exec):
     * signals go to the process that is started.
     *
     * @param starter the program and its arguments; the command of the server follows them
     */
    public RunningServer startBy(List<String> starter) {
        return RunningServer.start(this, starter);
    }

    /** The IP address that the server listens on for HTTP. */
    String httpAddress() {
        return hasKeyStore() ? LOOPBACK : address;
    }

    /** Whether the server uses the certificate of the settings and not one of its own. */
    boolean hasKeyStore() {
        return settings.containsKey(KEY_STORE);
    }

    /** The password of that certificate's key store; empty if there is none. */
    String keyStorePassword() {
        return settings.getOrDefault(KEY_STORE_PASSWORD, "");
    }

    /** The name of the application with this context path, from which some servers take the path. */
    static String application(String contextPath) {
        return contextPath.isEmpty() ? "ROOT" : contextPath.substring(1);
    }

    /** The file with all output of the process; not written if it goes to the output of this process. */
    Path consoleLog() {
        return base.resolve("log/console.log");
    }

    /** The Java command of this JVM's own Java. */
    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }
}
