package dev.parley.bench.scenario;

import dev.parley.bench.load.ConnectionLoop;
import dev.parley.bench.load.Crowd;
import dev.parley.bench.load.Dialog;
import dev.parley.bench.load.Pacer;
import dev.parley.bench.load.Recorder;
import dev.parley.bench.load.Rooms;
import dev.parley.bench.load.Schedule;
import dev.parley.bench.measure.Measurement;
import dev.parley.bench.measure.UsageSample;
import dev.parley.bench.report.Figure;
import dev.parley.bench.system.MissingTool;
import dev.parley.bench.system.ParleyCluster;
import dev.parley.bench.system.ParleyWire;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * What the backplane adds to the delay of a message: two nodes, a sender on the first one, and as many readers of its
 * room on either. The delay of a reader on the other node is compared with that of one on the sender's node, for the
 * same messages.
 *
 * <p>{@code -Dbench.readers=1,100} on each node, {@code -Dbench.messages=100} a second, {@code -Dbench.seconds=60}
 * after {@code -Dbench.warm=60} with a whole core for each node, {@code -Dbench.share=50} percent of a core for each
 * node (0: no bound)
 */
public final class BackplaneDelay implements Scenario {
    private static final double PERCENT = 100;
    /** Times the rate that is measured: the compiler works after some thousand messages. */
    private static final int WARM_UP = 5;

    private static final int OPENED_AT_ONCE = 64;
    private static final long LEAD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final double SETTLE_SECONDS = 2;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration DRAIN = Duration.ofSeconds(20);

    @Override
    public void run(Measurement measurement) throws InterruptedException {
        int share = measurement.options().number("share", 50, 50);
        try (ParleyCluster cluster = ParleyCluster.start(measurement.workplace(), 2, share > 0, Map.of(), Map.of())) {
            for (int readers : measurement.options().numbers("readers", 1, 100)) {
                measure(measurement, cluster, readers, share / PERCENT);
            }
        } catch (MissingTool e) {
            System.out.println(name() + " is left out. " + e.getMessage());
        }
    }

    private static void measure(Measurement measurement, ParleyCluster cluster, int readers, double cpus)
            throws InterruptedException {
        int perSecond = measurement.options().number("messages", 100, 100);
        int seconds = measurement.options().number("seconds", 60, 10);
        int warm = measurement.options().number("warm", 60, 15);
        try (ConnectionLoop loop = new ConnectionLoop()) {
            Readers both = new Readers(loop, cluster, Rooms.one("delay-" + readers), readers);
            cluster.limit(1);
            both.run(WARM_UP * perSecond, 0, warm);
            cluster.limit(cpus);
            UsageSample before = UsageSample.of(cluster);
            both.run(perSecond, SETTLE_SECONDS, seconds);
            UsageSample after = UsageSample.of(cluster);
            Map<Figure, Double> figures = after.since(before, 0);
            both.addDelays(figures);
            measurement.found(Measurement.PARLEY, Map.of("readers", Integer.toString(readers)), figures);
        }
    }

    /** Readers on both nodes, and a sender on the first. Confined to one thread. */
    private static final class Readers {
        private static final ParleyWire WIRE = ParleyWire.BATCHES;

        private final ConnectionLoop loop;
        private final Rooms room;
        private final Crowd near;
        private final Crowd far;
        private final Crowd sender;
        private long next;

        Readers(ConnectionLoop loop, ParleyCluster cluster, Rooms room, int count) {
            this.loop = loop;
            this.room = room;
            List<InetSocketAddress> nodes = cluster.addresses();
            this.near = open(nodes.get(0), readers("near-", count));
            this.far = open(nodes.get(1), readers("far-", count));
            this.sender = open(nodes.get(0), List.of(WIRE.sender("delay-sender")));
        }

        private List<Dialog> readers(String prefix, int count) {
            return new ArrayList<>(IntStream.range(0, count)
                    .mapToObj(i -> WIRE.reader(prefix + i, room.name(0)))
                    .toList());
        }

        private Crowd open(InetSocketAddress node, List<? extends Dialog> dialogs) {
            return Crowd.open(loop, new Recorder(), node, dialogs, room, OPENED_AT_ONCE, PATIENCE);
        }

        void run(double perSecond, double settleSeconds, double seconds) throws InterruptedException {
            Schedule schedule =
                    Schedule.lasting(next, System.nanoTime() + LEAD_NANOS, perSecond, settleSeconds + seconds);
            long from = schedule.numberAfter(settleSeconds);
            loop.ask(() -> {
                near.recorder().begin(schedule, from, schedule.end());
                far.recorder().begin(schedule, from, schedule.end());
                return null;
            });
            next = Pacer.start(
                            schedule, number -> sender.clients().get(0).send(WIRE.message(room.name(number), number)))
                    .awaitEnd();
            near.awaitAll(next, DRAIN);
            far.awaitAll(next, DRAIN);
        }

        void addDelays(Map<Figure, Double> figures) {
            Recorder.Delays here = loop.ask(() -> near.recorder().delays());
            Recorder.Delays there = loop.ask(() -> far.recorder().delays());
            figures.put(Figure.P50_MS, here.millis(50));
            figures.put(Figure.P99_MS, here.millis(99));
            figures.put(Figure.FAR_P50_MS, there.millis(50));
            figures.put(Figure.FAR_P99_MS, there.millis(99));
            figures.put(Figure.ADDED_P50_MS, there.millis(50) - here.millis(50));
            figures.put(Figure.ADDED_P99_MS, there.millis(99) - here.millis(99));
            figures.put(
                    Figure.MISSING,
                    (double) near.totals(next).missing() + far.totals(next).missing());
        }
    }
}
