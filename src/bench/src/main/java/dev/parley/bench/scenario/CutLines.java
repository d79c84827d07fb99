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
import dev.parley.bench.measure.UsageSample;
import dev.parley.bench.report.Figure;
import dev.parley.bench.system.ParleyTarget;
import dev.parley.bench.system.RunningTarget;
import dev.parley.bench.system.Target;
import dev.parley.bench.system.Wire;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Readers with bad lines: the line of each of 2,000 readers of a room is cut for 2 s every 15 s, at its own times,
 * while 2 messages a second are sent. Each reader must have each message once. A message that was due while the line
 * was cut counts from the time when the line was back.
 *
 * <p>A client of Parley comes back with its position, one of Socket.IO with what its connection state recovery wants.
 *
 * <p>{@code -Dbench.targets=parley,socket.io-recovery}, {@code -Dbench.clients=2000}, {@code -Dbench.seconds=120}
 */
public final class CutLines implements Scenario {
    private static final double MESSAGES_PER_SECOND = 2;
    private static final Duration EVERY = Duration.ofSeconds(15);
    private static final Duration CUT = Duration.ofSeconds(2);
    private static final int OPENED_AT_ONCE = 64;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration DRAIN = Duration.ofSeconds(30);
    private static final long SEED = 20261129;

    @Override
    public void run(Measurement measurement) throws InterruptedException {
        for (Target target : measurement.targets("parley", "socket.io-recovery")) {
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
        int count = measurement.options().number("clients", 2_000, 200);
        int seconds = measurement.options().number("seconds", 120, 20);
        Wire wire = target instanceof ParleyTarget parley ? parley.wire().withTokens() : target.wire();
        try (ConnectionLoop loop = new ConnectionLoop()) {
            Rooms room = Rooms.one("cut");
            List<Dialog> dialogs = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                dialogs.add(wire.returningReader("cut-" + i, room.name(i)));
            }
            Crowd readers = Crowd.open(loop, new Recorder(), server.address(), dialogs, room, OPENED_AT_ONCE, PATIENCE);
            Crowd sender = Crowd.open(
                    loop, new Recorder(), server.address(), List.of(wire.sender("cut-sender")), room, 1, PATIENCE);

            // The first message, which gives Socket.IO an offset to come back by.
            sender.clients().get(0).send(wire.message(room.name(0), 0));
            readers.awaitAll(1, DRAIN);
            Schedule schedule = Schedule.lasting(1, System.nanoTime(), MESSAGES_PER_SECOND, seconds);
            Cutter cutter = new Cutter(loop, readers, schedule.dueAt(schedule.end()));
            readers.onEvents(cutter.reconnects);
            loop.ask(() -> {
                readers.recorder().begin(schedule, schedule.first(), schedule.end());
                return cutter.begin();
            });
            UsageSample before = UsageSample.of(server);
            long end = Pacer.start(
                            schedule, number -> sender.clients().get(0).send(wire.message(room.name(number), number)))
                    .awaitEnd();
            TimeUnit.MILLISECONDS.sleep(CUT.toMillis());
            UsageSample after = UsageSample.of(server);
            readers.awaitAll(end, DRAIN);

            Recorder.Delays delays = loop.ask(() -> readers.recorder().delays());
            Crowd.Totals totals = readers.totals(end);
            Map<Figure, Double> figures = after.since(before, delays.all().getTotalCount());
            figures.put(Figure.CUTS, (double) loop.ask(cutter::cuts));
            figures.put(Figure.EXPECTED, (double) (end - 1) * count);
            figures.put(Figure.MISSING, (double) totals.missing());
            figures.put(Figure.REPEATED, (double) totals.repeated());
            figures.put(Figure.P99_MS, delays.millis(99));
            figures.put(Figure.BACK_P50_MS, delays.lateMillis(50));
            figures.put(Figure.BACK_P99_MS, delays.lateMillis(99));
            measurement.found(target.name(), Map.of("clients", Integer.toString(count)), figures);
        }
    }

    /** Cuts the lines until a time. Confined to the loop. */
    private static final class Cutter {
        private final ConnectionLoop loop;
        private final Crowd readers;
        private final long endNanos;
        private final Random random = new Random(SEED);
        private final Reconnects reconnects;
        private long cuts;

        Cutter(ConnectionLoop loop, Crowd readers, long endNanos) {
            this.loop = loop;
            this.readers = readers;
            this.endNanos = endNanos;
            this.reconnects = new Reconnects(loop, random);
        }

        long begin() {
            long now = System.nanoTime();
            for (Client client : readers.clients()) {
                cutLater(client, now + (long) (random.nextDouble() * EVERY.toNanos()));
            }
            return now;
        }

        private void cutLater(Client client, long nanoTime) {
            if (nanoTime + CUT.toNanos() - endNanos < 0) {
                loop.at(nanoTime, () -> {
                    cuts++;
                    client.cut();
                    loop.at(nanoTime + CUT.toNanos(), client::lineIsBack);
                    cutLater(client, nanoTime + EVERY.toNanos());
                });
            }
        }

        long cuts() {
            return cuts;
        }
    }
}
