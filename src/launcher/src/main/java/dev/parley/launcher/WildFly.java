package dev.parley.launcher;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The configuration of a WildFly that serves the WAR at the root context. Immutable. It can be started any number of
 * times, one after the other, each time on the same port with the same data.
 *
 * @param home the unpacked distribution; read-only, so that several servers can share it
 * @param war the WAR to serve
 * @param yamls WildFly's YAML configuration files, applied to its standalone.xml in this order
 * @param modules folders with additional JBoss modules, such as a JDBC driver
 * @param base folder of this server: its copy of the configuration, its deployments, its log
 * @param port HTTP port on the loopback address
 * @param httpsPort HTTPS port on the loopback address; 0 for any free port, if HTTPS is not used
 * @param settings system properties of the server, such as {@code parley.guests}
 * @param jvmOptions additional options of its JVM, such as {@code -Xmx1g}
 * @param log destination of its log
 */
public record WildFly(
        Path home,
        Path war,
        List<Path> yamls,
        List<Path> modules,
        Path base,
        int port,
        int httpsPort,
        Map<String, String> settings,
        List<String> jvmOptions,
        Log log) {

    /** The destination of the server's log. */
    public enum Log {
        /** The output of this process. */
        CONSOLE,
        /** The file {@code log/console.log} in the server's folder. */
        FILE
    }

    public WildFly {
        home = absolute(home);
        war = absolute(war);
        yamls = yamls.stream().map(WildFly::absolute).toList();
        modules = modules.stream().map(WildFly::absolute).toList();
        base = absolute(base);
        settings = Map.copyOf(settings);
        jvmOptions = List.copyOf(jvmOptions);
    }

    /** A server on a free port, with a heap of at most 1 GiB, that logs to a file. */
    public static WildFly of(Path home, Path war, Path yaml, Path base) {
        return new WildFly(
                home,
                war,
                List.of(yaml),
                List.of(),
                base,
                LoopbackPort.free(),
                0,
                Map.of(),
                List.of("-Xmx1g"),
                Log.FILE);
    }

    /** Sets the HTTP port; 0 chooses a free one now, which stays the same for all starts. */
    public WildFly port(int other) {
        int chosen = other == 0 ? LoopbackPort.free() : other;
        return new WildFly(home, war, yamls, modules, base, chosen, httpsPort, settings, jvmOptions, log);
    }

    /** Sets the HTTPS port; 0 chooses a free one now, which stays the same for all starts. */
    public WildFly httpsPort(int other) {
        int chosen = other == 0 ? LoopbackPort.free() : other;
        return new WildFly(home, war, yamls, modules, base, port, chosen, settings, jvmOptions, log);
    }

    /** Replaces the WAR. */
    public WildFly war(Path other) {
        return new WildFly(home, other, yamls, modules, base, port, httpsPort, settings, jvmOptions, log);
    }

    /** Adds a YAML configuration, applied after the others. */
    public WildFly plusYaml(Path another) {
        return new WildFly(home, war, plus(yamls, another), modules, base, port, httpsPort, settings, jvmOptions, log);
    }

    /** Adds a folder of JBoss modules. */
    public WildFly plusModules(Path folder) {
        return new WildFly(home, war, yamls, plus(modules, folder), base, port, httpsPort, settings, jvmOptions, log);
    }

    public WildFly settings(Map<String, String> others) {
        return new WildFly(home, war, yamls, modules, base, port, httpsPort, others, jvmOptions, log);
    }

    public WildFly plusSettings(Map<String, String> more) {
        Map<String, String> all = new HashMap<>(settings);
        all.putAll(more);
        return settings(all);
    }

    public WildFly jvmOptions(String... others) {
        return new WildFly(home, war, yamls, modules, base, port, httpsPort, settings, List.of(others), log);
    }

    public WildFly log(Log other) {
        return new WildFly(home, war, yamls, modules, base, port, httpsPort, settings, jvmOptions, other);
    }

    /** Starts the process and returns at once; {@link RunningServer#awaitReady} waits for it. */
    public RunningServer start() {
        return RunningServer.start(this);
    }

    private static List<Path> plus(List<Path> paths, Path another) {
        return Stream.concat(paths.stream(), Stream.of(another)).toList();
    }

    private static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }
}
