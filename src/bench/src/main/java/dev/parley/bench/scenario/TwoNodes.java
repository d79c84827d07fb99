package dev.parley.bench.scenario;

import dev.parley.bench.load.Rooms;
import dev.parley.bench.measure.BenchOptions;
import dev.parley.bench.measure.Measurement;
import dev.parley.bench.measure.RateSearch;
import dev.parley.bench.measure.RoomLoad;
import dev.parley.bench.report.Figure;
import dev.parley.bench.system.MissingTool;
import dev.parley.bench.system.ParleyCluster;
import dev.parley.bench.system.ParleyTarget;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What a second node adds: the highest rate at which one node, and then two, deliver every message in time, and the
 * processor time of a delivery. Each node is bound to half a core; PostgreSQL, Redis and the load generator use the
 * rest. Two nodes get the load of one: the readers of each room are spread over the nodes, and so are the senders. It
 * has two shapes: one room with 250 readers, and 200 rooms of 10 readers.
 *
 * <p>Warm nodes are compared: each is loaded first, with a whole core, until its compiler uses less than 3 % of it.
 *
 * <p>{@code -Dbench.nodes=1,2}, {@code -Dbench.rooms=1,200}, {@code -Dbench.readers=250} of the one room,
 * {@code -Dbench.seconds=10} of each rate after half of that to settle, {@code -Dbench.warm=180} seconds at most for
 * each shape, {@code -Dbench.share=50} percent of a core for each node (0: no bound), {@code -Dbench.rates=100000} in
 * deliveries a second: these alone, in place of a search
 */
public final class TwoNodes implements Scenario {
    /** A message that takes longer is late for people who chat. Half a core is away half of the time. */
    public static final double P99_MAX_MILLIS = 100;

    /** Deliveries of two nodes beside those of one: the goal. */
    private static final double WANTED = 1.6;

    private static final double SHARE_MIN = 0.97;
    private static final double PRECISION = 1.06;
    private static final double PERCENT = 100;
    /** Of each half of a round: at the first rate of the shape, and at a multiple of it, which has larger batches. */
    private static final int WARM_UP_SECONDS = 10;

    private static final int WARM_UP_RATE = 3;
    /** A node is warm when its compiler uses less than this of a core. */
    private static final double COMPILING_MAX = 0.03;

    private static final int RATE_MAX = 5_000_000;
    private static final int SENDERS = 20;

    /** @param firstRate deliveries a second with which the search begins, and at which a node is warmed up first */
    private record Shape(Rooms rooms, int readersInRoom, int firstRate) {
        static Shape of(int rooms, int readersOfOneRoom) {
            // Two senders of the one room, so that both nodes have one.
            return rooms == 1
                    ? new Shape(new Rooms("bench", 1, 2), readersOfOneRoom, 100_000)
                    : new Shape(new Rooms("bench-", rooms), 10, 4_000);
        }
    }

    @Override
    public void run(Measurement measurement) throws InterruptedException {
        BenchOptions options = measurement.options();
        int share = options.number("share", 50, 50);
        Map<Shape, Integer> limitsOfOne = new HashMap<>();
        for (int nodes : options.numbers("nodes", 1, 2)) {
            try (ParleyCluster cluster =
                    ParleyCluster.start(measurement.workplace(), nodes, share > 0, Map.of(), Map.of())) {
                System.out.println(name() + ": " + cluster.description());
                for (int rooms : options.numbers("rooms", 1, 200)) {
                    Shape shape = Shape.of(rooms, options.number("readers", 250, 250));
                    try (Series series = new Series(measurement, cluster, shape)) {
                        cluster.limit(1);
                        series.warmUp();
                        cluster.limit(share / PERCENT);
                        OptionalInt limit = series.run();
                        if (nodes == 1) {
                            limit.ifPresent(rate -> limitsOfOne.put(shape, rate));
                        } else if (limitsOfOne.containsKey(shape)) {
                            series.measure((int) Math.round(WANTED * limitsOfOne.get(shape)), "1.6x");
                        }
                    }
                }
            } catch (MissingTool e) {
                System.out.println(name() + " is left out. " + e.getMessage());
                return;
            }
        }
    }

    /** Loads of one shape on one cluster, one after the other. Confined to one thread. */
    private static final class Series implements AutoCloseable {
        private final Measurement measurement;
        private final ParleyCluster cluster;
        private final Shape shape;
        private final int nodes;
        private final int seconds;
        private RoomLoad load;
        /** Of the highest rate that was held. */
        private Optional<RoomLoad.Result> best = Optional.empty();

