package dev.parley.acceptance.hostile.rows;

import static dev.parley.acceptance.hostile.peer.Answer.seen;
import static dev.parley.acceptance.hostile.peer.Answer.told;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.parley.acceptance.hostile.peer.Answer;
import dev.parley.acceptance.hostile.peer.Jws;
import dev.parley.acceptance.hostile.peer.Node;
import dev.parley.acceptance.hostile.peer.Peer;
import dev.parley.acceptance.hostile.peer.Row;
import dev.parley.acceptance.support.Frame;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Binary frames to rooms: headers that are none, and frames to where the session may not send. */
public final class BinaryRows {
    private static final String GOOD = "{\"room\":\"lobby\"}";
    private static final int HEADER_MAX = 4_096;
    private static final int PAYLOAD_MAX = 32 * 1024;
    private static final int MANY = 600;
    private static final int RATE_LIMITED = 4002;

    private BinaryRows() {}

    public static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        rows.add(row("control: to a room", "", frame(GOOD, new byte[3])));
        rows.add(row("without a payload", "", frame(GOOD, new byte[0])));
        rows.add(row("with the longest payload", "", frame(GOOD, new byte[PAYLOAD_MAX])));
        rows.addAll(lengths());
        rows.addAll(headers());
        rows.addAll(places());
        return rows;
    }

    private static List<Row> lengths() {
        byte[] good = GOOD.getBytes(UTF_8);
        return List.of(
                row("of one byte", "bad_chunk", new byte[1]),
                row("with a header of 0 bytes", "bad_chunk", new byte[100]),
                row("with a header one byte beyond its end", "bad_chunk", frame(good.length + 1, good)),
                row("with a header of 65,535 bytes that are not there", "bad_chunk", frame(0xffff, good)),
                row("with a header of 32,768 bytes that are not there", "bad_chunk", frame(0x8000, good)),
                row("with a header whose length has its bytes swapped", "bad_chunk", frame(good.length << 8, good)),
                row("with a header of 65,000 bytes", "too_long", frame(" ".repeat(65_000), new byte[0])),
                row("with a header one byte too long", "too_long", frame(" ".repeat(HEADER_MAX + 1), new byte[0])),
                row("with a header that ends early", "bad_json", frame(good.length - 1, good)),
                row("with a payload one byte too long", "too_long", frame(GOOD, new byte[PAYLOAD_MAX + 1])),
                row("with a payload of 64,000 bytes", "too_long", frame(GOOD, new byte[64_000])));
    }

    private static List<Row> headers() {
        List<Row> rows = new ArrayList<>();
        for (String json : List.of("hello", " ", "{", "{}{}", "{'room':'lobby'}", "<room>lobby</room>", "\0")) {
            rows.add(row(
                    "with the header " + json.length() + " " + json.codePointAt(0),
                    "bad_json",
                    frame(json, new byte[1])));
        }
        for (String json : List.of("[]", "null", "5", "\"lobby\"", "{\"room\":\"lobby\",\"room\":\"tea\"}")) {
            rows.add(row("with the header " + json, "bad_message", frame(json, new byte[1])));
        }
        for (String hex :
                List.of("\u00ff", "\u00c0\u00af", "\u00ed\u00a0\u0080", "\u00f5\u0080\u0080\u0080", "\u00e2\u0082")) {
            byte[] header = ("{\"room\":\"" + hex + "\"}").getBytes(ISO_8859_1);
            rows.add(row("with invalid UTF-8 of " + (int) hex.charAt(0), "bad_json", frame(header.length, header)));
        }
        rows.add(row(
                "in a header of depth 2,000",
                "bad_message",
                frame("{\"x\":" + "[".repeat(2_000) + "]".repeat(2_000) + "}", new byte[0])));
        rows.add(row("without a room", "missing_field", frame("{\"mediaType\":\"a/b\"}", new byte[1])));
        for (String room : List.of(
                "null",
                "5",
                "true",
                "{}",
                "[\"lobby\"]",
                "\"\"",
                "\"a b\"",
                "\"" + "r".repeat(65) + "\"",
                "\"\\u0000\"",
                "\"\\ud83d\"")) {
            String code = room.equals("null") ? "missing_field" : "bad_message";
            rows.add(row("to the room " + shown(room), code, frame("{\"room\":" + room + "}", new byte[1])));
        }
        for (String type : List.of(
                "5", "\"\"", "\"html\"", "\"a/b\\r\\nX: y\"", "\"a/b;c\"", "\"a/b;c=\\\"\"", "\"a/<script>\"")) {
            rows.add(row(
                    "of the type " + shown(type),
                    "bad_message",
                    frame("{\"room\":\"lobby\",\"mediaType\":" + type + "}", new byte[1])));
        }
        rows.add(row(
                "of a type of 3,000 parameters",
                "too_long",
                frame("{\"room\":\"lobby\",\"mediaType\":\"a/b" + ";".repeat(3_000) + "\"}", new byte[1])));
        return rows;
    }

    private static String shown(String json) {
        return json.length() > 20 ? json.length() + " characters" : json;
    }

    private static List<Row> places() {
        return List.of(
                row("to a room that one is not in", "forbidden", frame("{\"room\":\"elsewhere\"}", new byte[1])),
                row(
                        "to a private room that is not there",
                        "no_such_room",
                        frame("{\"room\":\"_nowhere\"}", new byte[1])),
                new Row(
                        "binary frame to another's private room",
                        node -> {
                            try (Peer peer = node.signedIn()) {
                                return peer.binary(frame("{\"room\":\"" + node.privateRoom() + "\"}", new byte[1]))
                                        .answer(1);
                            }
                        },
                        told("no_such_room")),
                new Row("binary frame before the login", node -> before(node, "/chat"), told("login_required")),
                new Row("binary frame on /monitor", BinaryRows::onMonitor, told("unknown_type")),
                new Row("binary frame in another's name", BinaryRows::disguised, seen("its own name")),
                new Row("flood of binary frames", BinaryRows::flood, seen("closed " + RATE_LIMITED)));
    }

    private static Answer before(Node node, String path) {
        try (Peer peer = node.upgraded(path)) {
            return peer.binary(frame(GOOD, new byte[1])).answer(1);
        }
    }

    private static Answer onMonitor(Node node) {
        try (Peer peer = node.upgraded("/monitor")) {
            peer.text("{\"type\":\"login\",\"token\":\"" + Jws.good(Node.newUser(), "user") + "\",\"binary\":true}")
                    .next("welcome");
            return peer.binary(frame(GOOD, new byte[1])).answer(1);
        }
    }

    private static Answer disguised(Node node) {
        String user = Node.newUser();
        try (Peer reader = node.upgraded("/chat");
                Peer sender = node.signedIn(user)) {
            reader.text("{\"type\":\"login\",\"token\":\"" + Jws.good(Node.newUser(), "user") + "\",\"binary\":true}")
                    .next("welcome");
            sender.binary(frame("{\"room\":\"lobby\",\"sender\":\"root\",\"guest\":\"k3f9\"}", new byte[1]));
            // The rows before this one may have left frames on their way.
            for (Optional<Frame> frame = reader.frame(); frame.isPresent(); frame = reader.frame()) {
                String text = new String(frame.get().payload(), UTF_8);
                if (frame.get().opcode() == Frame.BINARY && text.contains("\"sender\":\"root\"")) {
                    return seen("root");
                }
                if (frame.get().opcode() == Frame.BINARY && text.contains("\"sender\":\"" + user + "\"")) {
                    return seen(text.contains("guest") ? "a guest" : "its own name");
                }
            }
            return Answer.ended();
        }
    }

    private static Answer flood(Node node) {
        try (Peer peer = node.signedIn()) {
            Answer answer = peer.writeMany(MANY, Frame.FIN | Frame.BINARY, frame(GOOD, new byte[1]))
                    .ending();
            return answer instanceof Answer.Closed closed ? seen("closed " + closed.code()) : answer;
        }
    }

    private static Row row(String name, String words, byte[] frame) {
        return new Row(
                "binary frame " + name,
                node -> {
                    try (Peer peer = node.signedIn()) {
                        return peer.binary(frame).answer(told(words));
                    }
                },
                told(words));
    }

    private static byte[] frame(String header, byte[] payload) {
        byte[] bytes = header.getBytes(UTF_8);
        return ByteBuffer.allocate(2 + bytes.length + payload.length)
                .putShort((short) bytes.length)
                .put(bytes)
                .put(payload)
                .array();
    }

    private static byte[] frame(int length, byte[] rest) {
        return ByteBuffer.allocate(2 + rest.length)
                .putShort((short) length)
                .put(rest)
                .array();
    }
}
