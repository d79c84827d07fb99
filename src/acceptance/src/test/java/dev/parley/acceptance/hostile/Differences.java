package dev.parley.acceptance.hostile;

import static dev.parley.acceptance.hostile.peer.Answer.closed;
import static dev.parley.acceptance.hostile.peer.Answer.ended;
import static dev.parley.acceptance.hostile.peer.Answer.http;
import static dev.parley.acceptance.hostile.peer.Answer.seen;
import static dev.parley.acceptance.hostile.peer.Answer.told;
import static dev.parley.acceptance.hostile.peer.Answer.upgraded;

import dev.parley.acceptance.hostile.peer.Answer;
import dev.parley.acceptance.hostile.peer.Row;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.SkippedOn;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;

/** The rows that another server than WildFly answers in another way, which neither the WAR nor a setting can change. */
final class Differences {
    private static final Map<String, Answer> LIBERTY = Map.ofEntries(
            // Reads requests more leniently than Undertow; no row reaches more than an upgrade that it may have anyway.
            Map.entry("method get", upgraded()),
            Map.entry("HTTP/1.2", upgraded()),
            Map.entry("HTTP/2.0", upgraded()),
            Map.entry("negative length", upgraded()),
            Map.entry("length in words", upgraded()),
            Map.entry("address with another host", upgraded()),
            Map.entry("2,000 parameters", upgraded()),
            Map.entry("space before the colon of a header that counts", upgraded()),
            Map.entry("duplicate Host", upgraded()),
            Map.entry("Host and another Host", upgraded()),
            Map.entry("Host 'evil.example:x'", upgraded()),
            Map.entry("Host '[::1'", upgraded()),
            Map.entry("Host 'a/b'", upgraded()),
            Map.entry("Host 'user@{self}'", upgraded()),
            Map.entry("other address /chat/", upgraded()),
            Map.entry("other address /chat%3Bx", upgraded()),
            Map.entry("subprotocol ours in upper case", new Answer.Upgraded("parley.v1")),
            // Refuses what Undertow takes.
            Map.entry("same address /%2e%2e/chat", http(400)),
            Map.entry("same address, from elsewhere: /%2e%2e/chat", http(400)),
            Map.entry("same address, with a bad token: /%2e%2e/chat", http(400)),
            Map.entry("same address /chat/%2e", http(400, "bad_message")),
            Map.entry("same address, from elsewhere: /chat/%2e", http(400, "bad_message")),
            Map.entry("same address, with a bad token: /chat/%2e", http(400, "bad_message")),
            Map.entry("containerAccepts a header without a colon", http(400)),
            Map.entry("containerAccepts a header without a name", http(400)),
            Map.entry("extension ';;;'", http(400)),
            Map.entry("Upgrade to one of two protocols", http(404, "not_found")),
            Map.entry("containerAccepts a ping without a mask", closed(1002)),
            Map.entry("containerAccepts a pong without a mask", closed(1002)),
            Map.entry("containerAccepts a close without a mask", closed(1002)),
            // Drops what is behind a handshake in the same packet, which no client may send before the answer.
            Map.entry("two requests at once: the second is no frame", closed(4004, "login_required")),
            Map.entry("frame sent with the handshake is read after it", told("login_required")),
            // Refuses announced frames at their head, and reads a length with its high bit as an empty frame.
            Map.entry("1 GiB announced, 100 bytes sent", closed(1009)),
            Map.entry("2^62 bytes announced, 100 sent", closed(1009)),
            Map.entry("1 GiB of binary announced, 100 bytes sent", closed(1009)),
            Map.entry("one byte over the longest frame", closed(1009)),
            Map.entry("one byte over the longest frame, binary", closed(1009)),
            Map.entry("line of more than a frame", seen("1009")),
            Map.entry("root of more than a frame first", seen("1009")),
            Map.entry("1 GiB announced, then nothing", closed(1009)),
            Map.entry("length with its high bit, and a payload", closed(1002, "bad_json")),
            // Decodes each part of a text for itself.
            Map.entry("UTF-8: a character split after byte 1 is whole again", closed(1007)),
            Map.entry("UTF-8: a character split after byte 2 is whole again", closed(1007)),
            Map.entry("UTF-8: a character split after byte 3 is whole again", closed(1007)),
            // Does not answer a close with such a code.
            Map.entry("close with the code 5000", closed(4001)),
            Map.entry("close with the code 65535", closed(4001)),
            // Refuses the same with another status, or with a problem.
            Map.entry("HTTP/0.9", http(505)),
            Map.entry("http/1.1 in lower case", http(505)),
            Map.entry("preface of HTTP/2", http(404, "not_found")),
            Map.entry("empty lines", http(408)),
            Map.entry("smuggled request, Content-Length and Transfer-Encoding", http(400, "bad_message")),
            Map.entry("smuggled request, Transfer-Encoding in odd capitals", http(400, "bad_message")),
            Map.entry("two lengths", http(400, "bad_message")),
            Map.entry("length beyond 64 bits", http(400, "bad_message")),
            Map.entry("other address /chat%00", http(400)),
            Map.entry("other address /chat%0d%0aX:%201", http(400)),
            Map.entry("other address /chat%0a", http(400)),
            Map.entry("other address /chat%2f", http(400, "bad_message")),
            Map.entry("other address /chat%5c..", http(400, "bad_message")),
            Map.entry("other address /..%2fchat", http(400)),
            Map.entry("other address /..;/chat", http(400)),
            Map.entry("malformed address /chat#x", http(400, "bad_message")),
            Map.entry("malformed address /chat\\", http(400, "bad_message")),
            Map.entry("malformed address /chät", http(404, "not_found")),
            Map.entry("the address *", http(404, "not_found")),
            Map.entry("line for the log in an address", http(400)),
            Map.entry("half a head, then nothing", http(408)),
            Map.entry("zeros in the place of a request", http(408)),
            Map.entry("TLS in the place of a request", http(408)));

