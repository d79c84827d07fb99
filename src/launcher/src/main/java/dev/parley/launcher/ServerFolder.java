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
 * The folder of one server ({@code jboss.server.base.dir}). WildFly writes its configuration back while it runs, so
 * each start gets a fresh copy: the distribution stays as it was unpacked, and no start sees what an earlier one left.
 */
record ServerFolder(Path base) {
    Path configuration() {
        return base.resolve("configuration");
    }

    /** The settings, which WildFly makes system properties. A file, because every user can read a command line. */
    Path settings() {
        return configuration().resolve("parley.properties");
    }

    Path bootLog() {
        return base.resolve("log/server.log");
    }

    Path consoleLog() {
        return base.resolve("log/console.log");
    }

    /** Written by WildFly's deployment scanner, with the reason in it, when the WAR could not be deployed. */
    Path deploymentFailure() {
        return base.resolve("deployments/ROOT.war.failed");
    }

    /** Makes everything that this start needs; what the application stored in {@code data} stays. */
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
     * Until WildFly has read its configuration it logs by this file, in which one category writes every system property
     * at DEBUG, the token secret among them. The last line for a key wins.
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
