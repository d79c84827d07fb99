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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

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
    private static final int OK = 200;
    private static final int NONE = 0;

    private final ServerConfiguration configuration;
    private final Process process;
    private volatile boolean askedToEnd;
    /** Written by the thread that waits for the server. */
    private volatile boolean hasWars;

    private RunningServer(ServerConfiguration configuration, Process process) {
        this.configuration = configuration;
        this.process = process;
    }

    static RunningServer start(ServerConfiguration configuration, List<String> starter) {
        try {
            var command = configuration.server().prepare(configuration);
            var words = new ArrayList<>(starter);
            words.addAll(command.words());
            var builder = new ProcessBuilder(words).redirectErrorStream(true);
            builder.environment().putAll(command.environment());
            switch (configuration.log()) {
                case CONSOLE -> builder.redirectOutput(ProcessBuilder.Redirect.INHERIT);
                case FILE -> {
                    Files.createDirectories(configuration.consoleLog().getParent());
                    builder.redirectOutput(configuration.consoleLog().toFile());
                }
            }
            var server = new RunningServer(configuration, builder.start());
            endWithThisJvm(server.process, server::stop);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot start a server in " + configuration.base(), e);
        }
    }

    /** Starts a process that ends with this JVM at the latest, unless this JVM is itself killed. */
    static Process startChild(ProcessBuilder builder) throws IOException {
        var child = builder.start();
        endWithThisJvm(child, child::destroyForcibly);
        return child;
    }

    /** @param end ends the process; called on a thread of its own while this JVM shuts down */
    private static void endWithThisJvm(Process child, Runnable end) {
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(end, "end-of-process-" + child.pid()));
        } catch (IllegalStateException e) {
            // The shutdown has begun, and takes no more hooks.
            child.destroyForcibly();
            throw e;
        }
    }

    /** The URL of the root for HTTP, with a slash at the end. */
    public URI baseUri() {
        return baseUri("");
    }

    /** The URL of the application with this context path, with a slash at the end. */
    public URI baseUri(String contextPath) {
        return URI.create("http://" + configuration.httpAddress() + ":" + configuration.port() + contextPath + "/");
    }

    /**
     * Deploys a WAR while the server runs, and returns when the server serves it.
     *
     * @param contextPath empty for the root, otherwise with a slash in front
     * @throws StartFailed if the server cannot deploy it
     */
    public void deploy(String contextPath, Path war) {
        try {
            configuration.server().deploy(configuration, contextPath, war);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot deploy " + war, e);
        }
    }

    /** Takes a WAR from the running server, and returns when it is gone. */
    public void undeploy(String contextPath) {
        try {
            configuration.server().undeploy(configuration, contextPath);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot undeploy what is at '" + contextPath + "'", e);
        }
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

    /** Waits until Parley at the root reports that it is ready; see {@link #awaitReady(String, Duration)}. */
    public RunningServer awaitReady(Duration deadline) {
        return awaitReady("", deadline);
    }

    /**
     * Waits until the Parley with this context path reports that it is ready.
     *
     * @throws StartFailed at once if the process ends or the WAR cannot be deployed, otherwise at the deadline; the
     *     server is stopped then
     */
    public RunningServer awaitReady(String contextPath, Duration deadline) {
        var ready = HttpRequest.newBuilder(baseUri(contextPath).resolve("health/ready"))
                .timeout(ANSWER_DEADLINE)
                .build();
        return await("was not ready", deadline, client -> answer(client, ready) == OK);
    }

    /**
     * Waits until the server answers requests, whatever the status, and has deployed the WARs that it was started with.
     *
     * @throws StartFailed at once if the process ends or a WAR cannot be deployed, otherwise at the deadline; the
     *     server is stopped then
     */
    public RunningServer awaitStarted(Duration deadline) {
        var any = HttpRequest.newBuilder(baseUri()).timeout(ANSWER_DEADLINE).build();
        return await(
                "did not answer",
                deadline,
                client -> answer(client, any) != NONE && configuration.server().hasDeployed(configuration));
    }

    private RunningServer await(String otherwise, Duration deadline, Predicate<HttpClient> condition) {
        try {
            awaitOrFail(otherwise, deadline, condition);
            return this;
        } catch (StartFailed e) {
            // Otherwise it would keep the port and the database from the next start.
            stop();
            throw e;
        }
    }

    private void awaitOrFail(String otherwise, Duration deadline, Predicate<HttpClient> condition) {
        var client = HttpClient.newHttpClient();
        long end = System.nanoTime() + deadline.toNanos();
        while (!hasWars() || !condition.test(client)) {
            if (!process.isAlive()) {
                throw failure("The server ended before it was ready, with status " + process.exitValue());
            }
            configuration.server().deploymentFailure(configuration).ifPresent(reason -> {
                throw failure("The server could not deploy the application:\n" + reason);
            });
            if (System.nanoTime() - end > 0) {
                throw failure("The server " + otherwise + " within " + deadline.toSeconds() + " s");
            }
            awaitExit(POLL);
        }
    }

    private boolean hasWars() {
        try {
            hasWars = hasWars || process.isAlive() && configuration.server().deployAll(configuration);
            return hasWars;
        } catch (IOException e) {
            throw failure("The server could not be told to deploy the application: " + e.getMessage());
        }
    }

    /** Waits for the end of the process, whatever the cause, and returns its exit status. */
    public int awaitEnd() {
        return end().join();
    }

    /** Completes with the exit status at the end of the process, whatever the cause. */
    public CompletableFuture<Integer> end() {
        return process.onExit().thenApply(Process::exitValue);
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

    /** The status of the answer; without a connection, or without an answer in time, {@link #NONE}. */
    private static int answer(HttpClient client, HttpRequest request) {
        return client.sendAsync(request, BodyHandlers.discarding())
                .handle((response, failure) -> failure == null ? response.statusCode() : NONE)
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

    static String text(Path file) {
        try {
            // Not readString, which throws on a malformed character: that would hide the failure in the log.
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file, e);
        }
    }
}
