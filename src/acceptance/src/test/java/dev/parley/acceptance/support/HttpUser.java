package dev.parley.acceptance.support;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/**
 * A user without a WebSocket. It uses the wire protocol only and no class of Parley.
 *
 * @param http the URL of the application
 */
public record HttpUser(URI http, String token) {
    private static final String ROOM = "room:";

    /** HTTP/1.1: a connection for each request that waits. */
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    public static HttpUser of(URI http, String name, String... roles) {
        return new HttpUser(http, Tokens.of(name, roles));
    }

    /** @param channel {@code room:NAME}, {@code inbox} or {@code broadcast}, as in positions */
    public static String path(String channel) {
        String room = channel.startsWith(ROOM) ? "room/" : "";
        return "api/channels/" + room
                + URLEncoder.encode(room.isEmpty() ? channel : channel.substring(ROOM.length()), StandardCharsets.UTF_8)
                + "/messages";
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(http.resolve(path)).header("Authorization", "Bearer " + token);
    }

    public HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return CLIENT.send(request(path).build(), BodyHandlers.ofString());
    }

    /** Asks for messages, and waits for the answer elsewhere. */
    public CompletableFuture<HttpResponse<String>> poll(String channel, String after, int waitSeconds) {
        return CLIENT.sendAsync(
                request(path(channel) + "?after=" + after + "&wait=" + waitSeconds)
                        .build(),
                BodyHandlers.ofString());
    }

    /**
     * Waits until a request that was sent waits in the server, as far as a client can see it: some that were sent later
     * are answered.
     */
    public void awaitWaiting(CompletableFuture<?> poll) throws IOException, InterruptedException {
        for (int i = 0; i < 10; i++) {
            position("inbox");
        }
        if (poll.isDone()) {
            throw new AssertionError("The request does not wait: " + poll);
        }
    }

    /** The position of the channel's end, as {@code EPOCH:SEQ}. */
    public String position(String channel) throws IOException, InterruptedException {
        return position(JsonText.object(get(path(channel)).body()));
    }

    /** The position that an answer names. */
    public static String position(JsonObject answer) {
        JsonObject position = answer.getJsonObject("position");
        return position.getString("epoch") + ":" + position.getJsonNumber("seq");
    }

    /** @param json JSON with single instead of double quotes, for readable tests */
    public HttpResponse<String> post(String json) throws IOException, InterruptedException {
        return send("POST", "api/messages", json.replace('\'', '"'));
    }

    public HttpResponse<String> send(String method, String path, String body) throws IOException, InterruptedException {
        return CLIENT.send(
                request(path)
                        .header("Content-Type", "application/json")
                        .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    /** @param lastEventId empty to begin at the channel's end */
    public HttpEvents stream(String channel, String lastEventId) throws IOException, InterruptedException {
        HttpRequest.Builder request = request(path(channel)).header("Accept", "text/event-stream");
        if (!lastEventId.isEmpty()) {
            request.header("Last-Event-ID", lastEventId);
        }
        return new HttpEvents(CLIENT.send(request.build(), BodyHandlers.ofInputStream()));
    }
}
