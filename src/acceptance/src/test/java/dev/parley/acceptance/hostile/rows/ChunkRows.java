package dev.parley.acceptance.hostile.rows;

import static dev.parley.acceptance.hostile.peer.Answer.closed;
import static dev.parley.acceptance.hostile.peer.Answer.seen;
import static dev.parley.acceptance.hostile.peer.Answer.told;

import dev.parley.acceptance.hostile.peer.Answer;
import dev.parley.acceptance.hostile.peer.Node;
import dev.parley.acceptance.hostile.peer.Peer;
import dev.parley.acceptance.hostile.peer.Row;
import dev.parley.acceptance.support.JsonText;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Chunks and uploads with false metadata. */
public final class ChunkRows {
    /** Characters of JSON per chunk, so that escapes fit into a frame of 64 KiB too. */
    private static final int SIZE = 30_000;

    private static final int OPEN_MAX = 8;

    private ChunkRows() {}

    public static List<Row> rows() {
        List<Row> rows = new ArrayList<>(List.of(
                row("chunk 1 comes first", "bad_chunk", chunk(1, 3, "x")),
                row("chunk 0 of 0", "bad_chunk", chunk(0, 0, "x")),
                row("chunk of a negative count", "bad_chunk", chunk(0, -1, "x")),
                row("chunk before the first", "bad_chunk", chunk(-1, 3, "x")),
                row("chunk after the last", "bad_chunk", chunk(3, 3, "x")),
                row("4,097 chunks announced", "bad_chunk", chunk(0, 4_097, "x")),
                row("2^31-1 chunks announced", "bad_chunk", chunk(0, Integer.MAX_VALUE, "x")),
                row(
                        "2^31 chunks announced",
                        "bad_message",
                        chunk(0, 1, "x").replace("\"count\":1", "\"count\":2147483648")),
                row(
                        "1e400 chunks announced",
                        "bad_message",
                        chunk(0, 1, "x").replace("\"count\":1", "\"count\":1e400")),
                row("count in words", "bad_message", chunk(0, 1, "x").replace("\"count\":1", "\"count\":\"1\"")),
                row("chunk twice", "bad_chunk", chunk(0, 3, "x"), chunk(0, 3, "x")),
                row("chunk left out", "bad_chunk", chunk(0, 3, "x"), chunk(2, 3, "x")),
                row("chunks backwards", "bad_chunk bad_chunk", chunk(2, 3, "x"), chunk(1, 3, "x")),
                row("count changed", "bad_chunk", chunk(0, 3, "x"), chunk(1, 4, "x")),
                row("empty chunk", "bad_chunk", chunk(0, 3, "")),
                row("chunk in a chunk", "bad_chunk", chunk(0, 1, chunk(0, 1, "x"))),
                row("array in chunks", "bad_chunk", chunk(0, 1, "[{\"type\":\"ping\"}]")),
                row("chunks that are no JSON", "bad_json", chunk(0, 2, "non"), chunk(1, 2, "sense")),
                row(
                        "chunks of the wrong shape",
                        "bad_message",
                        chunk(0, 2, "{\"type\":\"chat\","),
                        chunk(1, 2, "\"content\":5}")),
                row(
                        "chunk without a transfer",
                        "missing_field",
                        chunk(0, 1, "x").replace("\"transfer\":\"t\",", "")),
                row(
                        "chunk of a transfer with a path",
                        "bad_message",
                        chunk(0, 1, "x").replace("\"t\"", "\"../t\"")),
                row(
                        "chunk without data",
                        "missing_field",
                        "{\"type\":\"chunk\",\"transfer\":\"t\",\"index\":0,\"count\":1}"),
                row(
                        "half a surrogate pair in a chunk is whole in the message",
                        "pong",
                        chunk(0, 2, "{\"type\":\"ping\",\"x\":\"\uD83D"),
                        chunk(1, 2, "\uDE00\"}")),
                row("U+0000 in a chunk", "bad_message", chunk(0, 1, "\0")),
                row("half a surrogate pair in the midst of a chunk", "bad_message", chunk(0, 1, "\uD83Dx")),
                row(
                        "half a surrogate pair in a chunk that nothing follows",
                        "bad_message",
                        chunk(0, 2, "{\"type\":\"ping\",\"x\":\"\uD83D"),
                        chunk(1, 2, "\"}")),
                row(
                        "nine transfers at a time",
                        "bad_chunk",
                        IntStream.rangeClosed(0, OPEN_MAX)
                                .mapToObj(i -> chunk(0, 2, "x").replace("\"t\"", "\"t" + i + "\""))
                                .toArray(String[]::new)),
                new Row("abandoned transfer is told", node -> begun(node, chunk(0, 2, "x")), seen("bad_chunk")),
                new Row(
                        "login as another in a chunk",
                        node -> say(node, chunk(0, 1, "{\"type\":\"login\",\"username\":\"root\"}")),
                        closed(4501, "login_refused"))));
        rows.addAll(uploads());
        return rows;
    }

