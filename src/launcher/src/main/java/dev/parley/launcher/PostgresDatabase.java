package dev.parley.launcher;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;

/**
 * A PostgreSQL on the loopback address, without a password, as the database of a server.
 *
 * @param driver class of the JDBC driver
 * @param port TCP port of the database
 */
public record PostgresDatabase(Class<?> driver, int port) {
    /** The configuration of the server with this database. */
    public ServerConfiguration under(ServerConfiguration configuration) {
        return configuration
                .onPostgres(jar())
                .plusSettings(Map.of(
                        "parley.postgresql.url",
                        "jdbc:postgresql://127.0.0.1:" + port + "/postgres",
                        "parley.postgresql.user",
                        "postgres"));
    }

    private Path jar() {
        try {
            return Path.of(
                    driver.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
