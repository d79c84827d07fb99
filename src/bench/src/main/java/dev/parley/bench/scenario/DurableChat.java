package dev.parley.bench.scenario;

import dev.parley.bench.load.Client;
import dev.parley.bench.load.ConnectionLoop;
import dev.parley.bench.load.Crowd;
import dev.parley.bench.load.Dialog;
import dev.parley.bench.load.Pacer;
import dev.parley.bench.load.Recorder;
import dev.parley.bench.load.Rooms;
import dev.parley.bench.load.Schedule;
import dev.parley.bench.measure.AckDialog;
import dev.parley.bench.measure.BenchOptions;
import dev.parley.bench.measure.Measurement;
import dev.parley.bench.measure.MetricWatch;
import dev.parley.bench.measure.UsageSample;
import dev.parley.bench.report.Figure;
import dev.parley.bench.system.ParleyTarget;
import dev.parley.bench.system.ParleyWire;
import dev.parley.bench.system.RunningTarget;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/**
 * The rate and the delay of acknowledgements, each sent after its commit: 100-byte chats at a fixed rate from 50
 * senders, in many rooms or in one, which nobody reads.
 *
 * <p>{@code -Dbench.database=h2,postgresql}, {@code -Dbench.rooms=200,1}, {@code -Dbench.rates=10000,20000} in messages
 * a second, {@code -Dbench.seconds=10}
 */
public final class DurableChat implements Scenario {
    private static final int SENDERS = 50;
    private static final int WARM_UP_PER_SECOND = 10_000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration DRAIN = Duration.ofSeconds(20);
    private static final int[] SHORT = {5_000};
    private static final int[] FULL = {10_000, 15_000, 20_000, 25_000, 30_000, 35_000, 40_000};
    private static final int[] SHORT_ROOMS = {200};
    private static final int[] FULL_ROOMS = {200, 1};
    /** Longer than any of these makes no sense: what follows would be slower still. */
    private static final double P99_MAX_MILLIS = 1_000;

    @Override
    public void run(Measurement measurement) throws InterruptedException {
        BenchOptions options = measurement.options();
        for (String database : measurement.databases("h2", "postgresql")) {
            for (int rooms : options.numbers("rooms", options.isShort() ? SHORT_ROOMS : FULL_ROOMS)) {
                try (RunningTarget server = measurement
                                .start(
                                        ParleyTarget.batches(),
                                        measurement.workplace().on(database))
                                .orElseThrow();
                        ConnectionLoop loop = new ConnectionLoop()) {
                    new Senders(loop, server, rooms).measure(measurement, database);
                }
            }
        }
    }

    /** The senders and what they were answered. */
    static final class Senders implements AckDialog.Answers {
        private final ConnectionLoop loop;
        private final RunningTarget server;
        private final Rooms rooms;
        private final ParleyWire wire = ParleyWire.BATCHES;
        private final MetricWatch commits;
        private final Crowd crowd;
        private long next;

        /** Confined to the loop, as what follows. */
        private Schedule schedule = new Schedule(0, 0, 1, 0);

        private Histogram micros = new Histogram(3);
        private long refused;

        Senders(ConnectionLoop loop, RunningTarget server, int rooms) {
            this.loop = loop;
            this.server = server;
            this.rooms = new Rooms("bench-", rooms);
            this.commits = new MetricWatch(loop, server, "parley.commits");
            List<Dialog> dialogs = IntStream.range(0, SENDERS)
                    .mapToObj(i -> (Dialog) new AckDialog(wire.sender("bench-" + i), this))
                    .toList();
            this.crowd =
                    Crowd.open(loop, new Recorder(), server.address(), dialogs, Rooms.one("none"), SENDERS, PATIENCE);
        }

        void measure(Measurement measurement, String database) throws InterruptedException {
            BenchOptions options = measurement.options();
            int seconds = options.number("seconds", 10, 4);
            run(WARM_UP_PER_SECOND, 2 * seconds);
            for (int rate : options.numbers("rates", options.isShort() ? SHORT : FULL)) {
                Map<Figure, Double> figures = measurement.profiled(
                        server, database + "-" + rooms.count() + "-" + rate, () -> run(rate, seconds));
                Map<String, String> setup = Map.of(
                        "database", database,
                        "rooms", Integer.toString(rooms.count()),
                        "asked", Integer.toString(rate));
                measurement.found(Measurement.PARLEY, setup, figures);
                if (figures.get(Figure.P99_MS) > P99_MAX_MILLIS || figures.get(Figure.LOST_CLIENTS) > 0) {
                    return;
                }
            }
        }

        /** Sends at this rate for some seconds; the next call goes on with the next message. */
        Map<Figure, Double> run(double perSecond, int seconds) throws InterruptedException {
            Schedule planned = Schedule.lasting(next, System.nanoTime(), perSecond, seconds);
            next = planned.end();
            loop.ask(() -> {
                schedule = planned;
                micros = new Histogram(3);
                refused = 0;
                return null;
            });
            double commitsBefore = commits.last();
            UsageSample before = UsageSample.of(server);
            Pacer pacer = Pacer.start(planned, this::send);
            TimeUnit.NANOSECONDS.sleep(planned.dueAt(planned.end()) - System.nanoTime());
            UsageSample after = UsageSample.of(server);
            long acked = loop.ask(() -> micros.getTotalCount());
            double commitsAfter = commits.last();
            pacer.awaitEnd();
            awaitAnswers(planned.count());

            Histogram delays = loop.ask(() -> micros.copy());
            Map<Figure, Double> figures = after.since(before, acked);
            figures.put(Figure.ASKED_PER_S, perSecond);
            figures.put(Figure.ACKED_PER_S, acked / after.secondsSince(before));
            figures.put(Figure.P50_MS, delays.getValueAtPercentile(50) / 1e3);
            figures.put(Figure.P99_MS, delays.getValueAtPercentile(99) / 1e3);
            figures.put(Figure.MAX_MS, delays.getMaxValue() / 1e3);
            figures.put(Figure.COMMITS_PER_S, (commitsAfter - commitsBefore) / seconds);
            figures.put(Figure.REFUSED, (double) loop.ask(() -> refused));
            figures.put(Figure.LOST_CLIENTS, (double) crowd.totals(0).lost());
            return figures;
        }

        private void send(long number) {
            Client sender = crowd.clients().get((int) (number % SENDERS));
            sender.send(wire.message(rooms.name(number), number));
        }

        private void awaitAnswers(long count) {
            long deadline = System.nanoTime() + DRAIN.toNanos();
            while (System.nanoTime() - deadline < 0 && loop.ask(() -> micros.getTotalCount() + refused) < count) {
                loop.check();
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
            }
        }

        @Override
        public void acked(long number) {
            // An ack of an earlier run that came late is not one of this.
            if (number >= schedule.first()) {
                micros.recordValue(
                        TimeUnit.NANOSECONDS.toMicros(Math.max(0, System.nanoTime() - schedule.dueAt(number))));
            }
        }

        @Override
        public void refused(int count) {
            refused += count;
        }
    }
}
