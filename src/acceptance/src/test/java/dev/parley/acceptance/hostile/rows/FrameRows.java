package dev.parley.acceptance.hostile.rows;

import static dev.parley.acceptance.hostile.peer.Answer.closed;
import static dev.parley.acceptance.hostile.peer.Answer.seen;
import static dev.parley.acceptance.hostile.peer.Answer.told;
import static dev.parley.acceptance.support.Frame.BINARY;
import static dev.parley.acceptance.support.Frame.CLOSE;
import static dev.parley.acceptance.support.Frame.CONTINUATION;
import static dev.parley.acceptance.support.Frame.FIN;
import static dev.parley.acceptance.support.Frame.LENGTH_OF_2;
import static dev.parley.acceptance.support.Frame.LENGTH_OF_8;
import static dev.parley.acceptance.support.Frame.MASKED;
import static dev.parley.acceptance.support.Frame.PING;
import static dev.parley.acceptance.support.Frame.PONG;
import static dev.parley.acceptance.support.Frame.TEXT;
import static dev.parley.acceptance.support.Frame.masked;
import static dev.parley.acceptance.support.Frame.unmasked;
import static dev.parley.acceptance.support.Frame.withMask;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.parley.acceptance.hostile.peer.Answer;
import dev.parley.acceptance.hostile.peer.Node;
import dev.parley.acceptance.hostile.peer.Peer;
import dev.parley.acceptance.hostile.peer.Row;
import dev.parley.acceptance.support.Frame;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Frames that RFC 6455 section 5 forbids, sent by a signed-in session. */
public final class FrameRows {
    static final byte[] MESSAGE = "{\"type\":\"ping\",\"id\":\"row\"}".getBytes(US_ASCII);
    static final byte[] FIRST_HALF = "{\"type\":\"pi".getBytes(US_ASCII);
    static final byte[] SECOND_HALF = "ng\"}".getBytes(US_ASCII);

    private static final int FRAME_MAX = 64 * 1024;
    private static final int CONTROL_MAX = 125;
    private static final int MANY = 3_000;
    private static final int ENDLESS_TRIES = 3;

    private FrameRows() {}

