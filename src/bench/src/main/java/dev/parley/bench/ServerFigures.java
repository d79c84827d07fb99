package dev.parley.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * What one application server costs: its start, its memory, its sign-ins, and its processor time for each message that
 * it delivers to a reader. The load is the same on every server.
 *
 * <p>{@code mvn -Pbench -Dbench=ServerFigures}, and the same with {@code -Pbench,glassfish}, {@code payara} and
 * {@code liberty}; {@code -Dbench.seconds=10} is the time of each measurement, after twice that time to warm up.
 */
final class ServerFigures {
    private static final int SIGNERS = 16;
    private static final int READERS = 1_000;
    private static final int MESSAGES_PER_SECOND = 100;
    private static final String CHAT =
            "{\"type\":\"chat\",\"room\":\"figures\",\"id\":\"%d\",\"content\":\"" + "x".repeat(100) + "\"}";
    private static final String DELIVERED = "\"type\":\"chat\"";
    private static final String JOINED = "\"type\":\"joined\"";
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final BenchServer server;
    private final int seconds;
    private final LongAdder delivered = new LongAdder();
    private long sent;

    private ServerFigures(BenchServer server, int seconds) {
        this.server = server;
        this.seconds = seconds;
    }

    /** Processor time of the server, and what was done with it. */
    private record Work(Duration processor, long count, double seconds) {
        double perSecond() {
            return count / seconds;
        }

        double micros() {
            return processor.toNanos() / 1e3 / count;
        }

        double processors() {
            return processor.toNanos() / 1e9 / seconds;
        }
    }

    public static void main(String[] arguments) throws Exception {
        int seconds = BenchOptions.numbers("bench.seconds", "10")[0];
        try (BenchServer server = BenchServer.start(arguments, Map.of())) {
            // The first start also prepares the folder of the server.
            Duration start = server.restart();
            System.out.printf(
                    Locale.ROOT,
                    "%s: start to ready %.1f s, resident then %d MB%n",
                    arguments[0],
                    start.toMillis() / 1e3,
                    residentMegabytes(server.pid()));
            ServerFigures figures = new ServerFigures(server, seconds);
            figures.signIns();
            figures.fanOut();
            System.out.printf("%s: resident at the end %d MB%n", arguments[0], residentMegabytes(server.pid()));
        }
    }

    /** Linux only: the resident set of a process. */
    private static long residentMegabytes(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                .findFirst()
                .orElseThrow();
    }

    private Duration processorTime() {
        return ProcessHandle.of(server.pid())
                .flatMap(process -> process.info().totalCpuDuration())
                .orElseThrow();
    }

    /** Measures some work after a time to warm up. */
    private Work measured(LongAdder counter) throws InterruptedException {
        TimeUnit.SECONDS.sleep(2L * seconds);
        Duration before = processorTime();
        long countBefore = counter.sum();
        long begin = System.nanoTime();
        TimeUnit.SECONDS.sleep(seconds);
        return new Work(processorTime().minus(before), counter.sum() - countBefore, (System.nanoTime() - begin) / 1e9);
    }

    /** Guests who connect, sign in and leave, each signer one after the other. */
    private void signIns() throws Exception {
        LongAdder signedIn = new LongAdder();
        ExecutorService signers = Executors.newFixedThreadPool(SIGNERS);
        try {
            List<Future<Void>> all = new ArrayList<>();
            for (int i = 0; i < SIGNERS; i++) {
                String name = "figures-" + i + "-";
                all.add(signers.submit((Callable<Void>) () -> {
                    for (long n = 0; !Thread.currentThread().isInterrupted(); n++) {
                        Peer.guest(server.chat(), name + n, frame -> {}).close();
                        signedIn.increment();
                    }
                    return null;
                }));
            }
            Work work = measured(signedIn);
            for (Future<Void> signer : all) {
                if (signer.isDone()) {
                    signer.get(); // throws what ended it
                }
            }
            System.out.printf(
                    Locale.ROOT,
                    "guest sign-ins by %d at once: %.0f/s, %.0f us of processor time each, %.2f processors%n",
                    SIGNERS,
                    work.perSecond(),
                    work.micros(),
                    work.processors());
        } finally {
            signers.shutdownNow();
            signers.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    /** One room, in which one sender writes and all others read. */
    private void fanOut() throws Exception {
        CountDownLatch joined = new CountDownLatch(READERS);
        List<Peer> readers = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
            readers.add(Peer.guest(server.chat(), "figures-reader-" + i, frame -> {
                if (frame.contains(JOINED)) {
                    joined.countDown();
                }
                delivered.add(Peer.count(frame, DELIVERED));
            }));
        }
        readers.forEach(reader -> reader.send("{\"type\":\"join\",\"room\":\"figures\",\"id\":\"j\"}"));
        if (!joined.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException(joined.getCount() + " readers did not get into the room.");
        }
        Thread sender = new Thread(this::send, "sender");
        sender.start();
        Work work = measured(delivered);
        sender.interrupt();
        sender.join();
        System.out.printf(
                Locale.ROOT,
                "%d readers of a room, %d messages of 100 bytes a second: %.0f deliveries/s, %.1f us of processor time"
                        + " each, %.2f processors%n",
                READERS,
                MESSAGES_PER_SECOND,
                work.perSecond(),
                work.micros(),
                work.processors());
        readers.forEach(Peer::close);
    }

    private void send() {
        try (Peer peer = Peer.guest(server.chat(), "figures-sender", frame -> {})) {
            long begin = System.nanoTime();
            while (!Thread.currentThread().isInterrupted()) {
                peer.send(CHAT.formatted(sent++));
                LockSupport.parkNanos(
                        begin + sent * TimeUnit.SECONDS.toNanos(1) / MESSAGES_PER_SECOND - System.nanoTime());
            }
        }
    }
}
