package dev.parley.bench.scenario;

import dev.parley.bench.load.Client;
import dev.parley.bench.load.ConnectionLoop;
import dev.parley.bench.load.Crowd;
import dev.parley.bench.load.Dialog;
import dev.parley.bench.load.Pacer;
import dev.parley.bench.load.Recorder;
import dev.parley.bench.load.Rooms;
import dev.parley.bench.load.Schedule;
import dev.parley.bench.measure.Balancer;
import dev.parley.bench.measure.CatchUpWatch;
import dev.parley.bench.measure.Measurement;
import dev.parley.bench.measure.QueryCount;
import dev.parley.bench.measure.Reconnects;
import dev.parley.bench.measure.ResendingSender;
import dev.parley.bench.report.Figure;
import dev.parley.bench.system.MissingTool;
import dev.parley.bench.system.ParleyCluster;
import dev.parley.bench.system.ParleyWire;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * A storm of clients that come back: two nodes, 3,000 signed-in clients of 30 rooms, 60 messages a second. All lose
 * their lines at once, in two ways: the network breaks every line, of the senders too, and is whole again at once
 * ({@code lines}); or all readers are on one node, which is killed ({@code node}). They come back by the rules of
 * Parley's clients, through a balancer that knows which nodes are there.
 *
 * <p>A client has caught up when it is signed in again and has every message of its room that was sent until then. The
 * queries of the database during the storm are counted, less as many as there were in that time without one.
 *
 * <p>{@code -Dbench.clients=3000}, {@code -Dbench.rooms=30}, {@code -Dbench.messages=60} a second,
 * {@code -Dbench.seconds=10} before the storm
 */
public final class Storm implements Scenario {
    private static final int OPENED_AT_ONCE = 64;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration STORM_MAX = Duration.ofSeconds(90);
    private static final long LOOK_MILLIS = 10;
    private static final int QUERIES_SHOWN = 12;
    private static final double MILLIS = 1e3;
    private static final double NANOS = 1e9;
    private static final long SEED = 20261130;

    @Override
    public void run(Measurement measurement) throws InterruptedException {
        try (ParleyCluster cluster =
                ParleyCluster.start(measurement.workplace(), 2, false, QueryCount.SETTINGS, Map.of())) {
            QueryCount queries = new QueryCount(cluster.postgres());
            List<InetSocketAddress> both = cluster.addresses();
            try (Crowded crowded = new Crowded(measurement, "lines", both, both)) {
                crowded.storm(measurement, queries, crowded::dropAll);
            }
            InetSocketAddress other = both.get(1);
            try (Crowded crowded = new Crowded(measurement, "node", both.subList(0, 1), List.of(other))) {
                crowded.storm(measurement, queries, () -> {
                    crowded.balancer.only(List.of(other));
                    cluster.kill(0);
                });
            }
        } catch (MissingTool e) {
            throw new IllegalStateException(e);
        }
    }

    /** Readers and senders. */
    private static final class Crowded implements AutoCloseable {
        private final String kind;
        private final int count;
        private final int messages;
        private final int seconds;
        private final Rooms rooms;
        private final ConnectionLoop loop = new ConnectionLoop();
        private final Random random = new Random(SEED);
        private final Balancer balancer;
        private final Crowd readers;
        private final List<ResendingSender> senders = new ArrayList<>();

