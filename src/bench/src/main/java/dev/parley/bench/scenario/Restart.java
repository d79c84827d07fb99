package dev.parley.bench.scenario;

import dev.parley.bench.load.Client;
import dev.parley.bench.load.ConnectionLoop;
import dev.parley.bench.load.Crowd;
import dev.parley.bench.load.Dialog;
import dev.parley.bench.load.Pacer;
import dev.parley.bench.load.Recorder;
import dev.parley.bench.load.Rooms;
import dev.parley.bench.load.Schedule;
import dev.parley.bench.measure.Measurement;
import dev.parley.bench.measure.Reconnects;
import dev.parley.bench.measure.ResendingSender;
import dev.parley.bench.report.Figure;
import dev.parley.bench.system.ParleyServer;
import dev.parley.bench.system.ParleyTarget;
import dev.parley.bench.system.ParleyWire;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * A restart of Parley under 2,000 clients of a room, while 5 messages a second are sent: all clients must come back,
 * and each must have each message once. The delay of a message counts from the time when it was due, also if the server
 * was not there then.
 *
 * <p>{@code -Dbench.clients=2000}, {@code -Dbench.database=h2}
 */
public final class Restart implements Scenario {
    private static final double MESSAGES_PER_SECOND = 5;
    private static final int BEFORE_SECONDS = 5;
    private static final int OPENED_AT_ONCE = 64;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long SEED = 20261129;

    @Override
    public void run(Measurement measurement) throws InterruptedException {
        for (String database : measurement.databases("h2")) {
            try (ParleyServer server =
                    ParleyTarget.batches().start(measurement.workplace().on(database))) {
                measure(measurement, server, database);
            }
        }
    }

    private static void measure(Measurement measurement, ParleyServer server, String database)
            throws InterruptedException {
        int count = measurement.options().number("clients", 2_000, 200);
        int seconds = measurement.options().number("seconds", 60, 30);
        ParleyWire wire = ParleyWire.BATCHES.withTokens();
        try (ConnectionLoop loop = new ConnectionLoop()) {
            Rooms room = Rooms.one("restart");
            List<Dialog> dialogs = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                dialogs.add(wire.returningReader("restart-" + i, room.name(i)));
            }
            Crowd readers = Crowd.open(loop, new Recorder(), server.address(), dialogs, room, OPENED_AT_ONCE, PATIENCE);
            Random random = new Random(SEED);
            ResendingSender sender = new ResendingSender(loop, server, wire, room.name(0), random);
            Returns returns = new Returns(new Reconnects(loop, random));
            readers.onEvents(returns);
            Schedule schedule = Schedule.lasting(0, System.nanoTime(), MESSAGES_PER_SECOND, seconds);
            loop.ask(() -> {
                readers.recorder().begin(schedule, 0, schedule.end());
                return null;
            });
            Pacer pacer = Pacer.start(schedule, sender::send);
            TimeUnit.SECONDS.sleep(BEFORE_SECONDS);
            server.stop();
            Duration ready = server.startAgain();
            loop.ask(() -> returns.serverIsReady(System.nanoTime()));
            long end = pacer.awaitEnd();
            readers.awaitAll(end, PATIENCE);

            Recorder.Delays delays = loop.ask(() -> readers.recorder().delays());
            Crowd.Totals totals = readers.totals(end);
            Map<Figure, Double> figures = new HashMap<>();
            figures.put(Figure.READY_S, ready.toMillis() / 1e3);
            figures.put(Figure.SIGNED_IN_P99_MS, loop.ask(returns::p99Millis));
            figures.put(Figure.P50_MS, delays.millis(50));
            figures.put(Figure.P99_MS, delays.millis(99));
            figures.put(Figure.MAX_MS, delays.maxMillis());
            figures.put(Figure.EXPECTED, (double) end * count);
            figures.put(Figure.MISSING, (double) totals.missing());
            figures.put(Figure.REPEATED, (double) totals.repeated());
            figures.put(Figure.LOST_CLIENTS, (double) loop.ask(returns::stillAway));
            figures.put(Figure.REFUSED, (double) loop.ask(sender::unacked));
            measurement.found(
                    Measurement.PARLEY, Map.of("clients", Integer.toString(count), "database", database), figures);
        }
    }

    /** When clients are back after the restart. Confined to the loop. */
    private static final class Returns implements Client.Events {
        private final Reconnects reconnects;
        private final Set<Client> away = new HashSet<>();
        private final Histogram millis = new Histogram(3);
        private long readyAt = Long.MAX_VALUE;

        Returns(Reconnects reconnects) {
            this.reconnects = reconnects;
        }

        /** Those that the server took back before it said that it was ready count as 0 ms. */
        long serverIsReady(long nanoTime) {
            readyAt = nanoTime;
            return nanoTime;
        }

        @Override
        public void ready(Client client) {
            reconnects.ready(client);
            if (away.remove(client)) {
                long now = System.nanoTime();
                millis.recordValue(
                        readyAt == Long.MAX_VALUE ? 0 : TimeUnit.NANOSECONDS.toMillis(Math.max(0, now - readyAt)));
            }
        }

        @Override
        public void lost(Client client, int code, String reason) {
            away.add(client);
            reconnects.lost(client, code, reason);
        }

        double p99Millis() {
            return millis.getValueAtPercentile(99);
        }

        long stillAway() {
            return away.size();
        }
    }
}
