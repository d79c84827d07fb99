package dev.parley.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Properties;

/**
 * The folder of one server ({@code jboss.server.base.dir}). WildFly changes its configuration files while it runs, so
 * each start gets a fresh copy. The distribution stays unchanged, and no start sees the changes of an earlier one.
 */
record ServerFolder(Path base) {
    Path configuration() {
        return base.resolve("configuration");
    }

    /**
     * The settings, which WildFly turns into system properties. They are in a file, because every user can read a
     * command line.
     */
    Path settings() {
        return configuration().resolve("parley.properties");
    }

    Path bootLog() {
        return base.resolve("log/server.log");
    }

    Path consoleLog() {
        return base.resolve("log/console.log");
    }

    /** The file in which WildFly's deployment scanner writes the reason if the WAR cannot be deployed. */
    Path deploymentFailure() {
        return base.resolve("deployments/ROOT.war.failed");
    }

    /** Creates all files for this start. The application's stored data is kept. */
    void prepare(WildFly wildFly) {
        try {
            delete(configuration());
            delete(base.resolve("deployments"));
            copy(wildFly.home().resolve("standalone/configuration"), configuration());
            keepSettingsOutOfTheLog();
            write(wildFly.settings());
            Files.createDirectories(base.resolve("log"));
            Files.createDirectories(base.resolve("deployments"));
            Files.copy(wildFly.war(), base.resolve("deployments/ROOT.war"));
            Files.createFile(base.resolve("deployments/ROOT.war.dodeploy"));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot prepare the server's folder " + base, e);
        }
    }

    /**
     * Sets a log level. Until WildFly has read its configuration it uses this file, in which one category logs every
     * system property at DEBUG, including the token secret. The last line for a key wins.
     */
    private void keepSettingsOutOfTheLog() throws IOException {
        Files.writeString(
                configuration().resolve("logging.properties"),
                "\nlogger.org.jboss.as.config.level=INFO\n",
                StandardOpenOption.APPEND);
    }

    private void write(Map<String, String> values) throws IOException {
        var properties = new Properties();
        properties.putAll(values);
        try (var writer = Files.newBufferedWriter(PrivateFile.create(settings()))) {
            properties.store(writer, "What this server was started with");
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var paths = Files.walk(from)) {
            for (var path : (Iterable<Path>) paths::iterator) {
                var target = to.resolve(from.relativize(path));
                if (Files.isDirectory(path)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(path, target);
                }
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        if (Files.notExists(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path emptied, IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(emptied);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
