package dev.parley.bench.report;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The document about Parley's performance, with its images. A pure function of the records: nothing in it is written by
 * hand.
 *
 * @param files content by path, relative to the folder of the documents
 */
public record PerformanceDocument(Map<String, String> files) {
    private static final String PAGE = "performance.md";
    private static final String DELAYS = "images/fan-out-p99.svg";
    private static final String COSTS = "images/fan-out-cpu.svg";
    private static final double P99_MAX_MILLIS = 50;

    private static final String INTRODUCTION = """
            This page is written by `mvn -Pbench -Dbench=full` from what it measured; do not edit it.

            Machine: %s. The load generator, the server and its database share the cores, over loopback, so the figures
            of one run compare with each other; yours will differ. Each figure is the mean of the last two runs, with
            half of their difference. *generator* is what the load generator itself used of the cores, and *stolen* what
            the host of this virtual machine gave to others.

            Every system gets the same load: messages with 100 bytes of content, each sent when it is due (an open loop)
            and timed from then on, so that a stall is not left out. Every message of every reader is counted, and its
            order checked. Under load the generator looks at its sockets once a millisecond at most, which adds up to
            1 ms to each delay, whatever is measured. Parley stores each message in its database before anybody gets it,
            signs everybody in, and checks rights; `ws`, Socket.IO and Spring's simple broker do none of that here.
            Their servers are in `src/bench/peers`, and say how they are set up. Nothing is compressed. Node.js uses one
            core; Parley and Spring use what the generator leaves of all.
            """;

    private static final String FAN_OUT = """
            One room with 1,000 readers and one sender. *cold* is the first minute of a server at 100,000 deliveries/s;
            then the rate rises (*warm*) until p99 is above 50 ms twice, or the server falls 3 s behind. *limit* is the
            highest rate with p99 of at most 50 ms. `parley` sends several messages in a frame (subprotocol `parley.v1`,
            which Parley's clients use), `parley-objects` one in each (a hand-written client).""";

    private static final String TWO_NODES = """
            Nodes of half a core each (control groups of Linux); PostgreSQL, Redis and the generator have the rest. One
            room with 250 readers and two senders, and 200 rooms of 10 readers, spread over the nodes. *limit* is the
            highest rate with p99 of at most 100 ms at which nothing is missing; *1.6x* are two nodes at 1.6 times the
            limit of one. The nodes are warm.""";