    private static final Map<String, Answer> GRIZZLY = Map.ofEntries(
            // Reads requests more leniently than Undertow; no row reaches more than an upgrade that it may have anyway.
            Map.entry("malformed address /chat?%ZZ=1", upgraded()),
            Map.entry("address with another host", upgraded()),
            Map.entry("2,000 parameters", upgraded()),
            Map.entry("space before the colon of a header that counts", upgraded()),
            Map.entry("NUL in a header's name", upgraded()),
            Map.entry("duplicate Host", upgraded()),
            Map.entry("Host and another Host", upgraded()),
            Map.entry("Host 'a b'", upgraded()),
            Map.entry("Host '[::1'", upgraded()),
            Map.entry("Host 'a/b'", upgraded()),
            Map.entry("Host 'user@{self}'", upgraded()),
            Map.entry("HTTP/2.0", upgraded()),
            // Does not require masks.
            Map.entry("text without a mask", told("pong")),
            Map.entry("binary without a mask", told("bad_chunk")),
            Map.entry("continuation without a mask", told("pong")),
            // Refuses what Undertow takes: paths with dots or two slashes, more than one protocol.
            Map.entry("same address //chat", http(404)),
            Map.entry("same address /./chat", http(404)),
            Map.entry("same address /chat/../chat", http(404)),
            Map.entry("same address /x/../chat", http(404)),
            Map.entry("same address /chat/%2e", http(404)),
            Map.entry("same address /WEB-INF/../chat", http(404)),
            Map.entry("same address /%2e%2e/chat", http(400)),
            Map.entry("same address, from elsewhere: /%2e%2e/chat", http(400)),
            Map.entry("same address, with a bad token: /%2e%2e/chat", http(400)),
            Map.entry("duplicate Upgrade", http(404)),
            Map.entry("Upgrade to one of two protocols", http(404)),
            Map.entry("containerAccepts a header without a colon", ended()),
            Map.entry("containerAccepts a bare CR for the end of a line", http(400, "bad_message")),
            Map.entry("foreign Origin behind a bare CR", http(400, "bad_message")),
            Map.entry("containerAccepts a length with its high bit", closed(1002)),
            Map.entry("containerAccepts thousands of empty fragments", closed(1009, "too_long")),
            // Gives no body to an answer to a request that asks for an upgrade.
            Map.entry("Upgrade folded over two lines", http(426)),
            Map.entry("Upgrade to ''", http(426)),
            Map.entry("Upgrade to 'h2c'", http(426)),
            Map.entry("Upgrade to 'xwebsocket'", http(426)),
            Map.entry("Upgrade to 'websocket/13'", http(426)),
            Map.entry("Upgrade to 'web socket'", http(426)),
            Map.entry("Upgrade to 'websocket;q=1'", http(426)),
            Map.entry("upgrade to HTTP/2", http(426)),
            Map.entry("Connection ''", http(426)),
            Map.entry("Connection 'keep-alive'", http(426)),
            Map.entry("Connection 'close'", http(426)),
            Map.entry("Connection 'Upgrader'", http(426)),
            Map.entry("no Connection", http(426)),
            Map.entry("other address /CHAT", http(404)),
            Map.entry("other address /chat.", http(404)),
            Map.entry("other address /chat/", http(404)),
            Map.entry("other address /chat%0a", http(404)),
            Map.entry("other address /chat%2f", http(404)),
            Map.entry("other address /chat%3Bx", http(404)),
            Map.entry("other address /..;/chat", http(404)),
            Map.entry("other address /%2563hat", http(404)),
            Map.entry("other address /no-such-door", http(404)),
            Map.entry("line for the log in an address", http(404)),
            Map.entry("address of 9,000 characters", http(404)),
            Map.entry("address of WildFly's console", http(404)),
            Map.entry("hidden address /WEB-INF/web.xml", http(404)),
            Map.entry("hidden address /WEB-INF/classes/parley.properties", http(404)),
            Map.entry("hidden address /META-INF/MANIFEST.MF", http(404)),
            // Answers itself, before the application.
            Map.entry("method TRACE", http(405)),
            // Refuses the same with another status, or with a problem. Where its own code fails it sends an empty 200.
            Map.entry("other address /chat%00", http(400)),
            Map.entry("other address /chat%5c..", http(400)),
            Map.entry("other address /..%2fchat", http(400)),
            Map.entry("other address /%c0%afchat", http(400)),
            Map.entry("other address /chat%c0%80", http(400)),
            Map.entry("other address /%e0%80%afchat", http(400)),
            Map.entry("other address /chat%0d%0aX:%201", http(503)),
            Map.entry("malformed address /chat%", http(200)),
            Map.entry("malformed address /chat%zz", http(200)),
            Map.entry("malformed address /chat#x", http(404)),
            Map.entry("Host 'evil.example:x'", http(200)),
            Map.entry("Origin compared with an empty Host", http(200)),
            Map.entry("the address *", http(404)),
            Map.entry("HTTP/0.9 with headers", http(400)),
            Map.entry("HTTP/0.9", http(426)),
            Map.entry("HTTP/1.2", http(505)),
            Map.entry("http/1.1 in lower case", http(505)),
            Map.entry("preface of HTTP/2", http(405, "bad_message")),
            Map.entry("empty lines", ended()),
            Map.entry("smuggled request, Content-Length and Transfer-Encoding", http(400, "bad_message")),
            Map.entry("smuggled request, Transfer-Encoding in odd capitals", http(400, "bad_message")));

