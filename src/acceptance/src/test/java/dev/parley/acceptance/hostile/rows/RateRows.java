package dev.parley.acceptance.hostile.rows;

import static dev.parley.acceptance.hostile.peer.Answer.closed;
import static dev.parley.acceptance.hostile.peer.Answer.seen;
import static dev.parley.acceptance.hostile.peer.Answer.told;

import dev.parley.acceptance.hostile.peer.Answer;
import dev.parley.acceptance.hostile.peer.Node;
import dev.parley.acceptance.hostile.peer.Peer;
import dev.parley.acceptance.hostile.peer.Row;
import dev.parley.acceptance.support.Frame;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Excessive requests, in one session or in many, and clients that do not read. */
public final class RateRows {
    /** The rate limit of the server, in messages per second. */
    public static final int A_SECOND = 20;

    private static final int BURST = 3 * A_SECOND;
    private static final int QUERIES_A_SECOND = 10;
    private static final int QUERY_BURST = 3 * QUERIES_A_SECOND;
    /** More refusals would end the session, which is another row. */
    private static final int REFUSALS_MAX = 10;

    private static final int ERRORS_MAX = 20;
    private static final int SESSIONS = 5;

    /** 20 KiB; the outbox holds 256 KiB. */
    private static final String LONG = "x".repeat(20 * 1024);

    private static final String CHAT = "{\"type\":\"chat\",\"content\":\"fast\"}";
    private static final String PRESENCE = "{\"type\":\"presence\",\"room\":\"lobby\",\"id\":\"p\"}";

    private RateRows() {}

    public static List<Row> rows() {
        Answer within = seen("the burst, and what its time allows");
        return List.of(
                new Row("one user's rate over many sessions at a time", RateRows::manySessions, within),
                new Row("one user's rate over many sessions in turn", RateRows::reconnects, within),
                new Row("one user's rate of queries", RateRows::queries, within),
                new Row("who sends on after ten refusals", RateRows::insists, seen("4002 after 10 refusals")),
                new Row(
                        "21 errors",
                        node -> repeat(node, ERRORS_MAX + 1, "nonsense"),
                        closed(4504, "bad_json ".repeat(ERRORS_MAX + 1).strip())),
                new Row(
                        "20 errors",
                        node -> repeat(node, ERRORS_MAX, "nonsense"),
                        told("bad_json ".repeat(ERRORS_MAX).strip())),
                new Row(
                        "1,000 logins on one session",
                        // The number of answers before the close depends on timing, so it is not compared.
                        node -> repeat(node, 1_000, "{\"type\":\"login\"}") instanceof Answer.Closed end
                                ? closed(end.code())
                                : told("still open"),
                        closed(4002)),
                new Row("101 rooms", RateRows::rooms, seen("{joined=99, too_many_rooms=1}")),
                new Row(
                        "101 subscriptions",
                        RateRows::subscriptions,
                        seen("{subscribed=100, too_many_subscriptions=1}")),
                new Row("who reads nothing, while others do", RateRows::slowReader, closed(4000)));
    }

    private static Answer manySessions(Node node) {
        String user = Node.newUser();
        List<Peer> peers = new ArrayList<>();
        try {
            for (int i = 0; i < SESSIONS; i++) {
                peers.add(node.signedIn(user));
            }
            long begun = System.nanoTime();
            int sent = BURST + REFUSALS_MAX;
            for (int i = 0; i < sent; i++) {
                peers.get(i % SESSIONS).text(CHAT);
            }
            long acks = peers.stream()
                    .mapToLong(peer -> count(peer.answer(sent / SESSIONS), "ack"))
                    .sum();
            return within(acks, BURST, A_SECOND, begun);
        } finally {
            peers.forEach(Peer::close);
        }
    }

    private static Answer reconnects(Node node) {
        String user = Node.newUser();
        long begun = System.nanoTime();
        long acks = 0;
        for (int i = 0; i < 2 * SESSIONS; i++) {
            try (Peer peer = node.signedIn(user)) {
                acks += count(
                        peer.text(("[" + (CHAT + ",").repeat(REFUSALS_MAX - 1) + CHAT + "]"))
                                .answer(REFUSALS_MAX),
                        "ack");
            }
        }
        return within(acks, BURST, A_SECOND, begun);
    }

    private static Answer queries(Node node) {
        try (Peer peer = node.signedIn()) {
            long begun = System.nanoTime();
            int sent = QUERY_BURST + REFUSALS_MAX;
            for (int i = 0; i < sent; i++) {
                peer.text(PRESENCE);
            }
            return within(count(peer.answer(sent), "presence"), QUERY_BURST, QUERIES_A_SECOND, begun);
        }
    }

    private static long count(Answer answer, String word) {
        return words(answer).filter(word::equals).count();
    }

    /** The types of the answers; for a session that was closed after too many refusals, those before the close. */
    private static Stream<String> words(Answer answer) {
        String words = answer instanceof Answer.Told told ? told.words() : ((Answer.Closed) answer).told();
        return Stream.of(words.split(" "));
    }

    /** Counts the answers by type, because answers from different parts of the server have no order. */
    private static Answer counted(Answer answer) {
        return seen(words(answer)
                .collect(Collectors.groupingBy(word -> word, TreeMap::new, Collectors.counting()))
                .toString());
    }

    private static Answer within(long taken, int burst, int aSecond, long begun) {
        double seconds = (System.nanoTime() - begun) / 1e9;
        return taken >= burst && taken <= burst + aSecond * seconds + 1
                ? seen("the burst, and what its time allows")
                : seen(taken + " within " + seconds + " s");
    }

    private static Answer insists(Node node) {
        try (Peer peer = node.signedIn()) {
            peer.writeMany(2 * BURST, Frame.FIN | Frame.TEXT, CHAT.getBytes(StandardCharsets.US_ASCII));
            Answer.Closed end = (Answer.Closed) peer.ending();
            long refusals = count(end, "rate_limited") - 1;
            return seen(end.code() + " after " + refusals + " refusals");
        }
    }

    private static Answer repeat(Node node, int times, String text) {
        try (Peer peer = node.signedIn()) {
            peer.writeMany(times, Frame.FIN | Frame.TEXT, text.getBytes(StandardCharsets.US_ASCII));
            return peer.answer(times);
        }
    }

    private static Answer rooms(Node node) {
        String room = Node.newUser();
        try (Peer peer = node.signedIn()) {
            // The lobby counts as one of the hundred rooms.
            for (int i = 1; i <= 100; i++) {
                peer.text("{\"type\":\"join\",\"room\":\"" + room + "-" + i + "\"}");
            }
            return counted(peer.answer(100));
        }
    }

    private static Answer subscriptions(Node node) {
        try (Peer peer = node.signedIn()) {
            for (int i = 0; i <= 100; i++) {
                peer.text("{\"type\":\"subscribe\",\"metricId\":\"m" + i + "\"}");
            }
            return counted(peer.answer(101));
        }
    }

    private static Answer slowReader(Node node) {
        String room = Node.newUser();
        String join = "{\"type\":\"join\",\"room\":\"" + room + "\"}";
        try (Peer slow = node.signedIn();
                Peer reader = node.signedIn();
                Peer writer = node.signedIn()) {
            slow.text(join).next("joined");
            reader.text(join).next("joined");
            for (int i = 0; i < BURST; i++) {
                writer.text("{\"type\":\"chat\",\"room\":\"" + room + "\",\"content\":\"" + LONG + "\"}");
                reader.next("chat");
            }
            return slow.ending();
        }
    }
}
