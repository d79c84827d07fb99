package dev.parley.bench;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Measures the rate and the delay of acknowledgements, each sent after its commit: 100-byte chats at a fixed rate from
 * 50 senders, in many rooms or in one. The delay of a message counts from the time at which it was due, even if it
 * could not be sent then, so that stalls are included.
 *
 * <p>{@code mvn -Pbench -Dbench=Durable [-Dbench.database=postgresql] [-Dbench.rooms=200] [-Dbench.rates=5000,10000]
 * [-Dbench.seconds=10]}
 */
final class Durable {
    private static final int SENDERS = 50;
    private static final int BATCH_MAX = 100;
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final Pattern COMMITS = Pattern.compile("\"metricId\":\"parley.commits\",\"value\":([0-9.E]+)");
    private static final String ACK = "\"type\":\"ack\",\"id\":\"";

    private final int rooms;
    private final ConcurrentHistogram delays = new ConcurrentHistogram(TimeUnit.MINUTES.toNanos(2), 3);
    private final LongAdder acked = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final List<Sender> senders = new ArrayList<>();

    private volatile long commits;
    private long commitsPerSecond;

    private Durable(URI chat, int rooms) {
        this.rooms = rooms;
        Peer.guest(chat, "bench-watch", this::watched).send("{\"type\":\"subscribe\",\"metricId\":\"parley.commits\"}");
        for (int i = 0; i < SENDERS; i++) {
            senders.add(new Sender(chat, i));
        }
    }

    public static void main(String[] arguments) throws Exception {
        int[] roomCounts = BenchOptions.numbers("bench.rooms", "200,1");
        int[] rates = BenchOptions.numbers("bench.rates", "2500,5000,10000,15000,20000,25000,30000");
        int seconds = Integer.getInteger("bench.seconds", 10);
        for (int rooms : roomCounts) {
            try (BenchServer server = BenchServer.start(arguments, Map.of())) {
                Durable durable = new Durable(server.chat(), rooms);
                durable.measure(10_000, 2 * seconds);
                for (int rate : rates) {
                    durable.report(rate, seconds, durable.measure(rate, seconds));
                }
                durable.senders.forEach(sender -> sender.peer.close());
            }
        }
    }

    private void watched(String frame) {
        Matcher metric = COMMITS.matcher(frame);
        while (metric.find()) {
            commits = (long) Double.parseDouble(metric.group(1));
        }
    }

    /** @return acks per second */
    private double measure(int rate, int seconds) {
        delays.reset();
        acked.reset();
        refused.reset();
        long before = commits;
        long begin = System.nanoTime();
        long end = begin + TimeUnit.SECONDS.toNanos(seconds);
        for (long tick = begin; System.nanoTime() < end; tick += TICK_NANOS) {
            long now = System.nanoTime();
            for (Sender sender : senders) {
                sender.send(begin, now, (double) rate / SENDERS);
            }
            LockSupport.parkNanos(tick + TICK_NANOS - System.nanoTime());
        }
        double perSecond = acked.sum() / (double) seconds;
        commitsPerSecond = (commits - before) / seconds;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (acked.sum() + refused.sum()
                        < senders.stream().mapToLong(sender -> sender.sent).sum()
                && System.nanoTime() < deadline) {
            LockSupport.parkNanos(TICK_NANOS);
        }
        senders.forEach(Sender::reset);
        return perSecond;
    }

    private void report(int rate, int seconds, double perSecond) {
        Histogram seen = delays.copy();
        System.out.printf(
                Locale.ROOT,
                "rooms %d, asked %d/s for %d s: acked %.0f/s, p50 %.1f ms, p99 %.1f ms, max %.1f ms,"
                        + " %d commits/s, refused %d%n",
                rooms,
                rate,
                seconds,
                perSecond,
                seen.getValueAtPercentile(50) / 1e6,
                seen.getValueAtPercentile(99) / 1e6,
                seen.getMaxValue() / 1e6,
                commitsPerSecond,
                refused.sum());
    }

    /** One sender. Its messages are numbered; the time at which each was due follows from its number. */
    private final class Sender {
        private static final String CONTENT = "x".repeat(100);

        private final Peer peer;
        private final int number;
        private long sent;
        private volatile long begin;
        private volatile double perSecond;
        private int round;

        Sender(URI chat, int number) {
            this.number = number;
            this.peer = Peer.guest(chat, "bench-" + number, this::received);
        }

        void send(long from, long now, double rate) {
            begin = from;
            perSecond = rate;
            long due = (long) ((now - from) / 1e9 * rate);
            if (due <= sent || peer.isSending()) {
                return;
            }
            long count = Math.min(due - sent, BATCH_MAX);
            StringBuilder frame = new StringBuilder("[");
            for (long i = 0; i < count; i++) {
                long message = sent + i;
                frame.append(i == 0 ? "" : ",")
                        .append("{\"type\":\"chat\",\"room\":\"bench-")
                        .append((number + SENDERS * message) % rooms)
                        .append("\",\"content\":\"")
                        .append(CONTENT)
                        .append("\",\"id\":\"r")
                        .append(round)
                        .append('-')
                        .append(message)
                        .append("\"}");
            }
            sent += count;
            peer.send(frame.append(']').toString());
        }

        void reset() {
            sent = 0;
            round++;
        }

        private void received(String frame) {
            long now = System.nanoTime();
            for (int at = frame.indexOf(ACK); at >= 0; at = frame.indexOf(ACK, at)) {
                at = frame.indexOf('-', at) + 1;
                long message = Long.parseLong(frame, at, frame.indexOf('"', at), 10);
                long due = begin + (long) (message / perSecond * 1e9);
                delays.recordValue(Math.max(0, now - due));
                acked.increment();
            }
            if (frame.contains("\"type\":\"error\"")) {
                refused.add(frame.split("\"type\":\"error\"", -1).length - 1);
            }
        }
    }
}