    private static List<Row> uploads() {
        return List.of(
                upload("of a negative size", "bad_message", "-1"),
                upload("over 8 MiB", "too_long", Integer.toString(8 * 1024 * 1024 + 1)),
                upload("of 2^62 bytes", "too_long", Long.toString(1L << 62)),
                upload("of 1e99 bytes", "bad_message", "1e99"),
                upload("of '5' bytes", "bad_message", "\"5\""),
                named("with a path in its name", "../../etc/passwd", "a/b"),
                named("with a Windows path in its name", "..\\\\windows\\\\win.ini", "a/b"),
                named("with U+0000 in its name", "a\\u0000.png", "a/b"),
                named("with a line end in its name", "a\\r\\nSet-Cookie: x=y", "a/b"),
                named("with a name turned around", "\\u202egnp.exe", "a/b"),
                named("without a name", "", "a/b"),
                named("without a type", "a", ""),
                named("of a type with a line end", "a", "text/html\\r\\nX: y"),
                named("of a type with parameters", "a", "text/html; charset=utf-7"),
                named("of a type of one word", "a", "html"),
                new Row("file longer than announced", node -> uploaded(node, 3, new byte[4]), seen("bad_chunk")),
                new Row("file shorter than announced", node -> uploaded(node, 3, new byte[2]), seen("bad_chunk")),
                new Row("two files at a time", ChunkRows::twoUploads, told("ack bad_chunk")),
                new Row(
                        "page as a file is kept, and named as it is",
                        ChunkRows::page,
                        seen("<img src=x onerror=alert(1)>.html, text/html")));
    }

    /** One message, in as many chunks as it needs. */
    static Row joined(String name, String json, String words) {
        int count = (json.length() + SIZE - 1) / SIZE;
        return row(
                name,
                words,
                IntStream.range(0, count)
                        .mapToObj(
                                i -> chunk(i, count, json.substring(i * SIZE, Math.min(json.length(), (i + 1) * SIZE))))
                        .toArray(String[]::new));
    }

    private static Row row(String name, String words, String... texts) {
        return new Row(
                name,
                node -> {
                    try (Peer peer = node.signedIn()) {
                        for (String text : texts) {
                            peer.text(text);
                        }
                        return peer.answer(told(words));
                    }
                },
                told(words));
    }

    private static String chunk(int index, int count, String data) {
        return JsonText.escapedSurrogates(Json.createObjectBuilder()
                .add("type", "chunk")
                .add("transfer", "t")
                .add("index", index)
                .add("count", count)
                .add("data", data)
                .build());
    }

    private static Answer say(Node node, String text) {
        try (Peer peer = node.signedIn()) {
            return peer.text(text).answer(1);
        }
    }

    /** Starts something that is never completed, and returns the answer after its timeout. */
    private static Answer begun(Node node, String text) {
        try (Peer peer = node.signedIn()) {
            return seen(peer.text(text).next("error").getString("code"));
        }
    }

    private static Row upload(String name, String words, String size) {
        return row("file " + name, words, announced("a", "a/b", size));
    }

    private static Row named(String name, String file, String type) {
        return row("file " + name, "bad_message", announced(file, type, "1"));
    }

    private static String announced(String name, String type, String size) {
        return "{\"type\":\"upload\",\"room\":\"lobby\",\"name\":\"" + name + "\",\"mediaType\":\"" + type
                + "\",\"size\":" + size + "}";
    }

    private static Answer uploaded(Node node, int announced, byte[] bytes) {
        try (Peer peer = node.signedIn()) {
            peer.text(announced("a", "a/b", Integer.toString(announced))).next("ack");
            return seen(peer.binary(bytes).next("error").getString("code"));
        }
    }

    private static Answer twoUploads(Node node) {
        try (Peer peer = node.signedIn()) {
            return peer.text(announced("a", "a/b", "5"))
                    .text(announced("b", "a/b", "5"))
                    .binary(new byte[5])
                    .answer(2);
        }
    }

    private static Answer page(Node node) {
        try (Peer peer = node.signedIn()) {
            peer.text(announced("<img src=x onerror=alert(1)>.html", "text/html", "1"))
                    .next("ack");
            JsonObject attachment = peer.binary(new byte[1]).next("uploaded").getJsonObject("attachment");
            return seen(attachment.getString("name") + ", " + attachment.getString("mediaType"));
        }
    }
}
