package dev.parley.bench.report;

import static dev.parley.bench.report.Figure.ACKED_PER_S;
import static dev.parley.bench.report.Figure.ADDED_P99_MS;
import static dev.parley.bench.report.Figure.BACK_P99_MS;
import static dev.parley.bench.report.Figure.CAUGHT_UP_P99_S;
import static dev.parley.bench.report.Figure.COMMIT_P50_MS;
import static dev.parley.bench.report.Figure.DELIVERED_PER_S;
import static dev.parley.bench.report.Figure.MAX_MS;
import static dev.parley.bench.report.Figure.MISSING;
import static dev.parley.bench.report.Figure.P50_MS;
import static dev.parley.bench.report.Figure.P99_MS;
import static dev.parley.bench.report.Figure.QUERIES_PER_CLIENT;
import static dev.parley.bench.report.Figure.REPEATED;
import static dev.parley.bench.report.Figure.SERVER_CPU_US;
import static dev.parley.bench.report.Figure.SERVER_HEAP_KB;
import static dev.parley.bench.report.Figure.SIGN_INS_PER_S;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.Predicate;

/** What Parley is held to, and beside whom: the head of the document. */
final class Goals {
    private static final double P99_MAX_MILLIS = 50;
    private static final String PARLEY = "parley";
    private static final Function<Double, String> TWICE = value -> String.format(Locale.ROOT, "%.2f", value);
    private static final Function<Double, String> WHOLE = value -> String.format(Locale.ROOT, "%,.0f", value);