    public static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (int reserved : new int[] {0x40, 0x20, 0x10, 0x70}) {
            rows.add(
                    row("reserved bit 0x%x".formatted(reserved), closed(1002), masked(FIN | reserved | TEXT, MESSAGE)));
        }
        rows.add(row("reserved bit on a ping", closed(1002), masked(FIN | 0x40 | PING, new byte[0])));
        rows.add(row(
                "reserved bit on a continuation",
                closed(1002),
                masked(TEXT, FIRST_HALF),
                masked(FIN | 0x40 | CONTINUATION, SECOND_HALF)));
        for (int opcode : new int[] {3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF}) {
            rows.add(row("reserved opcode 0x%x".formatted(opcode), closed(1002), masked(FIN | opcode, MESSAGE)));
        }
        rows.addAll(masks());
        rows.addAll(lengths());
        rows.addAll(control());
        rows.addAll(fragments());
        return rows;
    }

    private static List<Row> masks() {
        byte[] zeros = new byte[4 + MESSAGE.length];
        System.arraycopy(MESSAGE, 0, zeros, 4, MESSAGE.length);
        return List.of(
                row("text without a mask", closed(1002), unmasked(FIN | TEXT, MESSAGE)),
                row("binary without a mask", closed(1002), unmasked(FIN | BINARY, MESSAGE)),
                row(
                        "continuation without a mask",
                        closed(1002),
                        masked(TEXT, FIRST_HALF),
                        unmasked(FIN | CONTINUATION, SECOND_HALF)),
                row("containerAccepts a ping without a mask", told(""), unmasked(FIN | PING, MESSAGE)),
                row("containerAccepts a pong without a mask", told(""), unmasked(FIN | PONG, MESSAGE)),
                row("containerAccepts a close without a mask", closed(1000), unmasked(FIN | CLOSE, new byte[] {
                    3, (byte) 0xE8
                })),
                row("mask of zeros", told("pong"), header(FIN | TEXT, MESSAGE.length), zeros));
    }

    private static List<Row> lengths() {
        byte[] message = withMask(MESSAGE);
        return List.of(
                row(
                        "containerAccepts 2 bytes of length where none are needed",
                        told("pong"),
                        header(FIN | TEXT, LENGTH_OF_2),
                        bytes(2, MESSAGE.length),
                        message),
                row(
                        "containerAccepts 8 bytes of length where none are needed",
                        told("pong"),
                        header(FIN | TEXT, LENGTH_OF_8),
                        bytes(8, MESSAGE.length),
                        message),
                // Undertow reads it as an empty, unfinished frame, and what follows as frames.
                row(
                        "containerAccepts a length with its high bit",
                        told(""),
                        header(FIN | TEXT, LENGTH_OF_8),
                        bytes(8, Long.MIN_VALUE),
                        withMask(new byte[0])),
                row(
                        "length with its high bit, and a payload",
                        closed(1002),
                        header(FIN | TEXT, LENGTH_OF_8),
                        bytes(8, Long.MIN_VALUE),
                        withMask(new byte[100])),
                broken(
                        "1 GiB announced, 100 bytes sent",
                        closed(4001),
                        header(FIN | TEXT, LENGTH_OF_8),
                        bytes(8, 1L << 30),
                        withMask(new byte[100])),
                broken(
                        "2^62 bytes announced, 100 sent",
                        closed(4001),
                        header(FIN | TEXT, LENGTH_OF_8),
                        bytes(8, 1L << 62),
                        withMask(new byte[100])),
                broken(
                        "1 GiB of binary announced, 100 bytes sent",
                        closed(4001),
                        header(FIN | BINARY, LENGTH_OF_8),
                        bytes(8, 1L << 30),
                        withMask(new byte[100])),
                broken(
                        "one byte over the longest frame",
                        closed(1009, "too_long"),
                        masked(FIN | TEXT, new byte[FRAME_MAX + 1])),
                broken(
                        "one byte over the longest frame, binary",
                        closed(1009, "too_long"),
                        masked(FIN | BINARY, new byte[FRAME_MAX + 1])),
                broken(
                        "one byte over the longest frame, in fragments",
                        closed(1009, "too_long"),
                        masked(TEXT, new byte[FRAME_MAX]),
                        masked(FIN | CONTINUATION, new byte[1])),
                row(
                        "longest frame",
                        told("bad_json"),
                        masked(FIN | TEXT, "x".repeat(FRAME_MAX).getBytes(US_ASCII))));
    }

    private static List<Row> control() {
        return List.of(
                row("ping of 125 bytes", told(""), masked(FIN | PING, new byte[CONTROL_MAX])),
                row("ping of 126 bytes", closed(1002), masked(FIN | PING, new byte[CONTROL_MAX + 1])),
                row("pong of 126 bytes", closed(1002), masked(FIN | PONG, new byte[CONTROL_MAX + 1])),
                row("close of 126 bytes", closed(1002), masked(FIN | CLOSE, new byte[CONTROL_MAX + 1])),
                row("ping of 65,536 bytes", closed(1002), masked(FIN | PING, new byte[FRAME_MAX])),
                row("ping in fragments", closed(1002), masked(PING, new byte[1])),
                row("pong in fragments", closed(1002), masked(PONG, new byte[1])),
                row("close in fragments", closed(1002), masked(CLOSE, new byte[] {3, (byte) 0xE8})),
                row("pong that nobody asked for", told(""), masked(FIN | PONG, "12345678".getBytes(US_ASCII))),
                row("pong with a number like ours", told(""), masked(FIN | PONG, bytes(8, Long.MAX_VALUE))),
                new Row("flood of pings is answered", FrameRows::pings, seen(MANY + " pongs, and on")),
                new Row("flood of pongs", node -> flood(node, FIN | PONG, new byte[CONTROL_MAX]), told("")));
    }

    private static List<Row> fragments() {
        return List.of(
                row("continuation of nothing", closed(1002), masked(FIN | CONTINUATION, MESSAGE)),
                row("unfinished continuation of nothing", closed(1002), masked(CONTINUATION, MESSAGE)),
                row(
                        "message within a fragmented one",
                        closed(1002),
                        masked(TEXT, FIRST_HALF),
                        masked(FIN | TEXT, MESSAGE)),
                row(
                        "fragmented message within a fragmented one",
                        closed(1002),
                        masked(TEXT, FIRST_HALF),
                        masked(TEXT, FIRST_HALF)),
                row(
                        "binary within a fragmented text",
                        closed(1002),
                        masked(TEXT, FIRST_HALF),
                        masked(FIN | BINARY, MESSAGE)),
                row(
                        "text within a fragmented binary",
                        closed(1002),
                        masked(BINARY, FIRST_HALF),
                        masked(FIN | TEXT, MESSAGE)),
                row(
                        "ping within a fragmented message",
                        told("pong"),
                        masked(TEXT, FIRST_HALF),
                        masked(FIN | PING, MESSAGE),
                        masked(FIN | CONTINUATION, SECOND_HALF)),
                broken("fragmented message without end", closed(4001), masked(TEXT, FIRST_HALF)),
                broken("fragmented binary without end", closed(4001), masked(BINARY, FIRST_HALF)),
                new Row("fragments of one byte without end", node -> endless(node, 1), closed(1009, "too_long")),
                new Row("fragments of 1,000 bytes without end", node -> endless(node, 1_000), closed(1009, "too_long")),
                new Row("containerAccepts thousands of empty fragments", FrameRows::empty, told("pong")),
                row(
                        "empty fragments around a message",
                        told("pong"),
                        masked(TEXT, new byte[0]),
                        masked(CONTINUATION, MESSAGE),
                        masked(FIN | CONTINUATION, new byte[0])),
                row("empty text", told("bad_json"), masked(FIN | TEXT, new byte[0])),
                row(
                        "empty text in fragments",
                        told("bad_json"),
                        masked(TEXT, new byte[0]),
                        masked(FIN | CONTINUATION, new byte[0])),
                row("binary without an upload", told("bad_chunk"), masked(FIN | BINARY, MESSAGE)),
                row("empty binary without an upload", told("bad_chunk"), masked(FIN | BINARY, new byte[0])));
    }

    /** A row that reads the session's answers afterwards. */
    static Row row(String name, Answer answer, byte[]... written) {
        return new Row(
                name,
                node -> {
                    try (Peer peer = node.signedIn()) {
                        return peer.write(written).answer(answer);
                    }
                },
                answer);
    }

    /** A row that only waits for the end, because the server cannot parse anything after it. */
    static Row broken(String name, Answer answer, byte[]... written) {
        return new Row(
                name,
                node -> {
                    try (Peer peer = node.signedIn()) {
                        return peer.write(written).ending();
                    }
                },
                answer);
    }

    static byte[] header(int firstByte, int secondByte) {
        return new byte[] {(byte) firstByte, (byte) (MASKED | secondByte)};
    }

    static byte[] bytes(int count, long value) {
        byte[] all = ByteBuffer.allocate(Long.BYTES).putLong(value).array();
        return Arrays.copyOfRange(all, Long.BYTES - count, Long.BYTES);
    }

    /**
     * A server that ends the connection while the peer still sends resets it, and TCP may then drop the close frame
     * before the peer has read it (seen in one of four runs on Open Liberty): so it is tried three times.
     */
    private static Answer endless(Node node, int size) {
        Answer answer = Answer.ended();
        for (int i = 0; i < ENDLESS_TRIES && answer.equals(Answer.ended()); i++) {
            try (Peer peer = node.signedIn()) {
                peer.write(masked(TEXT, FIRST_HALF));
                answer = peer.writeMany(MANY, CONTINUATION, "x".repeat(size).getBytes(US_ASCII))
                        .ending();
            }
        }
        return answer;
    }

    /**
     * Undertow does not pass empty fragments on, so they are not counted. They occupy no memory, and the message may
     * still be completed.
     */
    private static Answer empty(Node node) {
        try (Peer peer = node.signedIn()) {
            peer.write(masked(TEXT, new byte[0])).writeMany(MANY, CONTINUATION, new byte[0]);
            return peer.write(masked(FIN | CONTINUATION, MESSAGE)).answer(1);
        }
    }

    private static Answer flood(Node node, int firstByte, byte[] payload) {
        try (Peer peer = node.signedIn()) {
            return peer.writeMany(MANY, firstByte, payload).answer(0);
        }
    }

    private static Answer pings(Node node) {
        try (Peer peer = node.signedIn()) {
            peer.writeMany(MANY, FIN | PING, new byte[CONTROL_MAX]);
            int pongs = 0;
            while (pongs < MANY) {
                Optional<Frame> frame = peer.frame();
                if (frame.isEmpty() || frame.get().opcode() == CLOSE) {
                    return seen(pongs + " pongs, and the end");
                }
                pongs += frame.get().opcode() == PONG ? 1 : 0;
            }
            return seen(pongs + " pongs, " + (peer.answer(0).equals(told("")) ? "and on" : "and the end"));
        }
    }
}
