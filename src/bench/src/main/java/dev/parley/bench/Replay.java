package dev.parley.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Measures how fast reconnecting readers get missed messages: a room with 100,000 messages of 100 bytes, read from the
 * first message by one reader and by ten at the same time.
 *
 * <p>{@code mvn -Pbench -Dbench=Replay [-Dbench.database=postgresql]}
 */
final class Replay {
    private static final int MESSAGES = 100_000;
    private static final int BATCH = 100;
    private static final int ROUNDS = 3;
    private static final Pattern EPOCH = Pattern.compile("\"epoch\":\"([0-9a-f]+)\"");
    private static final String CHAT = "\"type\":\"chat\"";
    private static final String ACK = "\"type\":\"ack\"";

    private Replay() {}

    public static void main(String[] arguments) throws Exception {
        try (BenchServer server =
                BenchServer.start(arguments, Map.of("parley.retention.count", Integer.toString(2 * MESSAGES)))) {
            String epoch = fill(server);
            for (int readers : new int[] {1, 10}) {
                for (int round = 1; round <= ROUNDS; round++) {
                    double seconds = read(server, epoch, readers);
                    System.out.printf(
                            Locale.ROOT,
                            "readers %d, round %d: %d messages each in %.2f s, %.0f messages/s%n",
                            readers,
                            round,
                            MESSAGES,
                            seconds,
                            readers * MESSAGES / seconds);
                }
            }
        }
    }

    /** @return the room's epoch */
    private static String fill(BenchServer server) throws InterruptedException {
        AtomicInteger acked = new AtomicInteger();
        StringBuilder joined = new StringBuilder();
        try (Peer peer = Peer.guest(server.chat(), "replay-writer", frame -> {
            acked.addAndGet(Peer.count(frame, ACK));
            if (frame.contains("\"joined\"") && frame.contains("\"replay\"")) {
                joined.append(frame);
            }
        })) {
            String content = "x".repeat(100);
            for (int sent = 0; sent < MESSAGES; sent += BATCH) {
                List<String> batch = new ArrayList<>();
                for (int i = 0; i < BATCH; i++) {
                    batch.add("{\"type\":\"chat\",\"room\":\"replay\",\"id\":\"m" + (sent + i) + "\",\"content\":\""
                            + content + "\"}");
                }
                // Bounds the messages in flight to what the server accepts.
                while (peer.isSending() || sent - acked.get() > 2_000) {
                    TimeUnit.MILLISECONDS.sleep(1);
                }
                peer.send("[" + String.join(",", batch) + "]");
            }
            while (acked.get() < MESSAGES) {
                TimeUnit.MILLISECONDS.sleep(10);
            }
            peer.send("{\"type\":\"join\",\"room\":\"replay\",\"id\":\"j\"}");
            while (joined.isEmpty()) {
                TimeUnit.MILLISECONDS.sleep(10);
            }
        }
        Matcher epoch = EPOCH.matcher(joined);
        if (!epoch.find()) {
            throw new IllegalStateException("No epoch in " + joined);
        }
        return epoch.group(1);
    }

    private static double read(BenchServer server, String epoch, int readers) throws InterruptedException {
        CountDownLatch complete = new CountDownLatch(readers);
        List<Peer> peers = new ArrayList<>();
        for (int i = 0; i < readers; i++) {
            AtomicLong got = new AtomicLong();
            peers.add(Peer.guest(server.chat(), "replay-" + i, frame -> {
                if (got.addAndGet(Peer.count(frame, CHAT)) == MESSAGES) {
                    complete.countDown();
                }
            }));
        }
        long begin = System.nanoTime();
        peers.forEach(peer -> peer.send(
                "{\"type\":\"join\",\"room\":\"replay\",\"position\":{\"epoch\":\"" + epoch + "\",\"seq\":0}}"));
        if (!complete.await(2, TimeUnit.MINUTES)) {
            throw new IllegalStateException("Not everything was replayed.");
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        peers.forEach(Peer::close);
        return seconds;
    }
}
