package dev.parley.acceptance.hostile.rows;

import static dev.parley.acceptance.hostile.peer.Answer.http;
import static dev.parley.acceptance.hostile.peer.Answer.upgraded;
import static dev.parley.acceptance.hostile.peer.HandshakeAttempt.SELF;
import static dev.parley.acceptance.hostile.peer.HandshakeAttempt.proper;

import dev.parley.acceptance.hostile.peer.Answer;
import dev.parley.acceptance.hostile.peer.HandshakeAttempt;
import dev.parley.acceptance.hostile.peer.Jws;
import dev.parley.acceptance.hostile.peer.Node;
import dev.parley.acceptance.hostile.peer.Row;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Headers: too many, too long, malformed, duplicate, or wrong for a handshake. */
public final class HeaderRows {
    private static final int MEGABYTE = 1_000_000;

    private HeaderRows() {}

    public static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        rows.addAll(floods());
        rows.addAll(malformed());
        rows.addAll(duplicates());
        rows.addAll(wrong());
        return rows;
    }

    private static List<Row> floods() {
        String cookies = IntStream.range(0, 1_000).mapToObj(i -> "a" + i + "=b").collect(Collectors.joining("; "));
        return List.of(
                new Row("10,000 headers", proper().plusHeaders(10_000), http(400)),
                new Row("10,000 headers of one name", proper().plus("X: a\r\n".repeat(9_999) + "X: a"), http(400)),
                new Row("one header of 1 MB", proper().plus("X: " + "a".repeat(MEGABYTE)), http(400)),
                new Row("name of a header of 1 MB", proper().plus("X".repeat(MEGABYTE) + ": a"), http(400)),
                new Row(
                        "Authorization of 1 MB",
                        proper().plus("Authorization: Bearer " + "a".repeat(MEGABYTE)),
                        http(400)),
                new Row("request line of 1 MB", HandshakeAttempt.get("/" + "a".repeat(MEGABYTE)), http(400)),
                new Row("1,000 cookies", proper().plus("Cookie: " + cookies), http(400, "bad_message")));
    }

    private static List<Row> malformed() {
        return List.of(
                new Row("header folded over two lines", proper().plus("X: a\r\n b"), upgraded()),
                new Row(
                        "Upgrade folded over two lines",
                        proper().with("Upgrade", "websocket\r\n x"),
                        http(426, "bad_message")),
                new Row(
                        "space before the colon of a header that counts",
                        proper().plus("Origin : http://" + SELF),
                        http(400)),
                new Row("containerAccepts a space before the colon of another", proper().plus("X : a"), upgraded()),
                new Row("containerAccepts a header without a colon", proper().plus("Nonsense"), upgraded()),
                new Row("NUL in a header's name", proper().plus("X\0Y: a"), http(400)),
                new Row("NUL in a header", proper().plus("X: a\0b"), http(400, "bad_message")),
                new Row("ESC in a header", proper().plus("X: a\u001b[2Jb"), http(400, "bad_message")),
                new Row("DEL in a header", proper().plus("X: a\u007fb"), http(400, "bad_message")),
                // The text after it is a header like any other, and is checked like one.
                new Row("containerAccepts a bare CR for the end of a line", proper().plus("X: a\rY: b"), upgraded()),
                new Row(
                        "foreign Origin behind a bare CR",
                        proper().plus("X: a\rOrigin: http://evil.example"),
                        http(403, "forbidden")),
                new Row("containerAccepts a header without a name", proper().plus(": a"), upgraded()),
                new Row("containerAccepts lines that end in LF alone", HeaderRows::lines, upgraded()));
    }

    private static Answer lines(Node node) {
        String request = new String(proper().bytes(node), StandardCharsets.ISO_8859_1);
        return HandshakeAttempt.raw(request.replace("\r\n", "\n")).on(node);
    }

    private static List<Row> duplicates() {
        String good = "Bearer " + Jws.good("hostile-duplicate", "user");
        return List.of(
                new Row("duplicate Host", proper().with("Host", SELF, SELF), http(400)),
                new Row("Host and another Host", proper().with("Host", SELF, "evil.example"), http(400)),
                new Row(
                        "duplicate Origin",
                        proper().with("Origin", "http://" + SELF, "http://" + SELF),
                        http(403, "forbidden")),
                new Row(
                        "Origin and a foreign Origin",
                        proper().with("Origin", "http://" + SELF, "http://evil.example"),
                        http(403, "forbidden")),
                new Row(
                        "duplicate Authorization",
                        proper().with("Authorization", good, good),
                        http(401, "login_refused")),
                new Row(
                        "Authorization and another one",
                        proper().with("Authorization", good, "Basic dTpw"),
                        http(401, "login_refused")),
                new Row("duplicate Upgrade", proper().with("Upgrade", "websocket", "websocket"), upgraded()),
                new Row("Upgrade to one of two protocols", proper().with("Upgrade", "websocket, h2c"), upgraded()),
                new Row("duplicate Connection", proper().with("Connection", "Upgrade", "keep-alive"), upgraded()));
    }

    private static List<Row> wrong() {
        List<Row> rows = new ArrayList<>();
        for (String upgrade : List.of("", "h2c", "xwebsocket", "websocket/13", "web socket", "websocket;q=1")) {
            rows.add(new Row(
                    "Upgrade to '" + upgrade + "'", proper().with("Upgrade", upgrade), http(426, "bad_message")));
        }
        rows.add(new Row("no Upgrade", proper().with("Upgrade"), http(426, "bad_message")));
        for (String connection : List.of("", "keep-alive", "close", "Upgrader")) {
            rows.add(new Row(
                    "Connection '" + connection + "'",
                    proper().with("Connection", connection),
                    http(426, "bad_message")));
        }
        rows.add(new Row("no Connection", proper().with("Connection"), http(426, "bad_message")));
        rows.add(new Row("no Host", proper().with("Host"), http(400)));
        for (String host : List.of("a b", "evil.example:x", "[::1", "a/b", "user@" + SELF)) {
            rows.add(new Row("Host '" + host + "'", proper().with("Host", host), http(400)));
        }
        for (String credential :
                List.of("", "Bearer", "Bearer ", "Basic dTpw", "Digest x", "Bearer a b", "Bearer,a", "nonsense")) {
            rows.add(new Row(
                    "Authorization '" + credential + "'",
                    proper().with("Authorization", credential),
                    http(401, "login_refused")));
        }
        return rows;
    }
}
