package dev.parley.bench;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.parley.client.ClientObserver;
import dev.parley.client.ParleyClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.ConcurrentHistogram;

/**
 * Measures how much one Java client can publish. Metrics: 1,000 of them in turn at a fixed rate. The figure is the
 * number of messages that the server processed ({@code parley.messages.in}, once per second), because a waiting value
 * is replaced by the next. Chats: 100 bytes each to one room, with a fixed number of messages without an ack. The
 * figure is the number of acks, each sent after its commit.
 *
 * <p>{@code mvn -Pbench -Dbench=ClientRates [-Dbench.database=postgresql] [-Dbench.rates=50000,75000,100000,150000]
 * [-Dbench.windows=100,1000] [-Dbench.seconds=10]}
 */
final class ClientRates {
    private static final String SECRET = "a secret of the bench, long enough for HS256";
    private static final int METRICS = 1_000;
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final Pattern MESSAGES_IN =
            Pattern.compile("\"metricId\":\"parley.messages.in\",\"value\":([0-9.E]+)");

    private final ParleyClient client;
    private final BlockingQueue<Sample> samples;
    private final ConcurrentHistogram delays;

    /** The server's message counter at one time. */
    private record Sample(double messages, long nanoTime) {}

    private ClientRates(ParleyClient client, BlockingQueue<Sample> samples, ConcurrentHistogram delays) {
        this.client = client;
        this.samples = samples;
        this.delays = delays;
    }

    public static void main(String[] arguments) throws Exception {
        int seconds = Integer.getInteger("bench.seconds", 10);
        BlockingQueue<Sample> samples = new LinkedBlockingQueue<>();
        ConcurrentHistogram delays = new ConcurrentHistogram(TimeUnit.MINUTES.toNanos(2), 3);
        try (BenchServer server =
                        BenchServer.start(arguments, Map.of("parley.token.secret", SECRET, "parley.rate.bytes", "0"));
                Peer watch = Peer.guest(server.chat(), "bench-watch", frame -> sampled(frame, samples));
                ParleyClient client = ParleyClient.builder(server.chat())
                        .token(ClientRates::token)
                        .maxUnacked(100_000, 64 * 1024 * 1024)
                        .observer(new ClientObserver() {
                            @Override
                            public void acked(Duration waited) {
                                delays.recordValue(waited.toNanos());
                            }
                        })
                        .build()) {
            watch.send("{\"type\":\"subscribe\",\"metricId\":\"parley.messages.in\"}");
            client.connect().toCompletableFuture().get(30, TimeUnit.SECONDS);
            ClientRates rates = new ClientRates(client, samples, delays);
            rates.metrics(20_000, seconds);
            for (int rate : BenchOptions.numbers("bench.rates", "50000,75000,100000,150000")) {
                System.out.printf(
                        Locale.ROOT,
                        "metrics, asked %d/s for %d s: the server understood %.0f/s%n",
                        rate,
                        seconds,
                        rates.metrics(rate, seconds));
            }
            rates.chats(100, 2 * seconds);
            for (int window : BenchOptions.numbers("bench.windows", "100,1000")) {
                double perSecond = rates.chats(window, seconds);
                System.out.printf(
                        Locale.ROOT,
                        "chats, %d without an ack, for %d s: acked %.0f/s, p50 %.1f ms, p99 %.1f ms%n",
                        window,
                        seconds,
                        perSecond,
                        delays.getValueAtPercentile(50) / 1e6,
                        delays.getValueAtPercentile(99) / 1e6);
            }
        }
    }

    private static String token() {
        try {
            SignedJWT token = new SignedJWT(
                    new JWSHeader(JWSAlgorithm.HS256),
                    new JWTClaimsSet.Builder()
                            .subject("bench")
                            .claim("roles", List.of("user", "metrics"))
                            .issueTime(new Date())
                            .expirationTime(new Date(System.currentTimeMillis() + TimeUnit.HOURS.toMillis(1)))
                            .build());
            token.sign(new MACSigner(SECRET.getBytes(StandardCharsets.UTF_8)));
            return token.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void sampled(String frame, BlockingQueue<Sample> samples) {
        Matcher count = MESSAGES_IN.matcher(frame);
        while (count.find()) {
            samples.add(new Sample(Double.parseDouble(count.group(1)), System.nanoTime()));
        }
    }

    /** @return metrics per second that the server processed, between its first and last sample in this time */
    private double metrics(int rate, int seconds) throws InterruptedException {
        AtomicBoolean isOver = new AtomicBoolean();
        Thread publisher = new Thread(() -> publish(rate, isOver), "publisher");
        samples.clear();
        publisher.start();
        // The first sample may cover time before the publisher started.
        samples.take();
        Sample first = samples.take();
        Sample last = first;
        for (int i = 0; i < seconds; i++) {
            last = samples.take();
        }
        isOver.set(true);
        publisher.join();
        return (last.messages() - first.messages()) / ((last.nanoTime() - first.nanoTime()) / 1e9);
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
