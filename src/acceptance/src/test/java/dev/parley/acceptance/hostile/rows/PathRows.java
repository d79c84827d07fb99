package dev.parley.acceptance.hostile.rows;

import static dev.parley.acceptance.hostile.peer.Answer.http;
import static dev.parley.acceptance.hostile.peer.Answer.upgraded;

import dev.parley.acceptance.hostile.peer.HandshakeAttempt;
import dev.parley.acceptance.hostile.peer.Jws;
import dev.parley.acceptance.hostile.peer.Row;
import java.util.ArrayList;
import java.util.List;

/** Other spellings of the path {@code /chat}, and forbidden parts of a URL. */
public final class PathRows {
    /** Equivalent paths by RFC 3986 section 6.2.2, or for the container: all checks must apply to all of them. */
    private static final List<String> SAME = List.of(
            "/chat;x=1",
            "/%63hat",
            "/cha%74;v",
            "//chat",
            "/./chat",
            "/chat/../chat",
            "/x/../chat",
            "/%2e%2e/chat",
            "/chat/%2e",
            "/WEB-INF/../chat",
            "/chat?",
            "/monitor",
            "/monitor;x=1");

    private static final List<String> ELSEWHERE = List.of(
            "/chat/",
            "/CHAT",
            "/chat.",
            "/chat%00",
            "/chat%0d%0aX:%201",
            "/chat%0a",
            "/chat%2f",
            "/chat%3Bx",
            "/chat%5c..",
            "/..%2fchat",
            "/..;/chat",
            "/%2563hat",
            "/%c0%afchat",
            "/chat%c0%80",
            "/%e0%80%afchat",
            "/no-such-door");

    private PathRows() {}

    public static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (String path : SAME) {
            rows.add(new Row("same address " + path, HandshakeAttempt.get(path), upgraded()));
            rows.add(new Row(
                    "same address, from elsewhere: " + path,
                    HandshakeAttempt.get(path).with("Origin", "http://evil.example"),
                    http(403, "forbidden")));
            rows.add(new Row(
                    "same address, with a bad token: " + path,
                    HandshakeAttempt.get(path).with("Authorization", "Bearer nonsense"),
                    http(401, "login_refused")));
        }
        for (String path : ELSEWHERE) {
            rows.add(new Row("other address " + path, HandshakeAttempt.get(path), http(404, "not_found")));
        }
        for (String path : List.of("/WEB-INF/web.xml", "/WEB-INF/classes/parley.properties", "/META-INF/MANIFEST.MF")) {
            rows.add(new Row("hidden address " + path, HandshakeAttempt.get(path), http(404, "not_found")));
        }
        for (String path : List.of("/chat#x", "/chat%", "/chat%zz", "/chat\\", "/ch\u00e4t", "/chat?%ZZ=1")) {
            rows.add(new Row("malformed address " + path, HandshakeAttempt.get(path), http(400)));
        }
        rows.add(new Row("address with another host", HandshakeAttempt.get("http://evil.example/chat"), http(400)));
        rows.add(new Row(
                "address of 9,000 characters", HandshakeAttempt.get("/" + "a".repeat(9_000)), http(404, "not_found")));
        rows.add(new Row("2,000 parameters", HandshakeAttempt.get("/chat?" + "a=b&".repeat(2_000)), http(400)));
        rows.add(new Row("address without a slash", HandshakeAttempt.get("chat"), http(400)));
        rows.add(new Row("the address *", HandshakeAttempt.get("*"), http(400)));
        // WildFly would redirect it to its management port, at the host that the request names.
        rows.add(new Row("address of WildFly's console", HandshakeAttempt.get("/console"), http(404, "not_found")));
        for (String query : List.of(
                "token=abc",
                "TOKEN=abc",
                "ToKeN=abc",
                "a=1&token=abc",
                "token",
                "token=",
                "%74oken=abc",
                "%74%6F%6B%65%6E=abc",
                "token=" + Jws.good("hostile-query", "user"))) {
            rows.add(new Row(
                    "token in the address: " + (query.length() > 40 ? "a good one" : query),
                    HandshakeAttempt.get("/chat?" + query),
                    http(400, "bad_message")));
        }
        return rows;
    }
}
