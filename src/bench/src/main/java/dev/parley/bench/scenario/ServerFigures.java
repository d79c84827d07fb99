package dev.parley.bench.scenario;

import dev.parley.bench.load.Rooms;
import dev.parley.bench.measure.Measurement;
import dev.parley.bench.measure.RoomLoad;
import dev.parley.bench.report.Figure;
import dev.parley.bench.system.ParleyServer;
import dev.parley.bench.system.ParleyTarget;
import dev.parley.bench.system.ParleyWire.Credential;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * What one application server costs: its start, its memory, its sign-ins, and its processor time for each message that
 * it delivers to a reader. The load is the same on every server.
 *
 * <p>{@code mvn -Pbench -Dbench=ServerFigures}, and the same with {@code -Pbench,glassfish}, {@code payara} and
 * {@code liberty}; {@code -Dbench.seconds=10} is the time of each part
 */
public final class ServerFigures implements Scenario {
    private static final int READERS = 1_000;
    private static final int DELIVERIES_PER_SECOND = 100_000;

    @Override
    public void run(Measurement measurement) throws InterruptedException {
        int seconds = measurement.options().number("seconds", 10, 4);
        try (ParleyServer server = ParleyTarget.batches().start(measurement.workplace())) {
            // The first start also prepares the folder of the server.
            Duration start = server.restart();
            found(measurement, "start", memory(server, Map.of(Figure.READY_S, start.toMillis() / 1e3)));
            found(measurement, "guests sign in", SignInStorm.measure(measurement, server, Credential.GUEST));
            try (RoomLoad load = RoomLoad.open(
                    server, ParleyTarget.batches().wire(), Rooms.one("figures"), READERS, 1, RoomLoad.REST)) {
                RoomLoad.Result result = load.run(DELIVERIES_PER_SECOND, 2.0 * seconds, seconds);
                found(measurement, "fan-out", memory(server, result.figures()));
            }
        }
    }

    private static Map<Figure, Double> memory(ParleyServer server, Map<Figure, Double> figures) {
        Map<Figure, Double> all = new HashMap<>(figures);
        all.put(Figure.SERVER_MB, server.usage().residentBytes() / 1e6);
        return all;
    }

    private static void found(Measurement measurement, String part, Map<Figure, Double> figures) {
        measurement.found(measurement.workplace().server().name(), Map.of("part", part), figures);
    }
}