        /**
         * @param readAt nodes of the readers
         * @param sendAt nodes of the senders
         */
        Crowded(Measurement measurement, String kind, List<InetSocketAddress> readAt, List<InetSocketAddress> sendAt) {
            this.kind = kind;
            this.count = measurement.options().number("clients", 3_000, 600);
            this.messages = measurement.options().number("messages", 60, 60);
            this.seconds = measurement.options().number("seconds", 10, 5);
            this.rooms = new Rooms("storm-" + kind + "-", measurement.options().number("rooms", 30, 30));
            this.balancer = new Balancer(readAt);
            ParleyWire wire = ParleyWire.BATCHES.withTokens();
            List<Dialog> dialogs = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                dialogs.add(wire.returningReader("storm-" + kind + "-" + i, rooms.name(i)));
            }
            readers = Crowd.open(
                    loop, new Recorder(), index -> balancer::choose, dialogs, rooms, OPENED_AT_ONCE, PATIENCE);
            Balancer forSenders = new Balancer(sendAt);
            for (int i = 0; i < rooms.count(); i++) {
                senders.add(new ResendingSender(
                        loop, forSenders::choose, wire, "storm-" + kind + "-sender-" + i, rooms.name(i), random));
            }
        }

        /** On the loop, so that nobody is back before the last one has lost its line. */
        void dropAll() {
            loop.ask(() -> {
                readers.clients().forEach(Client::drop);
                senders.forEach(ResendingSender::drop);
                return null;
            });
        }

        void storm(Measurement measurement, QueryCount queries, Runnable cause) throws InterruptedException {
            Schedule schedule = Schedule.lasting(0, System.nanoTime(), messages, seconds + STORM_MAX.toSeconds());
            Pacer pacer = Pacer.start(schedule, number -> senders.get((int) (number % rooms.count()))
                    .send(number));
            CatchUpWatch watch = new CatchUpWatch(count, new Reconnects(loop, random), pacer::next);
            readers.onEvents(watch);
            // What was opened, and the first messages of each room, are no part of what is usual.
            TimeUnit.SECONDS.sleep(2);
            queries.reset();
            TimeUnit.SECONDS.sleep(seconds);
            double usualPerSecond = queries.total() / (double) seconds;

            queries.reset();
            long begin = System.nanoTime();
            loop.ask(() -> {
                watch.begin(begin);
                return null;
            });
            cause.run();
            awaitCaughtUp(watch, begin);
            double took = (System.nanoTime() - begin) / NANOS;
            double made = queries.total() - usualPerSecond * took;
            queries.mostFrequent(QUERIES_SHOWN).forEach(line -> System.out.println("  " + line));
            long end = pacer.stop();
            readers.awaitAll(end, PATIENCE);
            measurement.found(
                    Measurement.PARLEY,
                    Map.of("lost", kind, "clients", Integer.toString(count)),
                    figures(watch, end, Math.max(0, made) / (count + senders.size())));
        }

        private void awaitCaughtUp(CatchUpWatch watch, long begin) throws InterruptedException {
            while (!loop.ask(watch::look) && System.nanoTime() - begin < STORM_MAX.toNanos()) {
                loop.check();
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            }
        }

        private Map<Figure, Double> figures(CatchUpWatch watch, long end, double queriesOfClient) {
            Histogram signedIn = loop.ask(watch::signedIn);
            Histogram caughtUp = loop.ask(watch::caughtUp);
            Crowd.Totals totals = readers.totals(end);
            Map<Figure, Double> figures = new HashMap<>();
            figures.put(Figure.SIGNED_IN_P99_MS, (double) signedIn.getValueAtPercentile(99));
            figures.put(Figure.CAUGHT_UP_P99_S, caughtUp.getValueAtPercentile(99) / MILLIS);
            figures.put(Figure.CAUGHT_UP_MAX_S, caughtUp.getMaxValue() / MILLIS);
            figures.put(Figure.QUERIES_PER_CLIENT, queriesOfClient);
            figures.put(Figure.EXPECTED, (double) end * count / rooms.count());
            figures.put(Figure.MISSING, (double) totals.missing());
            figures.put(Figure.REPEATED, (double) totals.repeated());
            figures.put(Figure.LOST_CLIENTS, (double) loop.ask(watch::missing));
            figures.put(Figure.REFUSED, (double) loop.ask(
                    () -> senders.stream().mapToInt(ResendingSender::unacked).sum()));
            return figures;
        }

        @Override
        public void close() {
            loop.close();
        }
    }
}
