package dev.parley.bench.scenario;

import dev.parley.bench.load.Rooms;
import dev.parley.bench.measure.BenchOptions;
import dev.parley.bench.measure.Measurement;
import dev.parley.bench.measure.RoomLoad;
import dev.parley.bench.system.RunningTarget;
import dev.parley.bench.system.Target;
import java.util.Map;
import java.util.Optional;

/**
 * 1,000 rooms of 10 readers: what a delivery costs where few readers share a message.
 *
 * <p>{@code -Dbench.targets=parley,ws}, {@code -Dbench.rooms=1000}, {@code -Dbench.readers=10} in each,
 * {@code -Dbench.rates=20000,50000,100000} in deliveries a second, {@code -Dbench.seconds=15}, {@code -Dbench.warm=40}
 * seconds at the first rate before all that is measured
 */
public final class ManyRooms implements Scenario {
    private static final int SENDERS = 20;
    private static final int[] SHORT = {20_000};
    private static final int[] FULL = {20_000, 50_000, 100_000};

    @Override
    public void run(Measurement measurement) throws InterruptedException {
        for (Target target : measurement.targets("parley", "ws")) {
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
        int rooms = options.number("rooms", 1_000, 100);
        int readers = options.number("readers", 10, 10);
        int seconds = options.number("seconds", 15, 4);
        int[] rates = options.numbers("rates", options.isShort() ? SHORT : FULL);
        try (RoomLoad load = RoomLoad.open(
                server, target.wire(), new Rooms("bench-", rooms), readers, Math.min(SENDERS, rooms), RoomLoad.REST)) {
            load.run(rates[0], 0, options.number("warm", 40, 4));
            for (int rate : rates) {
                RoomLoad.Result result = measurement.profiled(
                        server, target.name() + "-" + rate, () -> load.run(rate, seconds, seconds));
                Map<String, String> setup = Map.of(
                        "rooms", Integer.toString(rooms),
                        "readers", Integer.toString(readers),
                        "asked", Integer.toString(rate));
                measurement.found(target.name(), setup, result.figures());
                if (!result.isComplete()) {
                    return;
                }
            }
        }
    }
}