        Series(Measurement measurement, ParleyCluster cluster, Shape shape) throws InterruptedException {
            this.measurement = measurement;
            this.cluster = cluster;
            this.shape = shape;
            this.nodes = cluster.addresses().size();
            this.seconds = measurement.options().number("seconds", 10, 5);
            this.load = open();
        }

        private RoomLoad open() throws InterruptedException {
            return RoomLoad.open(
                    cluster,
                    ParleyTarget.batches().wire(),
                    shape.rooms(),
                    shape.readersInRoom(),
                    SENDERS,
                    RoomLoad.REST);
        }

        /** Loads the nodes until their compilers have hardly anything to do. */
        void warmUp() throws InterruptedException {
            int most = measurement.options().number("warm", 180, 10);
            double perSecond = (double) nodes * shape.firstRate();
            double compiling = 1;
            for (int spent = 0; spent < most && compiling > COMPILING_MAX; spent += 2 * WARM_UP_SECONDS) {
                long before = cluster.compilerTime().toMillis();
                reopenUnlessComplete(load.run(perSecond, 0, WARM_UP_SECONDS));
                reopenUnlessComplete(load.run(WARM_UP_RATE * perSecond, 0, WARM_UP_SECONDS));
                compiling = (cluster.compilerTime().toMillis() - before) / (nodes * 2e3 * WARM_UP_SECONDS);
                System.out.println(
                        "warm-up: the compiler of a node used " + Math.round(PERCENT * compiling) + " % of a core");
            }
        }

        /** Readers that lost a message cannot show any more that they lose none. */
        private void reopenUnlessComplete(RoomLoad.Result result) throws InterruptedException {
            if (!result.isComplete()) {
                load.close();
                load = open();
            }
        }

        /** Returns the highest rate that was held; empty if only some rates were asked for. */
        OptionalInt run() throws InterruptedException {
            int[] rates = measurement.options().numbers("rates");
            for (int rate : rates) {
                measure(rate, "step");
            }
            if (rates.length > 0) {
                return OptionalInt.empty();
            }
            int most = measurement.options().isShort() ? shape.firstRate() : RATE_MAX;
            OptionalInt limit = RateSearch.highest(shape.firstRate(), most, PRECISION, this::holds);
            best.ifPresent(result -> found("limit", limitOnly(result.figures())));
            return limit;
        }

        /** One slow try may be one of a slow moment of this machine, two are not. */
        private boolean holds(int rate) throws InterruptedException {
            for (int attempt = 0; attempt < 2; attempt++) {
                RoomLoad.Result result = measure(rate, "step");
                if (isInTime(result)) {
                    best = Optional.of(result);
                    return true;
                }
            }
            return false;
        }

        RoomLoad.Result measure(int rate, String state) throws InterruptedException {
            long throttled = cluster.throttled().toMillis();
            RoomLoad.Result result = measurement.profiled(
                    cluster,
                    nodes + "-" + shape.rooms().count() + "-" + rate,
                    () -> load.run(rate, seconds / 2.0, seconds));
            System.out.println(
                    "waited for processor time: " + (cluster.throttled().toMillis() - throttled) + " ms");
            found(state, result.figures());
            reopenUnlessComplete(result);
            return result;
        }

        private void found(String state, Map<Figure, Double> figures) {
            Map<String, String> setup = new HashMap<>(Map.of(
                    "nodes", Integer.toString(nodes),
                    "rooms", Integer.toString(shape.rooms().count()),
                    "state", state));
            if (state.equals("step")) {
                setup.put("asked", Long.toString(Math.round(figures.get(Figure.ASKED_PER_S))));
            }
            measurement.found(Measurement.PARLEY, setup, figures);
        }

        @Override
        public void close() {
            load.close();
        }
    }

    private static boolean isInTime(RoomLoad.Result result) {
        return result.isComplete()
                && result.get(Figure.P99_MS) <= P99_MAX_MILLIS
                && result.get(Figure.DELIVERED_PER_S) >= SHARE_MIN * result.get(Figure.ASKED_PER_S);
    }

    private static Map<Figure, Double> limitOnly(Map<Figure, Double> all) {
        Map<Figure, Double> figures = new EnumMap<>(all);
        figures.keySet()
                .retainAll(Set.of(
                        Figure.DELIVERED_PER_S,
                        Figure.SERVER_CPU_US,
                        Figure.P50_MS,
                        Figure.P99_MS,
                        Figure.SERVER_CPUS,
                        Figure.DATABASE_CPUS,
                        Figure.GENERATOR_CPUS,
                        Figure.STOLEN_CPUS));
        return figures;
    }
}
