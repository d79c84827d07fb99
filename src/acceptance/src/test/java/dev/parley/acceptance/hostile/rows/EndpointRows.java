package dev.parley.acceptance.hostile.rows;

import static dev.parley.acceptance.hostile.peer.Answer.http;
import static dev.parley.acceptance.hostile.peer.Answer.seen;
import static dev.parley.acceptance.hostile.peer.Answer.told;
import static dev.parley.acceptance.hostile.peer.Answer.upgraded;
import static dev.parley.acceptance.support.Frame.FIN;
import static dev.parley.acceptance.support.Frame.TEXT;
import static dev.parley.acceptance.support.Frame.masked;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.parley.acceptance.hostile.peer.Answer;
import dev.parley.acceptance.hostile.peer.HandshakeAttempt;
import dev.parley.acceptance.hostile.peer.Jws;
import dev.parley.acceptance.hostile.peer.Node;
import dev.parley.acceptance.hostile.peer.Peer;
import dev.parley.acceptance.hostile.peer.Row;
import dev.parley.acceptance.support.Frame;
import dev.parley.acceptance.support.HttpHandshake;
import dev.parley.acceptance.support.RawSocket;
import java.util.ArrayList;
import java.util.List;

/**
 * The other endpoints: {@code /monitor} accepts fewer messages, {@code /text} carries lines of text, and the root of
 * the context either lines or JSON.
 */
public final class EndpointRows {
    static final String NOBODY = "parley: Sign in first: send {\"type\":\"login\",\"token\":\"…\"}.";

    private static final String TOO_LONG =
            "parley: A frame may have 65536 bytes and 1024 fragments, but this one has more. Send a longer message to"
                    + " /chat in parts, each a 'chunk' message, and a file in several frames.";

    private EndpointRows() {}

