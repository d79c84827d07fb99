package dev.parley.launcher.run;

import dev.parley.launcher.ServerConfiguration;
import dev.parley.launcher.StartFailed;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/**
 * The settings of {@code mvn -Prun}: the given {@code -Dparley.*} properties, and defaults for trying Parley out.
 *
 * @param values all settings of the server, by full name
 */
record RunSettings(Map<String, String> values) {
    static final String DATA = "parley.data";
    static final String SECRET = "parley.token.secret";
    static final String REDIS = "parley.redis.uri";
    private static final String TRUSTED_PROXIES = "parley.forwarded.trusted";
    private static final String BALANCER = "parley.balancer";
    private static final String DATABASE = "parley.database";
    private static final String POSTGRESQL_URL = "parley.postgresql.url";
    private static final int HIGHEST_PORT = 65_535;

    /** The database that holds the data of a run. */
    enum Database {
        /** In the data folder; part of the server. */
        H2,
        /** In the data folder; started and stopped by the run. */
        EMBEDDED_POSTGRESQL,
        /** The one that {@code parley.postgresql.url} names. */
        EXTERNAL_POSTGRESQL
    }

    /** The load balancer of a cluster. */
    enum Balancer {
        /** HAProxy if it is installed, else the internal one. */
        ANY,
        HAPROXY,
        /** The one of this program. */
        INTERNAL
    }

    RunSettings {
        values = Map.copyOf(values);
    }

    /** @param work folder that outlives a build; default location of the data */
    static RunSettings from(Properties system, Path work) {
        var values = new HashMap<String, String>();
        values.put(ServerConfiguration.HTTP_PORT, "8080");
        values.put("parley.guests", "true");
        // Guests have none. Only this machine can connect.
        values.put("parley.handshake.credential", "optional");
        values.put(DATA, work.resolve("data").toString());
        system.stringPropertyNames().stream()
                .filter(name -> name.startsWith("parley."))
                .forEach(name -> values.put(name, system.getProperty(name)));
        // Absolute, because the server's working directory is not Maven's, and H2 refuses relative paths.
        values.computeIfPresent(DATA, (name, folder) -> absolute(folder));
        values.computeIfPresent(ServerConfiguration.KEY_STORE, (name, file) -> absolute(file));
        return new RunSettings(values);
    }

    private static String absolute(String path) {
        return Path.of(path).toAbsolutePath().normalize().toString();
    }

    /** The HTTP port; 0 for any free port. */
    int port() {
        return port(ServerConfiguration.HTTP_PORT, values.get(ServerConfiguration.HTTP_PORT));
    }

    /** The HTTPS port, if one was requested; 0 for any free port. */
    Optional<Integer> httpsPort() {
        return get(ServerConfiguration.HTTPS_PORT).map(text -> port(ServerConfiguration.HTTPS_PORT, text));
    }

    private static int port(String name, String text) {
        int port = text.matches("\\d{1,5}") ? Integer.parseInt(text) : -1;
        if (port < 0 || port > HIGHEST_PORT) {
            throw new StartFailed(name + " must be a number from 0 (any free port) to 65535, not '" + text + "'.");
        }
        return port;
    }

    Path data() {
        return Path.of(values.get(DATA));
    }

    /** @throws StartFailed if the settings name a database that the run command does not know */
    Database database() {
        return switch (values.getOrDefault(DATABASE, "h2")) {
            case "h2" -> Database.H2;
            case "postgresql" ->
                values.containsKey(POSTGRESQL_URL) ? Database.EXTERNAL_POSTGRESQL : Database.EMBEDDED_POSTGRESQL;
            default ->
                throw new StartFailed(DATABASE + " must be h2 or postgresql, not '" + values.get(DATABASE) + "'.");
        };
    }

    /**
     * The same for several nodes, which need one PostgreSQL.
     *
     * @throws StartFailed if they ask for what a cluster does not have
     */
    RunSettings forCluster() {
        var cluster = values.containsKey(DATABASE) ? this : with(DATABASE, "postgresql");
        if (cluster.database() == Database.H2) {
            throw new StartFailed("Several nodes need PostgreSQL: leave out -D" + DATABASE + "=h2.");
        }
        if (httpsPort().isPresent()) {
            throw new StartFailed("mvn -Pcluster serves no https: leave out -D" + ServerConfiguration.HTTPS_PORT
                    + ". With mvn -Prun one server does.");
        }
        return cluster;
    }

    /**
     * The settings of one node of a cluster.
     *
     * @param name of the node
     * @param redis address of the Redis, with its password
     */
    RunSettings forNode(String name, String redis) {
        return with("parley.node.name", name).with("parley.backplane", "redis").with(REDIS, redis);
    }

    /** The same behind a proxy on this machine that says by {@code X-Forwarded-For} where requests come from. */
    RunSettings behindProxy() {
        return with(
                TRUSTED_PROXIES,
                get(TRUSTED_PROXIES)
                        .map(others -> others + "," + ServerConfiguration.LOOPBACK)
                        .orElse(ServerConfiguration.LOOPBACK));
    }

    /** @throws StartFailed if the settings name a load balancer that there is not */
    Balancer balancer() {
        return switch (values.getOrDefault(BALANCER, "any")) {
            case "any" -> Balancer.ANY;
            case "haproxy" -> Balancer.HAPROXY;
            case "internal" -> Balancer.INTERNAL;
            default ->
                throw new StartFailed(
                        BALANCER + " must be haproxy, internal or any, not '" + values.get(BALANCER) + "'.");
        };
    }

    /** The folder of the embedded PostgreSQL. */
    Path postgresqlData() {
        return data().resolve("postgresql");
    }

    /** Which database holds the data, and where, in words. */
    String describeDatabase() {
        return switch (database()) {
            case H2 -> "H2 in " + data();
            case EMBEDDED_POSTGRESQL -> "PostgreSQL in " + postgresqlData();
            // Without the parameters of the URL: a password may be among them.
            case EXTERNAL_POSTGRESQL ->
                "PostgreSQL at " + values.get(POSTGRESQL_URL).replaceFirst("\\?.*", "");
        };
    }

    Optional<String> get(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /** Whether tokens come from another issuer. Then this program cannot create any. */
    boolean trustsForeignTokens() {
        return values.containsKey("parley.token.jwks");
    }

    /** The same with the secret of the data folder, unless another one or an issuer is given. */
    RunSettings withSecret(DataFolder data) {
        return values.containsKey(SECRET) || trustsForeignTokens() ? this : with(SECRET, data.tokenSecret());
    }

    /** A token for trying everything out, valid from now on; empty if this program cannot create any. */
    Optional<String> trialToken(Instant now) {
        return get(SECRET).map(secret -> TrialToken.sign(secret, this, now));
    }

    RunSettings with(String name, String value) {
        var changed = new HashMap<>(values);
        changed.put(name, value);
        return new RunSettings(changed);
    }
}
