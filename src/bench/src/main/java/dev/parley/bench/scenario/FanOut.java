package dev.parley.bench.scenario;

import dev.parley.bench.load.Rooms;
import dev.parley.bench.measure.BenchOptions;
import dev.parley.bench.measure.Measurement;
import dev.parley.bench.measure.RoomLoad;
import dev.parley.bench.report.Figure;
import dev.parley.bench.system.RunningTarget;
import dev.parley.bench.system.Target;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One room with 1,000 readers and one sender: what each delivery costs and how long it takes, right after the start of
 * the server and then at rising rates, until it takes too long.
 *
 * <p>{@code -Dbench.targets=parley,ws}, {@code -Dbench.readers=1000}, {@code -Dbench.seconds=10} of each rate,
 * {@code -Dbench.cold=60} seconds right after the start (0: none), {@code -Dbench.rates=20000,100000} in deliveries a
 * second
 */
public final class FanOut implements Scenario {
    /** A message that takes longer is late for people who chat. */
    public static final double P99_MAX_MILLIS = 50;

    private static final double SHARE_MIN = 0.97;
    private static final int COLD_PER_SECOND = 100_000;
    private static final int[] SHORT = {20_000, 100_000};
    private static final int[] FULL = {
        20_000, 50_000, 75_000, 100_000, 125_000, 150_000, 200_000, 250_000, 300_000, 400_000, 500_000, 600_000,
        800_000, 1_000_000, 1_250_000, 1_500_000, 2_000_000
    };

    @Override
    public void run(Measurement measurement) throws InterruptedException {
        for (Target target : measurement.targets(
                "parley", "parley-objects", "ws", "socket.io", "socket.io-recovery", "spring-stomp")) {
            Optional<RunningTarget> server = measurement.start(target);
            if (server.isPresent()) {
                try (RunningTarget running = server.get()) {
                    measure(measurement, target, running);
                }
            }
        }
    }

    private static void measure(Measurement measurement, Target target, RunningTarget server)
            throws InterruptedException {
        BenchOptions options = measurement.options();
        int readers = options.number("readers", 1_000, 1_000);
        int seconds = options.number("seconds", 10, 4);
        int cold = options.number("cold", 60, 5);
        try (RoomLoad load = RoomLoad.open(server, target.wire(), Rooms.one("bench"), readers, 1, RoomLoad.REST)) {
            Map<String, String> setup = Map.of("readers", Integer.toString(readers));
            if (cold > 0) {
                RoomLoad.Result first = load.run(COLD_PER_SECOND, 0, cold);
                measurement.found(target.name(), with(setup, "cold", COLD_PER_SECOND), first.figures());
                if (!first.isComplete()) {
                    return;
                }
            }
            Optional<RoomLoad.Result> best = Optional.empty();
            int failures = 0;
            for (int rate : options.numbers("rates", options.isShort() ? SHORT : FULL)) {
                RoomLoad.Result result = measurement.profiled(
                        server, target.name() + "-" + rate, () -> load.run(rate, seconds / 3.0, seconds));
                measurement.found(target.name(), with(setup, "warm", rate), result.figures());
                if (isInTime(result)) {
                    best = Optional.of(result);
                    failures = 0;
                } else if (!result.isComplete() || ++failures == 2) {
                    // One slow rate may be one of a slow moment of this machine, two are not.
                    break;
                }
            }
            best.ifPresent(result -> measurement.found(target.name(), limit(setup), limit(result)));
        }
    }

    private static boolean isInTime(RoomLoad.Result result) {
        return result.isComplete()
                && result.get(Figure.P99_MS) <= P99_MAX_MILLIS
                && result.get(Figure.DELIVERED_PER_S) >= SHARE_MIN * result.get(Figure.ASKED_PER_S);
    }

    private static Map<String, String> with(Map<String, String> setup, String state, int rate) {
        Map<String, String> all = new HashMap<>(setup);
        all.put("state", state);
        all.put("asked", Integer.toString(rate));
        return all;
    }

    private static Map<String, String> limit(Map<String, String> setup) {
        Map<String, String> all = new HashMap<>(setup);
        all.put("state", "limit");
        return all;
    }

    /** The highest rate at which messages were in time. */
    private static Map<Figure, Double> limit(RoomLoad.Result result) {
        Map<Figure, Double> figures = new EnumMap<>(result.figures());
        figures.keySet()
                .retainAll(Set.of(
                        Figure.DELIVERED_PER_S,
                        Figure.P99_MS,
                        Figure.SERVER_CPU_US,
                        Figure.SERVER_CPUS,
                        Figure.GENERATOR_CPUS));
        return figures;
    }
}
