package dev.parley.bench.scenario;

import dev.parley.bench.load.ConnectionLoop;
import dev.parley.bench.measure.BenchOptions;
import dev.parley.bench.measure.Measurement;
import dev.parley.bench.measure.MetricWatch;
import dev.parley.bench.report.Figure;
import dev.parley.bench.system.ParleyServer;
import dev.parley.bench.system.ParleyTarget;
import dev.parley.bench.system.Tokens;
import dev.parley.client.ClientObserver;
import dev.parley.client.ParleyClient;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;

/**
 * How much one Java client can publish. Metrics: 1,000 of them in turn at a fixed rate. The figure is the number of
 * messages that the server processed ({@code parley.messages.in}, once per second), because a waiting value is replaced
 * by the next. Chats: 100 bytes each to one room, with a fixed number of messages without an ack. The figure is the
 * number of acks, each sent after its commit.
 *
 * <p>{@code -Dbench.database=h2}, {@code -Dbench.rates=50000,100000} metrics a second, {@code -Dbench.windows=100,1000}
 * chats without an ack, {@code -Dbench.seconds=10}
 */
public final class ClientRates implements Scenario {
    private static final int METRICS = 1_000;
    private static final int WARM_UP_PER_SECOND = 20_000;
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int[] SHORT_RATES = {50_000};
    private static final int[] FULL_RATES = {50_000, 75_000, 100_000, 150_000};
    private static final int[] SHORT_WINDOWS = {100};
    private static final int[] FULL_WINDOWS = {100, 1_000};

    @Override
    public void run(Measurement measurement) throws InterruptedException {
        for (String database : measurement.databases("h2")) {
            ConcurrentHistogram delays = new ConcurrentHistogram(TimeUnit.MINUTES.toNanos(2), 3);
            try (ParleyServer server =
                            ParleyTarget.batches().start(measurement.workplace().on(database));
                    ConnectionLoop loop = new ConnectionLoop();
                    ParleyClient client = client(server, delays)) {
                client.connect().toCompletableFuture().get(30, TimeUnit.SECONDS);
                new Rates(client, new MetricWatch(loop, server, "parley.messages.in"), delays)
                        .measure(measurement, database);
            } catch (ExecutionException | TimeoutException e) {
                throw new IllegalStateException("The client could not connect.", e);
            }
        }
    }

    private static ParleyClient client(ParleyServer server, ConcurrentHistogram delays) {
        return ParleyClient.builder(server.chat())
                .token(() -> Tokens.of("bench"))
                .maxUnacked(100_000, 64 * 1024 * 1024)
                .observer(new ClientObserver() {
                    @Override
                    public void acked(Duration waited) {
                        delays.recordValue(waited.toNanos());
                    }
                })
                .build();
    }

    /** One client under measurement. */
    private static final class Rates {
        private final ParleyClient client;
        private final MetricWatch messagesIn;
        private final ConcurrentHistogram delays;

        Rates(ParleyClient client, MetricWatch messagesIn, ConcurrentHistogram delays) {
            this.client = client;
            this.messagesIn = messagesIn;
            this.delays = delays;
        }

        void measure(Measurement measurement, String database) throws InterruptedException {
            BenchOptions options = measurement.options();
            int seconds = options.number("seconds", 10, 4);
            metrics(WARM_UP_PER_SECOND, seconds);
            for (int rate : options.numbers("rates", options.isShort() ? SHORT_RATES : FULL_RATES)) {
                double perSecond = metrics(rate, seconds);
                measurement.found(
                        Measurement.PARLEY,
                        Map.of("database", database, "metrics", Integer.toString(rate)),
                        Map.of(Figure.ASKED_PER_S, (double) rate, Figure.DELIVERED_PER_S, perSecond));
            }
            chats(100, 2 * seconds);
            for (int window : options.numbers("windows", options.isShort() ? SHORT_WINDOWS : FULL_WINDOWS)) {
                double perSecond = chats(window, seconds);
                measurement.found(
                        Measurement.PARLEY,
                        Map.of("database", database, "unacked", Integer.toString(window)),
                        Map.of(
                                Figure.ACKED_PER_S,
                                perSecond,
                                Figure.P50_MS,
                                delays.getValueAtPercentile(50) / 1e6,
                                Figure.P99_MS,
                                delays.getValueAtPercentile(99) / 1e6));
            }
        }

        /** @return metrics per second that the server processed, between its first and last sample in this time */
        private double metrics(int rate, int seconds) throws InterruptedException {
            AtomicBoolean isOver = new AtomicBoolean();
            Thread publisher = new Thread(() -> publish(rate, isOver), "publisher");
            messagesIn.clear();
            publisher.start();
            // The first sample may cover time before the publisher started.
            messagesIn.next();
            MetricWatch.Sample first = messagesIn.next();
            MetricWatch.Sample last = first;
            for (int i = 0; i < seconds; i++) {
                last = messagesIn.next();
            }
            isOver.set(true);
            publisher.join();
            return (last.value() - first.value()) / ((last.nanoTime() - first.nanoTime()) / 1e9);
        }

        private void publish(int rate, AtomicBoolean isOver) {
            long begin = System.nanoTime();
            long published = 0;
            while (!isOver.get()) {
                long due = (long) ((System.nanoTime() - begin) / 1e9 * rate);
                for (; published < due; published++) {
                    client.metric("bench." + published % METRICS, published);
                }
                LockSupport.parkNanos(TICK_NANOS);
            }
        }

        /** @return acks per second */
        private double chats(int window, int seconds) throws InterruptedException {
            Chats chats = new Chats(window);
            delays.reset();
            long begin = System.nanoTime();
            chats.begin();
            TimeUnit.SECONDS.sleep(seconds);
            double perSecond = chats.acked() / ((System.nanoTime() - begin) / 1e9);
            chats.end();
            while (client.unacked() > 0) {
                LockSupport.parkNanos(TICK_NANOS);
            }
            return perSecond;
        }

        /** Keeps a fixed number of messages without an ack: each ack triggers the next send. */
        private final class Chats {
            private static final String CONTENT = "x".repeat(100);

            private final int window;
            /** Written by the client's results thread, read by others. */
            private volatile long acked;

            private volatile boolean isOver;

            private Chats(int window) {
                this.window = window;
            }

            private void begin() {
                for (int i = 0; i < window; i++) {
                    send();
                }
            }

            private void send() {
                client.chat("bench", CONTENT).thenRun(this::settled).exceptionally(failure -> {
                    System.out.println("not acked: " + failure);
                    return null;
                });
            }

            private void settled() {
                acked++;
                if (!isOver) {
                    send();
                }
            }

            private long acked() {
                return acked;
            }

            private void end() {
                isOver = true;
            }
        }
    }
}
