package dev.parley.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * One started server process. It ends with this JVM at the latest, unless this JVM is itself killed. Any thread may
 * call any method.
 */
public final class RunningServer implements AutoCloseable {
    /** Longer than Parley's own shutdown of its sessions, shorter than the timeout of an impatient supervisor. */
    private static final Duration STOP_DEADLINE = Duration.ofSeconds(20);

    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration ANSWER_DEADLINE = Duration.ofSeconds(2);
    private static final int TAIL_LINES = 40;

    private final ServerConfiguration configuration;
    private final Process process;
    private volatile boolean askedToEnd;

    private RunningServer(ServerConfiguration configuration, Process process) {
        this.configuration = configuration;
        this.process = process;
    }

    static RunningServer start(ServerConfiguration configuration) {
        try {
            var command = configuration.server().prepare(configuration);
            var builder = new ProcessBuilder(command.words()).redirectErrorStream(true);
            builder.environment().putAll(command.environment());
            switch (configuration.log()) {
                case CONSOLE -> builder.redirectOutput(ProcessBuilder.Redirect.INHERIT);
                case FILE -> {
                    Files.createDirectories(configuration.consoleLog().getParent());
                    builder.redirectOutput(configuration.consoleLog().toFile());
                }
            }
            var server = new RunningServer(configuration, builder.start());
            Runtime.getRuntime().addShutdownHook(new Thread(server::stop, "end-of-server-" + server.pid()));
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot start a server in " + configuration.base(), e);
        }
    }

    /** The URL of the application, with a slash at the end. */
    public URI baseUri() {
        return URI.create("http://127.0.0.1:" + configuration.port() + configuration.contextPath() + "/");
    }

    /** The process id of the server. */
    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** The file with the output of the server; empty unless it logs to a file. */
    public Path log() {
        return configuration.consoleLog();
    }

    /**
     * Waits until the application reports that it is ready.
     *
     * @throws StartFailed at once if the process ends or the WAR cannot be deployed, otherwise at the deadline
     */
    public RunningServer awaitReady(Duration deadline) {
        var ready = HttpRequest.newBuilder(baseUri().resolve("health/ready"))
                .timeout(ANSWER_DEADLINE)
                .build();
        var client = HttpClient.newHttpClient();
        long end = System.nanoTime() + deadline.toNanos();
        while (!answersOk(client, ready)) {
            if (!process.isAlive()) {
                throw failure("The server ended before it was ready, with status " + process.exitValue());
            }
            configuration.server().deploymentFailure(configuration).ifPresent(reason -> {
                throw failure("The server could not deploy the application:\n" + reason);
            });
            if (System.nanoTime() - end > 0) {
                throw failure("The server was not ready within " + deadline.toSeconds() + " s");
            }
            awaitExit(POLL);
        }
        return this;
    }

    /** Waits for the end of the process, whatever the cause, and returns its exit status. */
    public int awaitEnd() {
        return process.onExit().join().exitValue();
    }

    /**
     * Whether {@link #stop} or {@link #kill} was called. Otherwise the server ended by itself, or another program ended
     * it.
     */
    public boolean wasAskedToEnd() {
        return askedToEnd;
    }

    /** Ends the process like a power failure (SIGKILL): nothing in it can react. */
    public void kill() {
        askedToEnd = true;
        process.destroyForcibly();
        awaitEnd();
    }

    /** Asks the server to shut down (SIGTERM), and kills it if that takes longer than 20 s. */
    public void stop() {
        askedToEnd = true;
        process.destroy();
        awaitExit(STOP_DEADLINE);
        if (process.isAlive()) {
            kill();
        }
    }

    @Override
    public void close() {
        stop();
    }

    private void awaitExit(Duration atMost) {
        process.onExit()
                .completeOnTimeout(process, atMost.toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }

    /** No connection, no answer in time and any other status all mean: not ready yet. */
    private static boolean answersOk(HttpClient client, HttpRequest request) {
        return client.sendAsync(request, BodyHandlers.discarding())
                .handle((response, failure) -> failure == null && response.statusCode() == 200)
                .join();
    }

    private StartFailed failure(String reason) {
        return new StartFailed(reason + "\n" + tail());
    }

    /** The end of the log file; empty if the log was printed to the console. */
    private String tail() {
        if (configuration.log() == ServerConfiguration.Log.CONSOLE) {
            return "";
        }
        var lines = text(log()).lines().toList();
        return "The end of " + log() + ":\n"
                + String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    }

    private static String text(Path file) {
        try {
            // Not readString, which throws on a malformed character: that would hide the failure in the log.
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file, e);
        }
    }
}
