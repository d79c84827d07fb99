package dev.parley.acceptance.hostile.rows;

import static dev.parley.acceptance.hostile.peer.Answer.http;
import static dev.parley.acceptance.hostile.peer.Answer.upgraded;
import static dev.parley.acceptance.hostile.peer.HandshakeAttempt.proper;

import dev.parley.acceptance.hostile.peer.Answer;
import dev.parley.acceptance.hostile.peer.Jws;
import dev.parley.acceptance.hostile.peer.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Malformed offers of subprotocols and extensions. */
public final class SubprotocolRows {
    private static final String SUBPROTOCOL = "Sec-WebSocket-Protocol";
    private static final String EXTENSIONS = "Sec-WebSocket-Extensions";
    private static final String OURS = "parley.v1";

    private SubprotocolRows() {}

    public static List<Row> rows() {
        String token = Jws.good("hostile-subprotocol", "user");
        String thousand = IntStream.range(0, 1_000).mapToObj(i -> "p" + i).collect(Collectors.joining(", "));
        Answer malformed = http(400, "bad_message");
        Answer refused = http(401, "login_refused");
        List<Row> rows = new ArrayList<>(List.of(
                row("unknown", "unknown", upgraded()),
                row("ours in upper case", "PARLEY.V1", upgraded()),
                row("empty", "", upgraded()),
                row("only commas", ",,,", upgraded()),
                row("1,000 unknown ones", thousand, upgraded()),
                row("1,000 unknown ones and ours", thousand + ", " + OURS, new Answer.Upgraded(OURS)),
                row("duplicate", OURS + ", " + OURS, malformed),
                new Row("subprotocol in two headers", proper().with(SUBPROTOCOL, OURS, OURS), malformed),
                row("in quotes", "\"parley.v1\"", malformed),
                row("two words", "parley.v1 other", malformed),
                row("with a parameter", "parley.v1;x=1", malformed),
                row("with a tab", "parley.v1\tx", malformed),
                row("with U+0001", "parley.v1\u0001", malformed),
                row("with ESC", "parley.v1\u001b[2J", malformed),
                row("with NUL", "parley.v1\0", malformed),
                row("beyond ASCII", "p\u00e4rley", malformed),
                row("bearer. alone", "bearer.", refused),
                row("bearer. alone beside ours", OURS + ", bearer.", refused),
                row("bearer. and nonsense", OURS + ", bearer.nonsense", refused),
                row(
                        "two bearers",
                        OURS + ", bearer." + token + ", bearer." + Jws.good("hostile-other", "user"),
                        refused),
                row("the same bearer twice", OURS + ", bearer." + token + ", bearer." + token, refused),
                row("bearer with a space", OURS + ", bearer." + token + " x", malformed),
                row("bearer is never echoed", "bearer." + token, upgraded()),
                row("BEARER in upper case is no credential", OURS + ", BEARER.nonsense", new Answer.Upgraded(OURS)),
                new Row(
                        "bearer beside an Authorization",
                        proper().with(SUBPROTOCOL, "bearer." + token).with("Authorization", "Bearer " + token),
                        refused)));
        for (String extension : List.of(
                "",
                "permessage-deflate",
                "permessage-deflate; client_max_window_bits",
                "permessage-deflate; server_max_window_bits=8; client_no_context_takeover",
                "permessage-deflate; server_max_window_bits=99",
                "permessage-deflate, permessage-deflate",
                "x-webkit-deflate-frame",
                "unknown; a=b",
                ";;;")) {
            rows.add(new Row("extension '" + extension + "'", proper().with(EXTENSIONS, extension), upgraded()));
        }
        rows.add(new Row("1,000 extensions", proper().with(EXTENSIONS, thousand), upgraded()));
        rows.add(
                new Row("extension with U+0001", proper().with(EXTENSIONS, "permessage-deflate; x=\u0001"), malformed));
        return rows;
    }

    private static Row row(String name, String offered, Answer answer) {
        return new Row("subprotocol " + name, proper().with(SUBPROTOCOL, offered), answer);
    }
}
