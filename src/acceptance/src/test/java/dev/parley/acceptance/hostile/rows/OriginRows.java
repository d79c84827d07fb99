package dev.parley.acceptance.hostile.rows;

import static dev.parley.acceptance.hostile.peer.Answer.http;
import static dev.parley.acceptance.hostile.peer.Answer.upgraded;
import static dev.parley.acceptance.hostile.peer.HandshakeAttempt.SELF;
import static dev.parley.acceptance.hostile.peer.HandshakeAttempt.proper;

import dev.parley.acceptance.hostile.peer.Jws;
import dev.parley.acceptance.hostile.peer.Row;
import java.util.ArrayList;
import java.util.List;

/** Foreign origins that look like this node's origin (RFC 6454). */
public final class OriginRows {
    private static final List<String> FOREIGN = List.of(
            "",
            "null",
            "NULL",
            "http://evil.example",
            "http://localhost.evil.example",
            "http://" + SELF + ".evil.example",
            "http://evil.example#" + SELF,
            "http://evil.example#localhost",
            "http://evil.example/" + SELF,
            "http://evil.example?" + SELF,
            "http://evil.example\\@" + SELF,
            "http://" + SELF + "@evil.example",
            "http://user@" + SELF,
            "http://user:password@" + SELF,
            "http://" + SELF + "0",
            "http://" + SELF + ":80",
            "http://127.0.0.1",
            "http://127.0.0.1:1",
            "http://127.0.0.1.:8080",
            "http://127.0.0.1:",
            "http://localhost",
            "http://[::1]",
            "http://2130706433",
            "http://0x7f.1",
            "http://127.1",
            "http://" + SELF + "/",
            "http://" + SELF + "?",
            "http://" + SELF + "#",
            "https://" + SELF,
            "ws://" + SELF,
            "//" + SELF,
            SELF,
            "http:/" + SELF,
            "http:\\\\" + SELF,
            "http://" + SELF + " http://evil.example",
            "http://" + SELF + ",http://evil.example",
            "http://" + SELF + "%00",
            "http://xn--lcalhost-54a",
            "http://l\u00f6calhost",
            "http://\u00b9\u00b2\u00b7.0.0.1",
            "file://",
            "about:blank",
            "javascript:alert(1)",
            "data:text/html,x",
            "chrome-extension://abcdefghijklmnop",
            "*");

    private OriginRows() {}

    public static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (String origin : FOREIGN) {
            rows.add(new Row("Origin '" + origin + "'", proper().with("Origin", origin), http(403, "forbidden")));
        }
        rows.add(new Row(
                "Origin of 9,000 characters",
                proper().with("Origin", "http://" + "a".repeat(9_000)),
                http(403, "forbidden")));
        // Scheme and host are case-insensitive (RFC 3986 section 6.2.2.1).
        rows.add(new Row("own Origin in upper case", proper().with("Origin", "HTTP://" + SELF), upgraded()));
        rows.add(new Row(
                "Origin compared with an empty Host",
                proper().with("Host", "").with("Origin", "http://"),
                http(403, "forbidden")));
        rows.add(new Row(
                "foreign Origin with a good token",
                proper().with("Origin", "http://evil.example")
                        .with("Authorization", "Bearer " + Jws.good("hostile-origin", "user")),
                http(403, "forbidden")));
        return rows;
    }
}
