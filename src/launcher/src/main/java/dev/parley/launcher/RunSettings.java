package dev.parley.launcher;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/**
 * The settings of {@code mvn -Prun}: what was given as {@code -Dparley.*}, and defaults for trying Parley out.
 *
 * @param values every setting that reaches the server, by its full name
 */
record RunSettings(Map<String, String> values) {
    static final String PORT = "parley.http.port";
    static final String HTTPS_PORT = "parley.https.port";
    static final String KEY_STORE = "parley.tls.keystore";
    static final String DATA = "parley.data";
    static final String SECRET = "parley.token.secret";
    private static final int HIGHEST_PORT = 65_535;

    RunSettings {
        values = Map.copyOf(values);
    }

    /** @param work folder that outlives a build, for the data unless another was given */
    static RunSettings from(Properties system, Path work) {
        var values = new HashMap<String, String>();
        values.put(PORT, "8080");
        values.put("parley.guests", "true");
        values.put(DATA, work.resolve("data").toString());
        system.stringPropertyNames().stream()
                .filter(name -> name.startsWith("parley."))
                .forEach(name -> values.put(name, system.getProperty(name)));
        // The server runs in another folder than Maven, and H2 refuses a relative one.
        values.computeIfPresent(DATA, (name, folder) -> absolute(folder));
        values.computeIfPresent(KEY_STORE, (name, file) -> absolute(file));
        return new RunSettings(values);
    }

    private static String absolute(String path) {
        return Path.of(path).toAbsolutePath().normalize().toString();
    }

    /** The HTTP port; 0 for any that is free. */
    int port() {
        return port(PORT, values.get(PORT));
    }

    /** The HTTPS port, if anybody wants to call it; 0 for any that is free. */
    Optional<Integer> httpsPort() {
        return get(HTTPS_PORT).map(text -> port(HTTPS_PORT, text));
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

    Optional<String> get(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /** Whether tokens are checked against keys that somebody else holds: then none can be made here. */
    boolean trustsForeignTokens() {
        return values.containsKey("parley.token.jwks");
    }

    RunSettings with(String name, String value) {
        var changed = new HashMap<>(values);
        changed.put(name, value);
        return new RunSettings(changed);
    }
}