    public static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (String json : List.of(
                "{'type':'chat','content':'x'}",
                "{'type':'message','to':'bob','content':'x'}",
                "{'type':'notification','content':'x'}",
                "{'type':'join','room':'lobby'}",
                "{'type':'history','inbox':true}",
                "{'type':'upload','room':'lobby','name':'a','mediaType':'a/b','size':1}")) {
            rows.add(new Row(
                    "on /monitor " + json, node -> onMonitor(node, json.replace('\'', '"')), told("unknown_type")));
        }
        rows.add(new Row(
                "text endpoint from a foreign origin",
                HandshakeAttempt.get("/text").with("Origin", "http://evil.example"),
                http(403, "forbidden")));
        rows.add(new Row(
                "text endpoint with a bad token",
                HandshakeAttempt.get("/text").with("Authorization", "Bearer nonsense"),
                http(401, "login_refused")));
        rows.add(new Row(
                "text endpoint without a credential",
                node -> line(node, List.of(), new byte[0], 2),
                seen(NOBODY + " 4501")));
        rows.add(new Row(
                "binary frame on the text endpoint",
                node -> line(node, masked(FIN | Frame.BINARY, new byte[1]), 1),
                seen("1003")));
        rows.add(new Row(
                "line of more than a frame",
                node -> line(node, masked(FIN | TEXT, new byte[64 * 1024 + 1]), 2),
                seen(TOO_LONG + " 1009")));
        rows.add(new Row(
                "U+0000 in a line",
                node -> line(node, masked(FIN | TEXT, new byte[] {'a', 0, 'b'}), 1),
                seen("parley: 'content' holds the character U+0000 at 1.")));
        rows.addAll(root());
        return rows;
    }

    /** The context root, where the first frame decides between JSON and lines. */
    private static List<Row> root() {
        List<Row> rows = new ArrayList<>();
        rows.add(new Row("root of the context", HandshakeAttempt.get("/"), upgraded()));
        rows.add(new Row("root of the context, with a query", HandshakeAttempt.get("/?x=1"), upgraded()));
        rows.add(new Row(
                "root from a foreign origin",
                HandshakeAttempt.get("/").with("Origin", "http://evil.example"),
                http(403, "forbidden")));
        rows.add(new Row(
                "root with a bad token",
                HandshakeAttempt.get("/").with("Authorization", "Bearer nonsense"),
                http(401, "login_refused")));
        rows.add(new Row("root with a bad ticket", HandshakeAttempt.get("/?ticket=x"), http(401, "login_refused")));
        rows.add(new Row(
                "root with a token in the address", HandshakeAttempt.get("/?token=abc"), http(400, "bad_message")));
        rows.add(new Row(
                "POST to the root that upgrades", HandshakeAttempt.line("POST / HTTP/1.1"), http(405, "bad_message")));
        rows.add(new Row(
                "root with a short key",
                HandshakeAttempt.get("/").with("Sec-WebSocket-Key", "abc"),
                http(400, "bad_message")));
        rows.add(new Row(
                "root of a line without a credential",
                node -> atRoot(node, masked(FIN | TEXT, "hello".getBytes(UTF_8)), 2),
                seen(NOBODY + " 4501")));
        rows.add(new Row(
                "root of U+0000 in a line without a credential",
                node -> atRoot(node, masked(FIN | TEXT, new byte[] {'a', 0, 'b'}), 2),
                seen(NOBODY + " 4501")));
        rows.add(new Row(
                "root of a binary frame first",
                node -> atRoot(node, masked(FIN | Frame.BINARY, new byte[1]), 1),
                seen("1003")));
        rows.add(new Row(
                "root of more than a frame first",
                node -> atRoot(node, masked(FIN | TEXT, new byte[64 * 1024 + 1]), 2),
                seen(TOO_LONG + " 1009")));
        for (String json : List.of(
                "{",
                "[",
                "{'type':'login','token':'x",
                " \t\r\n{",
                "\uFEFF{'type':'ping'}",
                "\u00A0[",
                "\0{",
                "[x] says")) {
            rows.add(new Row(
                    "root of what looks like JSON: " + json.codePointAt(0) + " and " + (json.length() - 1) + " more",
                    node -> jsonAtRoot(node, json.replace('\'', '"'), "a line"),
                    told("bad_json bad_json")));
        }
        rows.add(new Row(
                "root of a heartbeat, then of broken JSON",
                node -> jsonAtRoot(node, "{\"type\":\"ping\"}", "{"),
                told("pong bad_json")));
        rows.add(new Row(
                "root of a binary frame behind JSON",
                node -> {
                    try (Peer peer = node.upgraded("/")) {
                        peer.text("{\"type\":\"login\",\"token\":\"" + Jws.good(Node.newUser(), "user") + "\"}")
                                .next("welcome");
                        return peer.binary(new byte[1]).answer(1);
                    }
                },
                told("bad_chunk")));
        return rows;
    }

    private static Answer atRoot(Node node, byte[] frame, int atMost) {
        return line(node, "/", List.of(), frame, atMost);
    }

    private static Answer jsonAtRoot(Node node, String first, String second) {
        try (Peer peer = node.upgraded("/")) {
            return peer.text(first).text(second).answer(2);
        }
    }

    /** A peer at the root that says nothing. */
    static Answer silentAtRoot(Node node) {
        return line(node, "/", List.of(), new byte[0], 2);
    }

    private static Answer onMonitor(Node node, String json) {
        try (Peer peer = node.upgraded("/monitor")) {
            peer.text("{\"type\":\"login\",\"token\":\"" + Jws.good(Node.newUser(), "user", "notify") + "\"}")
                    .next("welcome");
            return peer.text(json).answer(1);
        }
    }

    private static Answer line(Node node, byte[] frame, int atMost) {
        return line(node, List.of("Authorization: Bearer " + Jws.good(Node.newUser(), "user")), frame, atMost);
    }

    /** Reads the lines sent to this session only: at most this many, or fewer and the close code. */
    private static Answer line(Node node, List<String> credential, byte[] frame, int atMost) {
        return line(node, "/text", credential, frame, atMost);
    }

    private static Answer line(Node node, String path, List<String> credential, byte[] frame, int atMost) {
        List<String> headers = new ArrayList<>(HttpHandshake.properHeaders(node.http()));
        headers.addAll(credential);
        try (RawSocket raw = node.connect()) {
            raw.handshake("GET", path, headers);
            raw.write(frame);
            Peer peer = new Peer(raw);
            List<String> said = new ArrayList<>();
            while (said.size() < atMost) {
                Frame next = peer.frame().orElseThrow(() -> new AssertionError("Ended after " + said));
                if (next.opcode() == Frame.CLOSE) {
                    said.add(Integer.toString(next.closeCode()));
                    break;
                }
                if (next.text().startsWith("parley: ")) {
                    said.add(next.text());
                }
            }
            return seen(String.join(" ", said));
        }
    }
}