    private static final List<Section> SECTIONS = List.of(
            new Section(
                    "Many rooms",
                    "1,000 rooms of 10 readers; messages go to the rooms in turn.",
                    "ManyRooms",
                    List.of("asked"),
                    List.of(
                            Figure.DELIVERED_PER_S,
                            Figure.SERVER_CPU_US,
                            Figure.P50_MS,
                            Figure.P99_MS,
                            Figure.SERVER_CPUS,
                            Figure.GENERATOR_CPUS,
                            Figure.STOLEN_CPUS)),
            new Section(
                    "Quiet",
                    "One message at a time, 50 a second, to one reader; and 20 a second to 1,000 readers. *bare commit*"
                            + " is an insert of 100 bytes into the same PostgreSQL.",
                    "QuietLatency",
                    List.of("database", "readers"),
                    List.of(
                            Figure.P50_MS,
                            Figure.P99_MS,
                            Figure.COMMIT_P50_MS,
                            Figure.COMMIT_P99_MS,
                            Figure.GENERATOR_CPUS,
                            Figure.STOLEN_CPUS)),
            new Section(
                    "Durable chat",
                    "50 senders; each message is acked after its commit. `fsync` and `synchronous_commit` are on"
                            + " (PostgreSQL), `WRITE_DELAY=0` (H2).",
                    "DurableChat",
                    List.of("database", "rooms", "asked"),
                    List.of(
                            Figure.ACKED_PER_S,
                            Figure.P50_MS,
                            Figure.P99_MS,
                            Figure.COMMITS_PER_S,
                            Figure.REFUSED,
                            Figure.SERVER_CPUS,
                            Figure.DATABASE_CPUS,
                            Figure.GENERATOR_CPUS,
                            Figure.STOLEN_CPUS)),
            new Section(
                    "Sign-ins",
                    "64 clients at a time connect, sign in, leave, and are followed by the next. The time is from the"
                            + " first byte to the `welcome`.",
                    "SignInStorm",
                    List.of("database", "credential"),
                    List.of(
                            Figure.SIGN_INS_PER_S,
                            Figure.P50_MS,
                            Figure.P99_MS,
                            Figure.SERVER_CPU_US,
                            Figure.SERVER_CPUS,
                            Figure.GENERATOR_CPUS,
                            Figure.STOLEN_CPUS)),
            new Section(
                    "Idle sessions",
                    "Sessions that are signed in and do nothing: objects in the heap after a garbage collection, and"
                            + " memory of the process.",
                    "IdleSessions",
                    List.of("sessions"),
                    List.of(Figure.SERVER_HEAP_KB, Figure.SERVER_MEMORY_KB, Figure.SERVER_CPUS, Figure.LOST_CLIENTS)),
            new Section(
                    "Bad lines",
                    "The line of each reader of a room is cut for 2 s every 15 s, at its own times, while 2 messages a"
                            + " second are sent.",
                    "CutLines",
                    List.of("clients"),
                    List.of(
                            Figure.CUTS,
                            Figure.EXPECTED,
                            Figure.MISSING,
                            Figure.REPEATED,
                            Figure.BACK_P50_MS,
                            Figure.BACK_P99_MS,
                            Figure.SERVER_CPUS,
                            Figure.GENERATOR_CPUS)),
            new Section(
                    "Restart",
                    "The server is stopped and started again under clients of a room, while 5 messages a second are"
                            + " sent. p99 is over all messages, from when each was due, also those while there was no"
                            + " server. A client that tried in vain six times waits up to 16 s before it tries again,"
                            + " so the last one comes later than the first.",
                    "Restart",
                    List.of("database", "clients"),
                    List.of(
                            Figure.READY_S,
                            Figure.SIGNED_IN_P99_MS,
                            Figure.P99_MS,
                            Figure.EXPECTED,
                            Figure.MISSING,
                            Figure.REPEATED,
                            Figure.LOST_CLIENTS)),
            new Section(
                    "Two nodes",
                    TWO_NODES,
                    "TwoNodes",
                    List.of("nodes", "rooms", "state", "asked"),
                    List.of(
                            Figure.DELIVERED_PER_S,
                            Figure.SERVER_CPU_US,
                            Figure.P50_MS,
                            Figure.P99_MS,
                            Figure.MISSING,
                            Figure.SERVER_CPUS,
                            Figure.DATABASE_CPUS,
                            Figure.GENERATOR_CPUS,
                            Figure.STOLEN_CPUS)),
            new Section(
                    "The backplane",
                    "Two nodes as above, a sender on one of them, 100 messages a second, and as many readers on either"
                            + " node: delays on the sender's node, on the other one, and what that is more.",
                    "BackplaneDelay",
                    List.of("readers"),
                    List.of(
                            Figure.P50_MS,
                            Figure.P99_MS,
                            Figure.FAR_P50_MS,
                            Figure.FAR_P99_MS,
                            Figure.ADDED_P50_MS,
                            Figure.ADDED_P99_MS,
                            Figure.SERVER_CPUS,
                            Figure.MISSING)),
            new Section(
                    "Storm",
                    "Two nodes and their clients in 30 rooms, 60 messages a second. All clients lose their lines at once:"
                            + " every line breaks (*lines*), or all readers are on one node, which is killed (*node*). A"
                            + " client has caught up when it is signed in and has all messages until then. *queries* are"
                            + " those of the database beside the usual ones, for each client.",
                    "Storm",
                    List.of("lost", "clients"),
                    List.of(
                            Figure.SIGNED_IN_P99_MS,
                            Figure.CAUGHT_UP_P99_S,
                            Figure.CAUGHT_UP_MAX_S,
                            Figure.QUERIES_PER_CLIENT,
                            Figure.EXPECTED,
                            Figure.MISSING,
                            Figure.REPEATED,
                            Figure.LOST_CLIENTS)),
            new Section(
                    "Draining",
                    "Two nodes; the first one, with 1,000 senders of a message every two seconds, is stopped as in a"
                            + " rolling restart. Of each sender the longest time from a message to its ack: as usual"
                            + " (*before*), and from the signal until all are back (*drained*). Connections are"
                            + " admitted at the default rate.",
                    "Draining",
                    List.of("state", "clients"),
                    List.of(Figure.P50_MS, Figure.P99_MS, Figure.MAX_MS, Figure.REFUSED)),
            new Section(
                    "Without WebSockets",
                    "What a reader costs that asks every second, that waits for the answer (long polling), or that"
                            + " reads server-sent events, beside one with a WebSocket.",
                    "WithoutWebSockets",
                    List.of("way", "readers"),
                    List.of(
                            Figure.P50_MS,
                            Figure.P99_MS,
                            Figure.SERVER_CPU_US,
                            Figure.BYTES_PER_MESSAGE,
                            Figure.REQUESTS_PER_MESSAGE,
                            Figure.MISSING,
                            Figure.GENERATOR_CPUS)),
            new Section(
                    "Replay",
                    "A room of 100,000 messages, read from the first one by readers who come back.",
                    "Replay",
                    List.of("database", "readers"),
                    List.of(Figure.DELIVERED_PER_S)),
            new Section(
                    "The monitor page",
                    "The page in Chromium without a window and without a graphics processor, with 50 metrics of ten"
                            + " values a second each, beside an empty page under the same load: frames, the time"
                            + " between two, and how busy the page's main thread is. The higher screen shows all"
                            + " charts at once.",
                    "MonitorFrames",
                    List.of("page", "screen"),
                    List.of(Figure.FRAMES_PER_S, Figure.P99_MS, Figure.MAX_MS, Figure.BUSY_PERCENT)),
            new Section(
                    "Single parts",
                    "Micro-benchmarks with JMH: time for one operation, in `OutboxBenchmark` for one delivery.",
                    "Micro",
                    List.of("isBatched"),
                    List.of(Figure.NANOS_PER_OPERATION)));

