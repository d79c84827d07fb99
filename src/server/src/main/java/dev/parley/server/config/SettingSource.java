package dev.parley.server.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The sources of values: system properties, then the environment, then a properties file. */
public record SettingSource(Map<String, String> system, Map<String, String> environment, Map<String, String> file) {
    /** System property with the path of the properties file. */
    static final String FILE_PROPERTY = "parley.config";

    private static final String FILE_IN_CLASS_PATH = "/parley.properties";

    /** Names that the run command or server-config reads, not the WAR. */
    private static final Set<String> NOT_OURS = Set.of(
            FILE_PROPERTY,
            "parley.balancer",
            "parley.data",
            "parley.database",
            "parley.http.address",
            "parley.http.port",
            "parley.https.port",
            "parley.postgresql.url",
            "parley.postgresql.user",
            "parley.postgresql.password",
            "parley.tls.keystore",
            "parley.tls.password");

    public SettingSource {
        system = Map.copyOf(system);
        environment = Map.copyOf(environment);
        file = Map.copyOf(file);
    }

    /**
     * The sources of this process. The file is the one that {@value #FILE_PROPERTY} names, otherwise
     * {@code parley.properties} in the WAR.
     */
    public static SettingSource ofProcess() {
        Map<String, String> system = strings(System.getProperties());
        return new SettingSource(system, System.getenv(), readFile(Optional.ofNullable(system.get(FILE_PROPERTY))));
    }

    Optional<String> value(Setting setting) {
        return Optional.ofNullable(system.get(setting.property()))
                .or(() -> Optional.ofNullable(environment.get(setting.environment())))
                .or(() -> Optional.ofNullable(file.get(setting.property())))
                .map(String::strip);
    }

    /** Names with the prefix of Parley that are no settings: most likely misspelt. */
    public Set<String> unknownNames() {
        Set<String> known =
                Arrays.stream(Setting.values()).map(Setting::property).collect(Collectors.toSet());
        Set<String> unknown = new TreeSet<>();
        for (Map<String, String> names : List.of(system, file)) {
            names.keySet().stream()
                    .filter(name -> name.startsWith("parley.") && !known.contains(name) && !NOT_OURS.contains(name))
                    .forEach(unknown::add);
        }
        return unknown;
    }

    private static Map<String, String> readFile(Optional<String> path) {
        Properties properties = new Properties();
        try (InputStream in = path.isPresent()
                ? Files.newInputStream(Path.of(path.get()))
                : SettingSource.class.getResourceAsStream(FILE_IN_CLASS_PATH)) {
            if (in != null) {
                properties.load(new InputStreamReader(in, StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "The file of settings that " + FILE_PROPERTY + " names cannot be read: " + e.getMessage(), e);
        }
        return strings(properties);
    }

    private static Map<String, String> strings(Properties properties) {
        return properties.stringPropertyNames().stream()
                .collect(Collectors.toMap(name -> name, properties::getProperty));
    }
}
