package dev.parley.acceptance.hostile.rows;

import static dev.parley.acceptance.hostile.peer.Answer.closed;
import static dev.parley.acceptance.hostile.peer.Answer.http;
import static dev.parley.acceptance.hostile.peer.Answer.seen;
import static dev.parley.acceptance.hostile.peer.HandshakeAttempt.SELF;
import static dev.parley.acceptance.support.Frame.BINARY;
import static dev.parley.acceptance.support.Frame.CONTINUATION;
import static dev.parley.acceptance.support.Frame.FIN;
import static dev.parley.acceptance.support.Frame.LENGTH_OF_8;
import static dev.parley.acceptance.support.Frame.PING;
import static dev.parley.acceptance.support.Frame.TEXT;

import dev.parley.acceptance.hostile.peer.Answer;
import dev.parley.acceptance.hostile.peer.HandshakeAttempt;
import dev.parley.acceptance.hostile.peer.Jws;
import dev.parley.acceptance.hostile.peer.Node;
import dev.parley.acceptance.hostile.peer.Peer;
import dev.parley.acceptance.hostile.peer.Row;
import dev.parley.acceptance.support.Frame;
import dev.parley.acceptance.support.RawSocket;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/** Pages of our own origin whose credential is refused, and what such a peer does with the WebSocket that tells it. */
public final class RefusalRows {
    private static final String SUBPROTOCOL = "Sec-WebSocket-Protocol";

    /** 2 s, and more for a busy machine. */
    private static final Duration SOON = Duration.ofSeconds(6);

    private static final Answer GONE = seen("gone soon");
    private static final byte[] FULL_FRAME = new byte[60_000];

    private RefusalRows() {}

    public static List<Row> rows() {
        String bearer = "parley.v1, bearer.";
        String good = Jws.good("hostile-refusal", "user");
        return List.of(
                new Row("page with a ticket of nobody", page("/chat?ticket=x"), closed(4003, "login_refused")),
                new Row("page with an empty ticket", page("/monitor?ticket="), closed(4003, "login_refused")),
                new Row("page with two tickets", page("/chat?ticket=x&ticket=y"), closed(4501, "login_refused")),
                new Row("page with a token in the address", page("/chat?token=" + good), closed(4501, "bad_message")),
                new Row("page with a bad bearer", page(bearer + "x", "/chat"), closed(4501, "login_refused")),
                new Row("page with an empty bearer", page(bearer, "/chat"), closed(4501, "login_refused")),
                new Row(
                        "page with two bearers",
                        page(bearer + good + ", bearer." + good, "/chat"),
                        closed(4501, "login_refused")),
                new Row(
                        "page with a bad ticket at /chat;x=1",
                        page("/chat;x=1?ticket=x"),
                        closed(4003, "login_refused")),
                new Row("page with a bad ticket at /%63hat", page("/%63hat?ticket=x"), closed(4003, "login_refused")),
                new Row(
                        "page with a bad ticket and an Authorization",
                        own("/chat?ticket=x").with("Authorization", "Bearer " + good),
                        http(401, "login_refused")),
                new Row(
                        "page with a bad ticket and a POST",
                        HandshakeAttempt.line("POST /chat?ticket=x HTTP/1.1").with("Origin", "http://" + SELF),
                        http(405, "bad_message")),
                new Row(
                        "foreign page with a bad ticket",
                        own("/chat?ticket=x").with("Origin", "http://evil.example"),
                        http(403, "forbidden")),
                new Row("refused page that is silent", node -> gone(node, RefusalRows::silence), GONE),
                new Row("refused page that sends at full speed", node -> gone(node, RefusalRows::flood), GONE),
                new Row("refused page whose fragments never end", node -> gone(node, RefusalRows::fragments), GONE),
                new Row("refused page that announces a huge frame", node -> gone(node, RefusalRows::huge), GONE),
                new Row("refused page that pings without end and reads nothing", RefusalRows::pings, seen("ended")));
    }

    private static HandshakeAttempt own(String path) {
        return HandshakeAttempt.get(path).with("Origin", "http://" + SELF);
    }

    private static Row.Attack page(String path) {
        return page("parley.v1", path);
    }

    private static Row.Attack page(String subprotocols, String path) {
        return node -> {
            try (RawSocket raw = node.connect()) {
                raw.write(own(path).with(SUBPROTOCOL, subprotocols).bytes(node));
                Answer answer = HandshakeAttempt.response(raw, "GET");
                return answer.equals(new Answer.Upgraded("parley.v1")) ? new Peer(raw).ending() : answer;
            }
        };
    }

    /** Attacks with a refused connection until the server ends it. */
    private static Answer gone(Node node, Consumer<RawSocket> attack) {
        try (RawSocket raw = refused(node)) {
            long since = System.nanoTime();
            attack.accept(raw);
            Duration lasted = Duration.ofNanos(System.nanoTime() - since);
            return lasted.compareTo(SOON) < 0 ? GONE : seen("gone after " + lasted.toMillis() + " ms");
        }
    }

    private static RawSocket refused(Node node) {
        RawSocket raw = node.connect();
        raw.write(own("/chat?ticket=x").bytes(node));
        if (raw.head().status() != 101) {
            throw new AssertionError("The page was not told over the WebSocket.");
        }
        return raw;
    }

    /** Reads, but never answers the close. */
    private static void silence(RawSocket raw) {
        raw.awaitEnd();
    }

    private static void flood(RawSocket raw) {
        while (raw.tryFrame(FIN | BINARY, FULL_FRAME)) {
            // The server decides when to end it.
        }
    }

    private static void fragments(RawSocket raw) {
        boolean isOpen = raw.tryFrame(TEXT, new byte[0]);
        while (isOpen) {
            isOpen = raw.tryFrame(CONTINUATION, new byte[100]);
        }
    }

    private static void huge(RawSocket raw) {
        boolean isOpen = raw.tryWrite(FrameRows.header(FIN | BINARY, LENGTH_OF_8))
                && raw.tryWrite(FrameRows.bytes(8, 1L << 40))
                && raw.tryWrite(Frame.withMask(new byte[0]));
        while (isOpen) {
            isOpen = raw.tryWrite(FULL_FRAME);
        }
    }

    /** Open Liberty does not end a connection while it writes to it, for up to 30 s. */
    private static Answer pings(Node node) {
        try (RawSocket raw = refused(node)) {
            while (raw.tryFrame(FIN | PING, new byte[125])) {
                // The server decides when to end it.
            }
            return seen("ended");
        }
    }
}
