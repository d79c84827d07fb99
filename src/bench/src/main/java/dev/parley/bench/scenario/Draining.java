package dev.parley.bench.scenario;

import dev.parley.bench.load.ConnectionLoop;
import dev.parley.bench.load.Pacer;
import dev.parley.bench.load.Rooms;
import dev.parley.bench.load.Schedule;
import dev.parley.bench.measure.Balancer;
import dev.parley.bench.measure.Measurement;
import dev.parley.bench.measure.ResendingSender;
import dev.parley.bench.report.Figure;
import dev.parley.bench.system.MissingTool;
import dev.parley.bench.system.ParleyCluster;
import dev.parley.bench.system.ParleyWire;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;

/**
 * A node is stopped as a supervisor does, in a rolling restart: two nodes, 1,000 signed-in senders on the first one,
 * each with a message every two seconds. They come back by the rules of Parley's clients, through a balancer that sees
 * two seconds after the signal that the node is not ready. Connections are admitted at the default rate.
 *
 * <p>The time of a sender is that of its message that waited longest for its ack: as usual ({@code before}), and from
 * the signal until all are back ({@code drained}).
 *
 * <p>{@code -Dbench.clients=1000}, {@code -Dbench.messages=500} a second of all, {@code -Dbench.seconds=10} before the
 * signal
 */
public final class Draining implements Scenario {
    private static final String ADMISSION_RATE = "1000";
    private static final int ROOMS = 30;
    private static final long BALANCER_LOOKS_SECONDS = 2;
    private static final long MAX_SECONDS = 90;
    private static final long LOOK_MILLIS = 50;
    private static final long SEED = 20261201;

    @Override
    public void run(Measurement measurement) throws InterruptedException {
        Map<String, String> settings = Map.of("parley.admission.rate", ADMISSION_RATE);
        try (ParleyCluster cluster = ParleyCluster.start(measurement.workplace(), 2, false, Map.of(), settings);
                ConnectionLoop loop = new ConnectionLoop()) {
            new Senders(measurement, cluster, loop).drain(measurement, cluster);
        } catch (MissingTool e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class Senders {
        private final ConnectionLoop loop;
        private final Balancer balancer;
        private final InetSocketAddress other;
        private final int messages;
        private final int seconds;
        private final List<ResendingSender> all = new ArrayList<>();

        Senders(Measurement measurement, ParleyCluster cluster, ConnectionLoop loop) {
            this.loop = loop;
            this.balancer = new Balancer(cluster.addresses().subList(0, 1));
            this.other = cluster.addresses().get(1);
            this.messages = measurement.options().number("messages", 500, 100);
            this.seconds = measurement.options().number("seconds", 10, 5);
            ParleyWire wire = ParleyWire.BATCHES.withTokens();
            Random random = new Random(SEED);
            Rooms rooms = new Rooms("draining-", ROOMS);
            int count = measurement.options().number("clients", 1_000, 200);
            for (int i = 0; i < count; i++) {
                all.add(new ResendingSender(
                        loop, balancer::choose, wire, "draining-sender-" + i, rooms.name(i), random));
            }
        }

        void drain(Measurement measurement, ParleyCluster cluster) throws InterruptedException {
            await(() -> all.stream().allMatch(ResendingSender::isReady));
            Schedule schedule = Schedule.lasting(0, System.nanoTime(), messages, seconds + 2 * MAX_SECONDS);
            Pacer pacer = Pacer.start(
                    schedule, number -> all.get((int) (number % all.size())).send(number));
            // The first messages make their rooms, and the code is cold.
            TimeUnit.SECONDS.sleep(seconds);
            longestWaits();
            TimeUnit.SECONDS.sleep(seconds);
            found(measurement, "before", longestWaits(), 0);

            Thread stop = new Thread(() -> cluster.stop(0), "stop");
            stop.start();
            TimeUnit.SECONDS.sleep(BALANCER_LOOKS_SECONDS);
            balancer.only(List.of(other));
            stop.join();
            await(() -> all.stream().allMatch(ResendingSender::isReady));
            pacer.stop();
            await(() -> unacked() == 0);
            found(measurement, "drained", longestWaits(), loop.ask(this::unacked));
        }

        private int unacked() {
            return all.stream().mapToInt(ResendingSender::unacked).sum();
        }

        /** Until a condition holds, which is asked on the loop; fails at a deadline. */
        private void await(BooleanSupplier condition) throws InterruptedException {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(MAX_SECONDS);
            while (!loop.ask(condition::getAsBoolean)) {
                loop.check();
                if (System.nanoTime() - deadline > 0) {
                    throw new IllegalStateException(
                            "After " + MAX_SECONDS + " s some senders are not back, or have messages without an ack.");
                }
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            }
        }

        /** In milliseconds, one of each sender. */
        private Histogram longestWaits() {
            return loop.ask(() -> {
                Histogram waits = new Histogram(3);
                all.forEach(sender -> waits.recordValue(sender.takeLongestWait().toMillis()));
                return waits;
            });
        }

        private void found(Measurement measurement, String state, Histogram waits, int unacked) {
            measurement.found(
                    Measurement.PARLEY,
                    Map.of("state", state, "clients", Integer.toString(all.size())),
                    Map.of(
                            Figure.P50_MS, (double) waits.getValueAtPercentile(50),
                            Figure.P99_MS, (double) waits.getValueAtPercentile(99),
                            Figure.MAX_MS, (double) waits.getMaxValue(),
                            Figure.REFUSED, (double) unacked));
        }
    }
}
