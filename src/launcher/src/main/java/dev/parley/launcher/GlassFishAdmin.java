package dev.parley.launcher;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.jar.Manifest;
import java.util.stream.Collectors;

/**
 * The administrator's commands to a running GlassFish, by HTTP as bin/asadmin sends them, but without a JVM for each.
 *
 * @param domain the folder of the server
 * @param port its admin port on the loopback address
 */
record GlassFishAdmin(Path domain, int port) {
    /** For a command: the longest deploys a WAR on a busy machine. */
    private static final Duration DEADLINE = Duration.ofSeconds(90);
    /** For the question whether the server is there, which is asked again and again. */
    private static final Duration READY_DEADLINE = Duration.ofSeconds(10);

    private static final int OK = 200;
    /**
     * One for all commands: each client has a thread of its own. HTTP/1.1, because GlassFish closes an HTTP/2
     * connection that is idle for some 30 s, also while a command runs.
     */
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** The password that the running server has written for who can read its folder; empty before it has. */
    Optional<String> password() throws IOException {
        var file = domain.resolve("config/local-password");
        return Files.exists(file) ? Optional.of(Files.readString(file).strip()) : Optional.empty();
    }

    /** Whether the server takes commands already. */
    boolean isReady() {
        try {
            return exitCode(answer("version", Map.of(), READY_DEADLINE)).equals("SUCCESS");
        } catch (NoAnswer e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read what GlassFish has written in " + domain, e);
        }
    }

    /**
     * Runs a command to its end.
     *
     * @return the reason if the server could not do it
     * @throws IOException if the server does not answer, or not within 90 s
     */
    Optional<String> run(String command, Map<String, String> options) throws IOException {
        var answer = answer(command, options, DEADLINE);
        return exitCode(answer).equals("FAILURE")
                ? Optional.of(String.valueOf(answer.getMainAttributes().getValue("message")))
                : Optional.empty();
    }

    private static String exitCode(Manifest answer) {
        return String.valueOf(answer.getMainAttributes().getValue("exit-code"));
    }

    /**
     * The answer in GlassFish's own format.
     *
     * @throws NoAnswer if there is none before the deadline
     */
    private Manifest answer(String command, Map<String, String> options, Duration deadline) throws IOException {
        var password = password().orElseThrow(() -> new NoAnswer(command, deadline, "it has not started"));
        var query = options.entrySet().stream()
                .map(option -> option.getKey() + "=" + URLEncoder.encode(option.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        var credentials = Base64.getEncoder().encodeToString((":" + password).getBytes(StandardCharsets.UTF_8));
        var request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + port + "/__asadmin/" + command + "?" + query))
                .timeout(deadline)
                .header("Authorization", "Basic " + credentials)
                .header("X-Requested-By", "launcher")
                // The format of the answer depends on it.
                .header("User-Agent", "hk2-agent")
                .POST(BodyPublishers.noBody())
                .build();
        try {
            var response = HTTP.sendAsync(request, BodyHandlers.ofByteArray()).join();
            if (response.statusCode() != OK) {
                throw new NoAnswer(command, deadline, "HTTP status " + response.statusCode());
            }
            return new Manifest(new ByteArrayInputStream(response.body()));
        } catch (CompletionException e) {
            throw new NoAnswer(command, deadline, String.valueOf(e.getCause()));
        }
    }

    /** A command that was not answered. The text says what to do. */
    private static final class NoAnswer extends IOException {
        private static final long serialVersionUID = 1L;

        NoAnswer(String command, Duration deadline, String reason) {
            super("GlassFish did not answer the command '" + command + "': " + reason
                    + ". If its process has ended, its"
                    + " log says why. If it needs more than " + deadline.toSeconds()
                    + " s, try again when the machine is less busy.");
        }
    }
}
