package dev.parley.launcher;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Optional;

/**
 * A PostgreSQL on the loopback address as the database of a server.
 *
 * @param driver class of the JDBC driver
 * @param port TCP port of the database
 * @param password of its user {@code postgres}, if it asks for one
 */
public record PostgresDatabase(Class<?> driver, int port, Optional<String> password) {
    /** A database that asks for no password. */
    public PostgresDatabase(Class<?> driver, int port) {
        this(driver, port, Optional.empty());
    }

    /** The configuration of the server with this database. */
    public ServerConfiguration under(ServerConfiguration configuration) {
        var settings = new HashMap<String, String>();
        settings.put("parley.postgresql.url", "jdbc:postgresql://127.0.0.1:" + port + "/postgres");
        settings.put("parley.postgresql.user", "postgres");
        password.ifPresent(value -> settings.put("parley.postgresql.password", value));
        return configuration.onPostgres(jar(driver)).plusSettings(settings);
    }

    /** The jar of a JDBC driver. */
    public static Path jar(Class<?> driver) {
        try {
            return Path.of(
                    driver.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