    /** The rows that Payara answers differently from GlassFish, because its Grizzly reads headers strictly. */
    private static final Map<String, Answer> PAYARA = Map.ofEntries(
            Map.entry("other address /chat%0d%0aX:%201", http(404)),
            Map.entry("space before the colon of a header that counts", http(400)),
            Map.entry("containerAccepts a space before the colon of another", http(400)),
            Map.entry("containerAccepts a header without a colon", upgraded()),
            Map.entry("NUL in a header's name", http(400)),
            Map.entry("NUL in a header", http(400)),
            Map.entry("ESC in a header", http(400)),
            Map.entry("DEL in a header", http(400)),
            Map.entry("containerAccepts a bare CR for the end of a line", http(400)),
            Map.entry("foreign Origin behind a bare CR", http(400)),
            Map.entry("containerAccepts lines that end in LF alone", http(400)),
            Map.entry("Origin 'http://löcalhost'", http(400)),
            Map.entry("Origin 'http://¹²·.0.0.1'", http(400)),
            Map.entry("subprotocol with U+0001", http(400)),
            Map.entry("subprotocol with ESC", http(400)),
            Map.entry("subprotocol with NUL", http(400)),
            Map.entry("subprotocol beyond ASCII", http(400)),
            Map.entry("extension with U+0001", http(400)));

    private static final String NO_TIME_LIMIT_OF_A_HEAD =
            "It limits the time between two bytes of a head, not the time of the head.";

    private static final Map<String, String> NOT_ON_LIBERTY = Map.of(
            "headers byte by byte",
            NO_TIME_LIMIT_OF_A_HEAD,
            "request line byte by byte",
            NO_TIME_LIMIT_OF_A_HEAD,
            "unfinished continuation of nothing",
            "It collects a message that begins with a continuation frame until its end.",
            "containerAccepts thousands of empty fragments",
            "It misreads one of them where the end of its buffer cuts the head: 1007, or 1009 from Parley before.",
            "containerAccepts a length with its high bit",
            "It reads the length as 0; whether it takes what follows for a frame depends on when it arrives.");

    private static final Map<String, String> NOT_ON_GRIZZLY = Map.of(
            "headers byte by byte", NO_TIME_LIMIT_OF_A_HEAD, "request line byte by byte", NO_TIME_LIMIT_OF_A_HEAD);

    private static final String SERVER = ParleyDeployment.Built.SERVER.name();

    private Differences() {}

    private static Map<String, Answer> answers() {
        return switch (SERVER) {
            case "liberty" -> LIBERTY;
            case "glassfish" -> GRIZZLY;
            case "payara" -> both(PAYARA, GRIZZLY);
            default -> Map.of();
        };
    }

    private static Map<String, Answer> both(Map<String, Answer> first, Map<String, Answer> second) {
        Map<String, Answer> all = new HashMap<>(second);
        all.putAll(first);
        return all;
    }

    /** The names of the rows that the tested server never ends, or answers now so, now so; with the reasons. */
    private static Map<String, String> skips() {
        return switch (SERVER) {
            case "liberty" -> NOT_ON_LIBERTY;
            case "glassfish", "payara" -> NOT_ON_GRIZZLY;
            default -> Map.of();
        };
    }

    /** The rows that the tested server answers, with its answers. */
    static List<Row> applied(List<Row> rows) {
        return rows.stream()
                .filter(row -> !skips().containsKey(row.name()))
                .map(row -> new Row(row.name(), row.attack(), answers().getOrDefault(row.name(), row.answer())))
                .toList();
    }

    /** The other rows, as skipped tests with their reasons. */
    static Stream<DynamicTest> skipped(List<Row> rows) {
        return rows.stream()
                .filter(row -> skips().containsKey(row.name()))
                .map(row -> DynamicTest.dynamicTest(
                        row.name(),
                        () -> Assumptions.abort(SkippedOn.REASON + SERVER + ": " + skips().get(row.name()))));
    }
}