    private static final List<Goal> ALL = List.of(
            Goal.atLeast("deliveries/s with p99 ≤ 50 ms", 1_000_000, "", WHOLE, limit(PARLEY)),
            Goal.atLeast("the same beside Node `ws`", 5, "x", TWICE, ratio(limit(PARLEY), limit("ws"))),
            Goal.atLeast("the same beside Socket.IO", 6, "x", TWICE, ratio(limit(PARLEY), limit("socket.io"))),
            Goal.atLeast(
                    "the same beside Spring with STOMP", 9, "x", TWICE, ratio(limit(PARLEY), limit("spring-stomp"))),
            Goal.atMost("CPU of a delivery at 100,000/s beside `ws`, warm", 0.8, "x", TWICE, cpu("warm", "100000")),
            Goal.atMost("the same in the first minute", 1.2, "x", TWICE, cpu("cold", "100000")),
            Goal.atMost(
                    "CPU of a delivery at 400,000/s",
                    1.6,
                    " us",
                    TWICE,
                    fanOut(PARLEY, "warm", "400000", SERVER_CPU_US)),
            Goal.atMost(
                    "1,000 rooms of 10 readers: CPU beside `ws` at 100,000/s, or the most delivered",
                    1.5,
                    "x",
                    TWICE,
                    Goals::rooms),
            Goal.atMost("quiet, H2: p50", 1, " ms", TWICE, quiet(PARLEY, "h2", "1", P50_MS)),
            Goal.atMost("quiet, H2: p99", 5, " ms", TWICE, quiet(PARLEY, "h2", "1", P99_MS)),
            Goal.atMost(
                    "quiet, PostgreSQL: p50 above that of a bare commit",
                    1,
                    " ms",
                    TWICE,
                    difference(
                            quiet(PARLEY, "postgresql", "1", P50_MS), quiet(PARLEY, "postgresql", "1", COMMIT_P50_MS))),
            Goal.atMost(
                    "20,000 deliveries/s, H2: p50 beside `ws`",
                    1,
                    "x",
                    TWICE,
                    ratio(quiet(PARLEY, "h2", "1000", P50_MS), quiet("ws", "none", "1000", P50_MS))),
            Goal.atLeast(
                    "durable chat, PostgreSQL, 200 rooms: acked/s with p99 ≤ 50 ms", 30_000, "", WHOLE, durable("200")),
            Goal.atLeast("the same in one room", 15_000, "", WHOLE, durable("1")),
            Goal.atMost(
                    "heap of an idle session",
                    10,
                    " KB",
                    TWICE,
                    one("IdleSessions", PARLEY, SERVER_HEAP_KB, setup -> true)),
            Goal.atLeast(
                    "sign-ins/s with a token",
                    1_500,
                    "",
                    WHOLE,
                    one("SignInStorm", PARLEY, SIGN_INS_PER_S, setup -> "token".equals(setup.get("credential")))),
            Goal.atMost("lines cut: missing", 0, "", WHOLE, one("CutLines", PARLEY, MISSING, setup -> true)),
            Goal.atMost("lines cut: repeated", 0, "", WHOLE, one("CutLines", PARLEY, REPEATED, setup -> true)),
            Goal.atMost(
                    "lines cut: p99 after the line is back",
                    1_000,
                    " ms",
                    WHOLE,
                    one("CutLines", PARLEY, BACK_P99_MS, setup -> true)),
            Goal.atMost("restart: missing", 0, "", WHOLE, one("Restart", PARLEY, MISSING, setup -> true)),
            Goal.atMost("restart: p99", 10_000, " ms", WHOLE, one("Restart", PARLEY, P99_MS, setup -> true)),
            Goal.atLeast(
                    "two nodes of half a core beside one: deliveries/s with p99 ≤ 100 ms, one room",
                    1.6,
                    "x",
                    TWICE,
                    ratio(twoNodes("2", "1", "limit", DELIVERED_PER_S), twoNodes("1", "1", "limit", DELIVERED_PER_S))),
            Goal.atMost(
                    "CPU of a delivery of two nodes at 1.6 times the limit of one, beside one",
                    1,
                    "x",
                    TWICE,
                    ratio(twoNodes("2", "1", "1.6x", SERVER_CPU_US), twoNodes("1", "1", "limit", SERVER_CPU_US))),
            Goal.atLeast(
                    "two nodes beside one: deliveries/s, 200 rooms",
                    1.6,
                    "x",
                    TWICE,
                    ratio(
                            twoNodes("2", "200", "limit", DELIVERED_PER_S),
                            twoNodes("1", "200", "limit", DELIVERED_PER_S))),
            Goal.atMost(
                    "CPU of a delivery there, as above",
                    1,
                    "x",
                    TWICE,
                    ratio(twoNodes("2", "200", "1.6x", SERVER_CPU_US), twoNodes("1", "200", "limit", SERVER_CPU_US))),
            Goal.atMost(
                    "backplane: added at p99, one reader on each node",
                    5,
                    " ms",
                    TWICE,
                    one("BackplaneDelay", PARLEY, ADDED_P99_MS, setup -> "1".equals(setup.get("readers")))),
            Goal.atMost(
                    "the same with 100 readers on each node",
                    5,
                    " ms",
                    TWICE,
                    one("BackplaneDelay", PARLEY, ADDED_P99_MS, setup -> "100".equals(setup.get("readers")))),
            Goal.atMost("all lines lost: 99 % caught up after", 15, " s", TWICE, storm("lines", CAUGHT_UP_P99_S)),
            Goal.atMost("a node killed: 99 % caught up after", 15, " s", TWICE, storm("node", CAUGHT_UP_P99_S)),
            Goal.atMost("all lines lost: queries of a client", 0.1, "", TWICE, storm("lines", QUERIES_PER_CLIENT)),
            Goal.atMost(
                    "a node drained, 1,000 senders: the longest time until an ack",
                    3_000,
                    " ms",
                    WHOLE,
                    one("Draining", PARLEY, MAX_MS, setup -> "drained".equals(setup.get("state")))));

    private Goals() {}

    static String table(List<Runs> all) {
        MarkdownTable table = new MarkdownTable("what", "found", "goal", "reached");
        ALL.forEach(goal -> goal.addTo(table, all));
        return table.or("");
    }

