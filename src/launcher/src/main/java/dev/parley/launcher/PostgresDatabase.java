package dev.parley.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A PostgreSQL on the loopback address, without a password, as the database of a server.
 *
 * @param yaml WildFly's YAML configuration of the data source
 * @param modules folder of JBoss modules that describes the driver's module, without the driver
 * @param driver class of the JDBC driver
 * @param port TCP port of the database
 */
public record PostgresDatabase(Path yaml, Path modules, Class<?> driver, int port) {
    private static final String MODULE = "org/postgresql/main";

    /** The configuration of the server with this database. The driver's module is copied into the server's folder. */
    public WildFly under(WildFly wildFly) {
        return wildFly.plusYaml(yaml)
                .plusModules(copiedModules(wildFly.base().resolve("modules")))
                .plusSettings(Map.of(
                        "parley.postgresql.url",
                        "jdbc:postgresql://127.0.0.1:" + port + "/postgres",
                        "parley.postgresql.user",
                        "postgres"));
    }

    /** Adds the driver as a module, as src/docs/operations.md describes by hand. */
    private Path copiedModules(Path to) {
        try {
            var module = Files.createDirectories(to.resolve(MODULE));
            Files.copy(modules.resolve(MODULE).resolve("module.xml"), module.resolve("module.xml"));
            var jar = driver.getProtectionDomain().getCodeSource().getLocation().toURI();
            Files.copy(Path.of(jar), module.resolve("postgresql.jar"));
            return to;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot copy the driver's module to " + to, e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
