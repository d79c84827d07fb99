package dev.parley.acceptance.hostile.rows;

import static dev.parley.acceptance.hostile.peer.Answer.http;

import dev.parley.acceptance.hostile.peer.HandshakeAttempt;
import dev.parley.acceptance.hostile.peer.Jws;
import dev.parley.acceptance.hostile.peer.Node;
import dev.parley.acceptance.hostile.peer.Row;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Requests to {@code /api}: headers that JAX-RS cannot parse, and bodies that are not one JSON object in UTF-8. */
public final class ApiRows {
    private static final String JSON = "Content-Type: application/json";

    private ApiRows() {}

    public static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        rows.addAll(headers());
        rows.addAll(bodies());
        rows.addAll(reads());
        return rows;
    }

    private static List<Row> headers() {
        List<Row> rows = new ArrayList<>();
        for (String accept : List.of("a/b;q=x", "a/b;q", "a/b;q=", "a/b;q=2", "a", "a/b c/d", "a/b;c=\"")) {
            rows.add(new Row("Accept '" + accept + "'", get("Accept: " + accept), http(400, "bad_message")));
        }
        for (String type : List.of("a/b;q=x", "nonsense", "a/", "application/json, text/xml")) {
            rows.add(new Row(
                    "Content-Type '" + type + "'", post("{}", "Content-Type: " + type), http(400, "bad_message")));
        }
        rows.add(new Row("duplicate Content-Type", post("{}", JSON, JSON), http(400, "bad_message")));
        rows.add(new Row(
                "Content-Type and another one", post("{}", JSON, "Content-Type: text/xml"), http(400, "bad_message")));
        rows.add(new Row("cookie of no version", get("Cookie: $Version=x; a=b"), http(200)));
        return rows;
    }

    private static List<Row> bodies() {
        List<Row> rows = new ArrayList<>();
        rows.add(new Row("control: a proper body", post("{\"name\":\"x\"}", JSON), http(201)));
        rows.add(new Row(
                "control: a charset in other letters",
                post("{\"name\":\"x\"}", JSON + "; charset=\"UTF-8\""),
                http(201)));
        Map<String, String> bodies = new LinkedHashMap<>();
        bodies.put("a duplicate name", "{\"name\":\"x\",\"name\":\"y\"}");
        bodies.put("a duplicate name by an escape", "{\"name\":\"x\",\"n\\u0061me\":\"y\"}");
        bodies.put("a duplicate unknown name", "{\"name\":\"x\",\"a\":{\"b\":1,\"b\":2}}");
        bodies.put("text behind it", "{\"name\":\"x\"} y");
        bodies.put("a second object behind it", "{\"name\":\"x\"}{}");
        bodies.put("a comment", "{\"name\":\"x\"}//");
        bodies.put("a byte order mark", latin("\uFEFF{\"name\":\"x\"}", StandardCharsets.UTF_8));
        bodies.put("UTF-16", latin("{\"name\":\"x\"}", StandardCharsets.UTF_16));
        bodies.put("UTF-16 without a mark", latin("{\"name\":\"x\"}", StandardCharsets.UTF_16LE));
        bodies.put("ISO 8859-1", "{\"name\":\"\u00e4\"}");
        bodies.forEach((name, body) -> rows.add(new Row("body with " + name, post(body, JSON), http(400, "bad_json"))));
        rows.addAll(shapes());
        rows.add(new Row(
                "body that says to be UTF-16",
                post("{\"name\":\"x\"}", JSON + ";charset=utf-16"),
                http(415, "bad_message")));
        return rows;
    }

    /** JSON that is no object, on every address that takes a body. */
    private static List<Row> shapes() {
        Map<String, String> shapes = new LinkedHashMap<>();
        shapes.put("nothing", "");
        shapes.put("an array", "[]");
        shapes.put("an array of an object", "[{\"name\":\"x\",\"content\":\"x\"}]");
        shapes.put("a string", "\"name\"");
        shapes.put("a number", "5");
        shapes.put("true", "true");
        shapes.put("null", "null");
        shapes.put("5,000 open arrays", "[".repeat(5_000));
        shapes.put("5,000 nested arrays", "[".repeat(5_000) + "]".repeat(5_000));
        shapes.put("2,000 open objects", "{\"a\":".repeat(2_000));
        shapes.put("5,000 nested arrays in a field", "{\"name\":" + "[".repeat(5_000) + "]".repeat(5_000) + "}");
        List<Row> rows = new ArrayList<>();
        for (String path : List.of("/api/rooms", "/api/node/announcements", "/api/messages")) {
            shapes.forEach((name, body) ->
                    rows.add(new Row(path + " with " + name, postTo(path, body, JSON), http(400, "bad_json"))));
            for (String type : List.of("text/plain", "application/x-www-form-urlencoded", "application/xml")) {
                rows.add(new Row(
                        path + " with " + type, postTo(path, "{}", "Content-Type: " + type), http(415, "bad_message")));
            }
            rows.add(new Row(path + " with an empty object", postTo(path, "{}", JSON), http(400, "missing_field")));
        }
        return rows;
    }

    /** Requests for the messages of a channel, at once and as a stream. */
    private static List<Row> reads() {
        String lobby = "room/lobby/messages";
        Map<String, String> requests = new LinkedHashMap<>();
        requests.put("a position that is none", lobby + "?after=nonsense");
        requests.put("a negative position", lobby + "?after=a:-1");
        requests.put("a position beyond 64 bits", lobby + "?after=a:99999999999999999999");
        requests.put("an empty position", lobby + "?after=");
        requests.put("an epoch of 1,000 characters", lobby + "?after=" + "e".repeat(1_000) + ":1");
        requests.put("a negative wait", lobby + "?wait=-1");
        requests.put("a wait of an hour", lobby + "?wait=3600");
        requests.put("a wait in words", lobby + "?wait=long");
        requests.put("no message at a time", lobby + "?limit=0");
        requests.put("a million messages at a time", lobby + "?limit=1000000");
        requests.put("a channel of no kind", "lobby/messages");
        requests.put("another's inbox", "inbox.ana/messages");
        requests.put("a room with a space", "room/a%20b/messages");
        requests.put("a room with a blank name", "room/%20/messages");
        List<Row> rows = new ArrayList<>();
        requests.forEach(
                (name, path) -> rows.add(new Row("messages with " + name, read(path), http(400, "bad_message"))));
        rows.add(new Row("messages of another epoch", read(lobby + "?after=other:0"), http(410, "not_recovered")));
        rows.add(new Row(
                "stream of another epoch",
                read(lobby + "?after=other:0", "Accept: text/event-stream"),
                http(410, "not_recovered")));
        rows.add(new Row(
                "stream behind an id that is no position",
                read(lobby, "Accept: text/event-stream", "Last-Event-ID: nonsense"),
                http(400, "bad_message")));
        rows.add(new Row(
                "stream for another origin",
                read(lobby, "Accept: text/event-stream", "Origin: http://evil.example"),
                http(403, "forbidden")));
        rows.add(new Row(
                "stream without a token",
                HandshakeAttempt.plain(
                        "GET /api/channels/" + lobby + " HTTP/1.1", List.of("Accept: text/event-stream")),
                http(401, "login_required")));
        rows.add(new Row(
                "stream with a token in its address",
                read(lobby + "?token=x", "Accept: text/event-stream"),
                http(400, "bad_message")));
        for (String accept : List.of("application/json", "text/event-stream")) {
            rows.add(new Row(
                    "messages of another's private room as " + accept,
                    node -> read("room/" + node.privateRoom() + "/messages", "Accept: " + accept)
                            .on(node),
                    http(404, "no_such_room")));
        }
        return rows;
    }

    private static HandshakeAttempt read(String path, String... headers) {
        return HandshakeAttempt.plain(
                "GET /api/channels/" + path + " HTTP/1.1",
                Stream.concat(
                                Stream.of("Authorization: Bearer " + Jws.good(Node.newUser(), "user")),
                                Stream.of(headers))
                        .toList());
    }

    /** Maps each byte to the character with its number, which {@link HandshakeAttempt} sends as that byte. */
    private static String latin(String text, Charset charset) {
        return new String(text.getBytes(charset), StandardCharsets.ISO_8859_1);
    }

    private static HandshakeAttempt get(String... headers) {
        return HandshakeAttempt.plain("GET /api/openapi.json HTTP/1.1", Arrays.asList(headers));
    }

    /** A request that creates a private room if nothing is wrong with it. */
    private static HandshakeAttempt post(String body, String... headers) {
        return postTo("/api/rooms", body, headers);
    }

    private static HandshakeAttempt postTo(String path, String body, String... headers) {
        String token = Jws.good(Node.newUser(), "user", "admin");
        return HandshakeAttempt.plain(
                        "POST " + path + " HTTP/1.1",
                        Stream.concat(
                                        Stream.of("Authorization: Bearer " + token, "Content-Length: " + body.length()),
                                        Stream.of(headers))
                                .toList())
                .then(body);
    }
}