    /** The loads that goals are about. */
    private static final Set<String> PROFILED = Set.of(
            "FanOut-parley-100000",
            "FanOut-parley-400000",
            "FanOut-parley-1000000",
            "ManyRooms-parley-20000",
            "ManyRooms-parley-50000",
            "QuietLatency-parley-h2-1",
            "QuietLatency-parley-postgresql-1",
            "QuietLatency-parley-h2-1000",
            "DurableChat-postgresql-1-15000",
            "DurableChat-postgresql-200-30000",
            "SignInStorm-sign-in-token");

    private static final Section PROFILE = new Section(
            "Where the time goes",
            "The processor time of the server under some of these loads, by what used it (async-profiler, event `cpu`)."
                    + " A stack counts once: for the compiler, the collector or the database if it is in them; else for"
                    + " the socket if it ends in its system calls; else for Parley or the application server, whoever"
                    + " called last.",
            "Profile",
            "-Dbench=ManyRooms -Dbench.profile=cpu",
            List.of("load"),
            List.copyOf(Figure.SHARES));

    public PerformanceDocument {
        files = Map.copyOf(files);
    }

    /**
     * Writes the document.
     *
     * @param records of all measurements, the oldest first
     * @param machine on which they were made, in one sentence
     */
    public static PerformanceDocument of(List<BenchRecord> records, String machine) {
        List<Runs> all = Runs.of(records);
        List<Runs> steps = Runs.where(
                all,
                found -> found.scenario().equals("FanOut")
                        && found.setup("state").filter("warm"::equals).isPresent());
        Map<String, String> files = new TreeMap<>();
        if (!steps.isEmpty()) {
            files.put(
                    DELAYS,
                    chart("p99 of a message, 1,000 readers", "ms", steps, Figure.P99_MS, P99_MAX_MILLIS)
                            .svg());
            files.put(
                    COSTS,
                    chart("CPU time of the server for a delivery", "us", steps, Figure.SERVER_CPU_US, 0)
                            .svg());
        }
        String images = steps.isEmpty()
                ? ""
                : "![p99 by deliveries a second](" + DELAYS + ")\n\n![CPU of a delivery](" + COSTS + ")\n\n";
        files.put(
                PAGE,
                "# Performance\n\n" + INTRODUCTION.formatted(machine) + "\n## In short\n\n" + Goals.table(all) + "\n"
                        + fanOut().render(all, images) + "\n"
                        + SECTIONS.stream()
                                .map(section -> section.render(all, ""))
                                .collect(Collectors.joining("\n"))
                        + "\n" + PROFILE.render(Runs.where(all, PerformanceDocument::isProfileOfGoal), ""));
        return new PerformanceDocument(files);
    }

    private static boolean isProfileOfGoal(BenchRecord found) {
        return found.setup("load").filter(PROFILED::contains).isPresent();
    }

    private static Section fanOut() {
        return new Section(
                "One room, many readers",
                FAN_OUT,
                "FanOut",
                List.of("state", "asked"),
                List.of(
                        Figure.DELIVERED_PER_S,
                        Figure.SERVER_CPU_US,
                        Figure.P50_MS,
                        Figure.P99_MS,
                        Figure.MISSING,
                        Figure.SERVER_CPUS,
                        Figure.GENERATOR_CPUS,
                        Figure.STOLEN_CPUS));
    }

    private static Chart chart(String title, String unit, List<Runs> steps, Figure figure, double limit) {
        Map<String, List<Runs>> byTarget = steps.stream()
                .filter(runs -> runs.has(figure) && runs.mean(figure) > 0 && runs.mean(Figure.DELIVERED_PER_S) > 0)
                .collect(Collectors.groupingBy(Runs::target, LinkedHashMap::new, Collectors.toList()));
        List<Chart.Series> series = byTarget.entrySet().stream()
                .map(target -> new Chart.Series(
                        target.getKey(),
                        target.getValue().stream()
                                .map(runs -> new Chart.Point(runs.mean(Figure.DELIVERED_PER_S), runs.mean(figure)))
                                .sorted(Comparator.comparingDouble(Chart.Point::x))
                                .toList()))
                .toList();
        return new Chart(title, "deliveries a second", unit, series, limit);
    }
}
