package dev.parley.acceptance.hostile.rows;

import static dev.parley.acceptance.hostile.peer.Answer.closed;
import static dev.parley.acceptance.hostile.peer.Answer.http;
import static dev.parley.acceptance.hostile.peer.Answer.told;
import static dev.parley.acceptance.hostile.peer.Answer.upgraded;

import dev.parley.acceptance.hostile.peer.Answer;
import dev.parley.acceptance.hostile.peer.HandshakeAttempt;
import dev.parley.acceptance.hostile.peer.Node;
import dev.parley.acceptance.hostile.peer.Peer;
import dev.parley.acceptance.hostile.peer.Row;
import dev.parley.acceptance.support.Frame;
import dev.parley.acceptance.support.RawSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Handshakes with a wrong request line, version, key or body. */
public final class RequestRows {
    private static final String VERSION = "Sec-WebSocket-Version";
    private static final String KEY = "Sec-WebSocket-Key";
    private static final String PROPER_KEY = "dGhlIHNhbXBsZSBub25jZQ==";
    private static final byte[] PING = "{\"type\":\"ping\"}".getBytes(StandardCharsets.US_ASCII);

    private RequestRows() {}

    public static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (String method : List.of("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW", "get")) {
            rows.add(new Row("method " + method, HandshakeAttempt.method(method), http(405, "bad_message")));
        }
        // No code: an answer to HEAD has no body.
        rows.add(new Row("method HEAD", HandshakeAttempt.method("HEAD"), http(405)));
        rows.add(new Row(
                "POST with a body",
                HandshakeAttempt.method("POST").plus("Content-Length: 5").then("hello"),
                http(405, "bad_message")));
        rows.addAll(versions());
        rows.addAll(keys());
        rows.addAll(protocols());
        rows.addAll(bodies());
        return rows;
    }

    private static List<Row> versions() {
        List<Row> rows = new ArrayList<>();
        rows.add(new Row("no version", HandshakeAttempt.proper().with(VERSION), http(426, "bad_message")));
        rows.add(new Row(
                "duplicate version", HandshakeAttempt.proper().with(VERSION, "13", "13"), http(426, "bad_message")));
        for (String version :
                List.of("0", "8", "12", "14", "255", "13,13", "13, 8", "thirteen", "013", "+13", "99999999999", "")) {
            rows.add(new Row(
                    "version '" + version + "'",
                    HandshakeAttempt.proper().with(VERSION, version),
                    http(426, "bad_message")));
        }
        return rows;
    }

    private static List<Row> keys() {
        List<Row> rows = new ArrayList<>();
        rows.add(new Row("no key", HandshakeAttempt.proper().with(KEY), http(400, "bad_message")));
        rows.add(new Row(
                "duplicate key",
                HandshakeAttempt.proper().with(KEY, PROPER_KEY, PROPER_KEY),
                http(400, "bad_message")));
        for (String key : List.of(
                "",
                "abc",
                "AAAAAAAAAAAAAAAAAAAA",
                "AAAAAAAAAAAAAAAAAAAAAAAA",
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                "A".repeat(8_000),
                PROPER_KEY.replace("=", ""),
                PROPER_KEY + "," + PROPER_KEY,
                "!!!!!!!!!!!!!!!!!!!!!!==",
                "dGhlIHNh bXBsZSBub25jZQ=")) {
            rows.add(new Row(
                    "key of " + key.length() + " '" + shown(key) + "'",
                    HandshakeAttempt.proper().with(KEY, key),
                    http(400, "bad_message")));
        }
        return rows;
    }

    private static List<Row> protocols() {
        return List.of(
                new Row("HTTP/1.0", HandshakeAttempt.line("GET /chat HTTP/1.0"), http(400, "bad_message")),
                new Row("HTTP/0.9 with headers", HandshakeAttempt.line("GET /chat HTTP/0.9"), http(400, "bad_message")),
                new Row("HTTP/0.9", HandshakeAttempt.raw("GET /chat\r\n\r\n"), http(400)),
                new Row("HTTP/1.2", HandshakeAttempt.line("GET /chat HTTP/1.2"), http(400)),
                new Row("HTTP/2.0", HandshakeAttempt.line("GET /chat HTTP/2.0"), http(400)),
                new Row("http/1.1 in lower case", HandshakeAttempt.line("GET /chat http/1.1"), http(400)),
                new Row("preface of HTTP/2", HandshakeAttempt.raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), http(400)),
                new Row(
                        "upgrade to HTTP/2",
                        HandshakeAttempt.proper()
                                .with("Upgrade", "h2c")
                                .with("Connection", "Upgrade, HTTP2-Settings")
                                .with("HTTP2-Settings", "AAMAAABkAAQAoAAAAAIAAAAA"),
                        http(426, "bad_message")),
                new Row("empty lines", HandshakeAttempt.raw("\r\n\r\n\r\n\r\n"), http(400)),
                new Row("two requests at once: the second is no frame", RequestRows::twoAtOnce, closed(1002)),
                new Row("frame sent with the handshake is read after it", RequestRows::frameAtOnce, told("pong")));
    }

    private static List<Row> bodies() {
        return List.of(
                body("body by Content-Length", "bad_message", "hello", "Content-Length: 5"),
                body("body by chunks", "bad_message", "5\r\nhello\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
                body("empty body by chunks", "bad_message", "0\r\n\r\n", "Transfer-Encoding: chunked"),
                body("unknown Transfer-Encoding", "bad_message", "", "Transfer-Encoding: xchunked"),
                body(
                        "smuggled request, Content-Length and Transfer-Encoding",
                        "",
                        "0\r\n\r\nGET /chat HTTP/1.1\r\n\r\n",
                        "Content-Length: 4",
                        "Transfer-Encoding: chunked"),
                body(
                        "smuggled request, Transfer-Encoding in odd capitals",
                        "",
                        "0\r\n\r\nGET /chat HTTP/1.1\r\n\r\n",
                        "Content-Length: 4",
                        "tRANSFER-eNCODING: CHUNKED"),
                body("two lengths", "", "hello!", "Content-Length: 5", "Content-Length: 6"),
                body("negative length", "", "", "Content-Length: -5"),
                body("length in words", "", "", "Content-Length: five"),
                body("length beyond 64 bits", "", "", "Content-Length: 99999999999999999999"),
                new Row("length of nothing", HandshakeAttempt.proper().plus("Content-Length: 0"), upgraded()));
    }

    private static Row body(String name, String code, String body, String... headers) {
        HandshakeAttempt attempt = HandshakeAttempt.proper().then(body);
        for (String header : headers) {
            attempt = attempt.plus(header);
        }
        return new Row(name, attempt, http(400, code));
    }

    private static Answer twoAtOnce(Node node) {
        try (RawSocket raw = node.connect()) {
            byte[] handshake = HandshakeAttempt.proper().bytes(node);
            raw.write(together(handshake, handshake));
            raw.response("GET");
            return new Peer(raw).ending();
        }
    }

    private static Answer frameAtOnce(Node node) {
        try (RawSocket raw = node.connect()) {
            raw.write(together(HandshakeAttempt.proper().bytes(node), Frame.masked(Frame.FIN | Frame.TEXT, PING)));
            raw.response("GET");
            return new Peer(raw).answer(1);
        }
    }

    /** For one packet: Open Liberty treats what comes in another one after the handshake in another way. */
    private static byte[] together(byte[] first, byte[] second) {
        return ByteBuffer.allocate(first.length + second.length)
                .put(first)
                .put(second)
                .array();
    }

    private static String shown(String key) {
        return key.substring(0, Math.min(24, key.length()));
    }
}