    private static Function<List<Runs>, OptionalDouble> one(
            String scenario, String target, Figure figure, Predicate<Map<String, String>> condition) {
        return all -> all.stream()
                .filter(runs -> runs.first().scenario().equals(scenario)
                        && runs.target().equals(target)
                        && condition.test(runs.first().setup()))
                .map(runs -> runs.ifPresent(figure))
                .filter(OptionalDouble::isPresent)
                .findFirst()
                .orElse(OptionalDouble.empty());
    }

    private static Function<List<Runs>, OptionalDouble> twoNodes(
            String nodes, String rooms, String state, Figure figure) {
        return one(
                "TwoNodes",
                PARLEY,
                figure,
                setup -> nodes.equals(setup.get("nodes"))
                        && rooms.equals(setup.get("rooms"))
                        && state.equals(setup.get("state")));
    }

    private static Function<List<Runs>, OptionalDouble> storm(String lost, Figure figure) {
        return one("Storm", PARLEY, figure, setup -> lost.equals(setup.get("lost")));
    }

    private static Function<List<Runs>, OptionalDouble> limit(String target) {
        return one("FanOut", target, DELIVERED_PER_S, setup -> "limit".equals(setup.get("state")));
    }

    private static Function<List<Runs>, OptionalDouble> fanOut(
            String target, String state, String asked, Figure figure) {
        return one(
                "FanOut",
                target,
                figure,
                setup -> state.equals(setup.get("state")) && asked.equals(setup.get("asked")));
    }

    private static Function<List<Runs>, OptionalDouble> cpu(String state, String asked) {
        return ratio(fanOut(PARLEY, state, asked, SERVER_CPU_US), fanOut("ws", state, asked, SERVER_CPU_US));
    }

    /** At a rate that the server does not deliver, there is no processor time of a delivery. */
    private static OptionalDouble rooms(List<Runs> all) {
        return all.stream()
                .filter(runs -> runs.first().scenario().equals("ManyRooms")
                        && runs.target().equals(PARLEY)
                        && runs.has(SERVER_CPU_US))
                .map(runs -> runs.setup("asked"))
                .max(Comparator.comparingInt(Integer::parseInt))
                .map(asked -> ratio(rooms(PARLEY, asked), rooms("ws", asked)).apply(all))
                .orElse(OptionalDouble.empty());
    }

    private static Function<List<Runs>, OptionalDouble> rooms(String target, String asked) {
        return one("ManyRooms", target, SERVER_CPU_US, setup -> asked.equals(setup.get("asked")));
    }

    private static Function<List<Runs>, OptionalDouble> quiet(
            String target, String database, String readers, Figure figure) {
        return one(
                "QuietLatency",
                target,
                figure,
                setup -> database.equals(setup.get("database")) && readers.equals(setup.get("readers")));
    }

    /** The highest rate at which acks were in time. */
    private static Function<List<Runs>, OptionalDouble> durable(String rooms) {
        return all -> all.stream()
                .filter(runs -> runs.first().scenario().equals("DurableChat")
                        && runs.setup("database").equals("postgresql")
                        && runs.setup("rooms").equals(rooms)
                        && runs.mean(P99_MS) <= P99_MAX_MILLIS)
                .mapToDouble(runs -> runs.mean(ACKED_PER_S))
                .max();
    }

    private static Function<List<Runs>, OptionalDouble> ratio(
            Function<List<Runs>, OptionalDouble> one, Function<List<Runs>, OptionalDouble> other) {
        return all -> {
            OptionalDouble value = one.apply(all);
            OptionalDouble beside = other.apply(all);
            return value.isPresent() && beside.isPresent()
                    ? OptionalDouble.of(value.getAsDouble() / beside.getAsDouble())
                    : OptionalDouble.empty();
        };
    }

    private static Function<List<Runs>, OptionalDouble> difference(
            Function<List<Runs>, OptionalDouble> one, Function<List<Runs>, OptionalDouble> other) {
        return all -> {
            OptionalDouble value = one.apply(all);
            OptionalDouble less = other.apply(all);
            return value.isPresent() && less.isPresent()
                    ? OptionalDouble.of(value.getAsDouble() - less.getAsDouble())
                    : OptionalDouble.empty();
        };
    }
}
