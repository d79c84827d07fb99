package dev.parley.acceptance.hostile.rows;

import static dev.parley.acceptance.hostile.peer.Answer.closed;
import static dev.parley.acceptance.hostile.peer.Answer.told;
import static dev.parley.acceptance.support.Frame.CLOSE;
import static dev.parley.acceptance.support.Frame.CONTINUATION;
import static dev.parley.acceptance.support.Frame.FIN;
import static dev.parley.acceptance.support.Frame.TEXT;
import static dev.parley.acceptance.support.Frame.masked;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.parley.acceptance.hostile.peer.Row;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Text that is not UTF-8 (RFC 3629), and invalid close frames (RFC 6455 sections 5.5.1 and 7.4). */
public final class TextRows {
    private static final byte[] BEFORE = "{\"type\":\"ping\",\"x\":\"".getBytes(UTF_8);
    private static final byte[] AFTER = "\"}".getBytes(UTF_8);
    private static final byte[] FOUR_BYTES = "\uD83D\uDE00".getBytes(UTF_8);
    private static final int REASON_MAX = 123;

    private TextRows() {}

    public static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        invalid().forEach((name, hex) -> {
            byte[] bytes = HexFormat.of().parseHex(hex);
            rows.add(FrameRows.row("UTF-8: " + name, closed(1007), masked(FIN | TEXT, joined(BEFORE, bytes, AFTER))));
        });
        rows.add(FrameRows.row(
                "UTF-8: cut at the very end",
                closed(1007),
                masked(FIN | TEXT, joined(FrameRows.MESSAGE, HexFormat.of().parseHex("e282")))));
        rows.add(FrameRows.row(
                "UTF-8: broken in the first of two fragments",
                closed(1007),
                masked(TEXT, joined(BEFORE, new byte[] {(byte) 0xFF})),
                masked(FIN | CONTINUATION, AFTER)));
        rows.add(FrameRows.row(
                "UTF-8: cut at the end of a fragment, and not continued",
                closed(1007),
                masked(TEXT, joined(BEFORE, Arrays.copyOf(FOUR_BYTES, 2))),
                masked(FIN | CONTINUATION, AFTER)));
        for (int cut = 1; cut < FOUR_BYTES.length; cut++) {
            rows.add(FrameRows.row(
                    "UTF-8: a character split after byte " + cut + " is whole again",
                    told("pong"),
                    masked(TEXT, joined(BEFORE, Arrays.copyOf(FOUR_BYTES, cut))),
                    masked(CONTINUATION, Arrays.copyOfRange(FOUR_BYTES, cut, FOUR_BYTES.length)),
                    masked(FIN | CONTINUATION, AFTER)));
        }
        rows.add(FrameRows.row(
                "UTF-8: noncharacter",
                told("pong"),
                masked(FIN | TEXT, joined(BEFORE, HexFormat.of().parseHex("efbfbf"), AFTER))));
        rows.add(FrameRows.row(
                "UTF-8: byte order mark first",
                told("bad_json"),
                masked(FIN | TEXT, joined(HexFormat.of().parseHex("efbbbf"), FrameRows.MESSAGE))));
        rows.addAll(closes());
        return rows;
    }

    private static Map<String, String> invalid() {
        Map<String, String> invalid = new LinkedHashMap<>();
        invalid.put("overlong slash in 2 bytes", "c0af");
        invalid.put("overlong slash in 3 bytes", "e080af");
        invalid.put("overlong slash in 4 bytes", "f08080af");
        invalid.put("overlong NUL", "c080");
        invalid.put("high surrogate", "eda080");
        invalid.put("low surrogate", "edb080");
        invalid.put("pair of surrogates (CESU-8)", "eda0bdedb880");
        invalid.put("beyond U+10FFFF", "f4908080");
        invalid.put("5 bytes", "f888808080");
        invalid.put("6 bytes", "fc8480808080");
        invalid.put("continuation alone", "80");
        invalid.put("FE", "fe");
        invalid.put("FF", "ff");
        invalid.put("Latin-1", "e4");
        invalid.put("cut before another character", "e282");
        return invalid;
    }

    private static List<Row> closes() {
        List<Row> rows = new ArrayList<>();
        rows.add(close("of one byte", 1002, new byte[] {3}));
        for (int code : new int[] {0, 1, 999, 1004, 1005, 1006, 1012, 1015, 1016, 2999, 5000, 65_535}) {
            rows.add(close("with the code " + code, 1002, FrameRows.bytes(2, code)));
        }
        for (int code : new int[] {1000, 1001, 1011, 3000, 4000, 4505, 4999}) {
            rows.add(close("with the code " + code + " is given back", code, FrameRows.bytes(2, code)));
        }
        rows.add(close("without a code", 1000, new byte[0]));
        rows.add(close("with a reason that is no UTF-8", 1007, joined(FrameRows.bytes(2, 1000), new byte[] {
            (byte) 0xFF, (byte) 0xFE
        })));
        rows.add(close("with a reason cut within a character", 1007, joined(FrameRows.bytes(2, 1000), new byte[] {
            (byte) 0xE2, (byte) 0x82
        })));
        rows.add(close(
                "with half a surrogate pair",
                1007,
                joined(FrameRows.bytes(2, 1000), HexFormat.of().parseHex("eda080"))));
        rows.add(close(
                "with the longest reason",
                1000,
                joined(FrameRows.bytes(2, 1000), "x".repeat(REASON_MAX).getBytes(UTF_8))));
        rows.add(FrameRows.broken(
                "message behind a close is not answered",
                closed(1000),
                joined(masked(FIN | CLOSE, FrameRows.bytes(2, 1000)), masked(FIN | TEXT, FrameRows.MESSAGE))));
        return rows;
    }

    private static Row close(String name, int answered, byte[] payload) {
        return FrameRows.broken("close " + name, closed(answered), masked(FIN | CLOSE, payload));
    }

    static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
