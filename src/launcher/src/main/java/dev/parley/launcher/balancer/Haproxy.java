package dev.parley.launcher.balancer;

import dev.parley.launcher.ServerConfiguration;
import dev.parley.launcher.programs.SystemProgram;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A started HAProxy with Parley's own configuration of it, {@code server-config/haproxy/haproxy.cfg}. */
public final class Haproxy implements LoadBalancer {
    private static final String NAME = "haproxy";
    private static final Duration START_DEADLINE = Duration.ofSeconds(20);
    private static final Duration END_DEADLINE = Duration.ofSeconds(5);
    private static final long POLL_MILLIS = 50;

    private final Process process;
    private final Path log;
    private final URI address;

    private Haproxy(Process process, Path log, URI address) {
        this.process = process;
        this.log = log;
        this.address = address;
    }

    /** The installed HAProxy, if there is one. */
    public static Optional<Path> find() {
        return SystemProgram.find(List.of(NAME));
    }

    /**
     * Starts HAProxy and waits until it listens. The caller ends it; it does not end with this JVM by itself.
     *
     * @param program the installed HAProxy
     * @param configuration haproxy.cfg, with as many nodes as there are ports
     * @param folder for its configuration and its log
     * @param port a free port
     * @param nodes HTTP ports of the nodes on the loopback address
     * @throws IOException if it does not start; the text has what it printed
     */
    public static Haproxy start(Path program, Path configuration, Path folder, int port, List<Integer> nodes)
            throws IOException {
        Files.createDirectories(folder);
        Path own = folder.resolve("haproxy.cfg");
        Files.writeString(own, configured(Files.readString(configuration), port, nodes));
        Path log = folder.resolve("haproxy.log");
        Process process = new ProcessBuilder(program.toString(), "-db", "-f", own.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Haproxy started = new Haproxy(process, log, URI.create("http://localhost:" + port + "/"));
        try {
            started.awaitListening(port);
        } catch (IOException e) {
            started.close();
            throw e;
        }
        return started;
    }

    /** The configuration with these ports, and for this machine only. */
    static String configured(String configuration, int port, List<Integer> nodes) {
        String configured = replaced(configuration, "bind :8080", "bind " + ServerConfiguration.LOOPBACK + ":" + port);
        for (int i = 0; i < nodes.size(); i++) {
            configured = replaced(
                    configured,
                    "127.0.0.1:" + (8081 + i) + "\n",
                    ServerConfiguration.LOOPBACK + ":" + nodes.get(i) + "\n");
        }
        return configured;
    }

    private static String replaced(String text, String what, String by) {
        if (!text.contains(what)) {
            throw new IllegalArgumentException("The configuration of HAProxy has no '" + what.strip() + "'.");
        }
        return text.replace(what, by);
    }

    private void awaitListening(int port) throws IOException {
        long end = System.nanoTime() + START_DEADLINE.toNanos();
        while (!listens(port)) {
            if (!process.isAlive() || System.nanoTime() - end > 0) {
                throw new IOException("HAProxy does not start; it said:\n"
                        + new String(Files.readAllBytes(log), StandardCharsets.UTF_8).strip());
            }
            awaitEnd(Duration.ofMillis(POLL_MILLIS));
        }
    }

    /** Whether HAProxy listens, and not another program: then it would have ended. */
    private boolean listens(int port) {
        try (Socket socket = new Socket(InetAddress.getByName(ServerConfiguration.LOOPBACK), port)) {
            return socket.isConnected() && process.isAlive();
        } catch (IOException e) {
            return false;
        }
    }

    private void awaitEnd(Duration atMost) {
        process.onExit()
                .completeOnTimeout(process, atMost.toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }

    @Override
    public String description() {
        return "HAProxy";
    }

    @Override
    public URI address() {
        return address;
    }

    @Override
    public void close() {
        process.destroy();
        awaitEnd(END_DEADLINE);
        process.destroyForcibly();
    }
}
