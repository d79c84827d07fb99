package dev.parley.bench.scenario;

import dev.parley.bench.load.Rooms;
import dev.parley.bench.measure.BareCommit;
import dev.parley.bench.measure.Measurement;
import dev.parley.bench.measure.RoomLoad;
import dev.parley.bench.report.Figure;
import dev.parley.bench.system.ParleyServer;
import dev.parley.bench.system.ParleyTarget;
import dev.parley.bench.system.RunningTarget;
import dev.parley.bench.system.Target;
import dev.parley.bench.system.Workplace;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * How long a message takes when nothing is busy: one reader and 50 messages a second, so that each finds the server
 * idle; then 1,000 readers and 20 messages a second. On PostgreSQL a bare commit on the same database stands beside it.
 *
 * <p>{@code -Dbench.targets=parley,ws}, {@code -Dbench.database=h2,postgresql}, {@code -Dbench.seconds=20}
 */
public final class QuietLatency implements Scenario {
    private static final int MESSAGES_PER_SECOND = 50;
    private static final int READERS = 1_000;
    private static final int DELIVERIES_PER_SECOND = 20_000;

    @Override
    public void run(Measurement measurement) throws InterruptedException {
        for (Target target : measurement.targets("parley", "ws")) {
            if (target instanceof ParleyTarget) {
                for (String database : measurement.databases("h2", "postgresql")) {
                    run(measurement, target, database);
                }
            } else {
                run(measurement, target, "none");
            }
        }
    }

    private static void run(Measurement measurement, Target target, String database) throws InterruptedException {
        Workplace on = measurement.workplace().on(database);
        Optional<RunningTarget> server = measurement.start(target, on);
        if (server.isEmpty()) {
            return;
        }
        try (RunningTarget running = server.get()) {
            one(measurement, target, running, database);
            many(measurement, target, running, database);
        }
    }

    private static void one(Measurement measurement, Target target, RunningTarget server, String database)
            throws InterruptedException {
        int seconds = measurement.options().number("seconds", 20, 5);
        try (RoomLoad load = RoomLoad.open(server, target.wire(), Rooms.one("quiet"), 1, 1, Duration.ZERO)) {
            // Until the server is warm: its compiler works after some thousand messages.
            load.run(20 * MESSAGES_PER_SECOND, 0, seconds);
            RoomLoad.Result result = measurement.profiled(
                    server, target.name() + "-" + database + "-1", () -> load.run(MESSAGES_PER_SECOND, 1, seconds));
            Map<Figure, Double> figures = result.figures();
            if (server instanceof ParleyServer parley) {
                parley.postgres().ifPresent(postgres -> figures.putAll(BareCommit.measure(postgres)));
            }
            measurement.found(target.name(), Map.of("database", database, "readers", "1"), figures);
        }
    }

    private static void many(Measurement measurement, Target target, RunningTarget server, String database)
            throws InterruptedException {
        int seconds = measurement.options().number("seconds", 20, 5);
        try (RoomLoad load = RoomLoad.open(server, target.wire(), Rooms.one("busy"), READERS, 1, Duration.ZERO)) {
            RoomLoad.Result result = measurement.profiled(
                    server,
                    target.name() + "-" + database + "-" + READERS,
                    () -> load.run(DELIVERIES_PER_SECOND, seconds, seconds));
            measurement.found(
                    target.name(),
                    Map.of("database", database, "readers", Integer.toString(READERS)),
                    result.figures());
        }
    }
}
