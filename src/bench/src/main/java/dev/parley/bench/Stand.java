package dev.parley.bench;

import dev.parley.launcher.RunningServer;
import dev.parley.launcher.WildFly;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** A server of its own with an empty database, for one measurement. */
final class Stand implements AutoCloseable {
    private static final Duration READY = Duration.ofSeconds(120);

    private final RunningServer server;

    private Stand(RunningServer server) {
        this.server = server;
    }

    /** @param arguments where things are, as the POM gives them: WildFly, the WAR, its configuration, a folder */
    static Stand onH2(String[] arguments, Map<String, String> settings) throws IOException {
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of(arguments[3])), "h2");
        return start(arguments, folder, settings);
    }

    private static Stand start(String[] arguments, Path folder, Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(Map.of("parley.guests", "true", "parley.rate.messages", "0"));
        all.put("parley.data", folder.resolve("data").toString());
        all.putAll(settings);
        RunningServer server = WildFly.of(
                        Path.of(arguments[0]),
                        Path.of(arguments[1]),
                        Path.of(arguments[2]).resolve("parley.yaml"),
                        folder)
                .settings(all)
                .start();
        return new Stand(server.awaitReady(READY));
    }

    URI chat() {
        return URI.create("ws://" + server.baseUri().getAuthority() + "/chat");
    }

    URI monitor() {
        return URI.create("ws://" + server.baseUri().getAuthority() + "/monitor");
    }

    long pid() {
        return server.pid();
    }

    @Override
    public void close() {
        server.close();
    }
}
