package dev.parley.acceptance.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.support.Faults;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.client.ParleyClient;
import dev.parley.launcher.RunningServer;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The load of a service in 24 h, in a short time: 10,000 reconnects and 1,000,000 messages; 56 and 6,400 with
 * {@code -Dparley.test.faults=short}. Afterwards this JVM, in which the clients run, holds no more memory, threads and
 * files than before.
 */
@Tag(Faults.TAG)
class ClientEnduranceIT {
    private static final int TALKERS = Faults.isLong() ? 16 : 8;
    /**
     * Connections before the measurement: by then every way to lose a connection was used, and pools have their final
     * size.
     */
    private static final int LINES_BEFORE = Faults.isLong() ? 40 : 5;

    private static final int LINES = Faults.isLong() ? 640 : 8;
    private static final int VISITORS_BEFORE = 2;
    private static final int VISITORS = Faults.isLong() ? 300 : 6;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** Only a stuck client reaches this timeout; a busy machine takes many times longer than an idle one. */
    private static final Duration PATIENCE_WITH_TALK = Duration.ofMinutes(Faults.isLong() ? 15 : 5);

    /**
     * In the long form 2 bytes per message and 200 per reconnect; in the short form 320, less than any message
     * occupies, and 37,000.
     */
    private static final long GROWTH_MAX = 2L * 1024 * 1024;
    /** Files that the JVM itself may open, such as a jar, or a socket of a diagnostic tool. */
    private static final int FILES_OF_JVM = 5;

    private final Set<Thread> earlierThreads = Thread.getAllStackTraces().keySet();

    @Test
    void reconnectsAndMessagesLeaveNoMemoryThreadsOrFiles() throws Exception {
        Map<String, String> settings = Map.of(
                "parley.guests", "true",
                "parley.rate.messages", "0",
                "parley.rate.bytes", "0",
                "parley.sessions.unsigned", "0",
                "parley.retention.count", "1000000");
        try (RunningServer server = OwnServer.named("endurance", settings).start()) {
            URI chat = OwnServer.chat(server);
            visit(chat, VISITORS_BEFORE);
            awaitNothingOfClients();
            Footprint without = Footprint.now();

            List<Talker> talkers = enter(chat);
            talk(talkers, LINES_BEFORE);
            Footprint before = Footprint.now();
            int linesBefore = lines(talkers);
            int heardBefore = heard(talkers);
            long begin = System.nanoTime();
            talk(talkers, LINES);
            long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin);
            int reconnects = lines(talkers) - linesBefore;
            int heard = heard(talkers) - heardBefore;
            awaitNoMoreThan(before, "after the talk");
            assertThat(reconnects).as("reconnects").isGreaterThanOrEqualTo(TALKERS * (LINES - 1));
            assertThat(heard).as("messages heard").isEqualTo(TALKERS * LINES * Talker.MESSAGES_A_LINE);
            System.out.printf(
                    Locale.ROOT,
                    "%d reconnects and %d messages in %d s; before: %s; after: %s%n",
                    reconnects,
                    heard,
                    seconds,
                    before,
                    Footprint.now());

            visit(chat, VISITORS);
            talkers.forEach(Talker::close);
            talkers.clear();
            awaitNothingOfClients();
            awaitNoMoreThan(without, "after the clients were closed");
            System.out.printf(Locale.ROOT, "without clients before: %s; after: %s%n", without, Footprint.now());
            server.kill();
        }
    }

    /** Connects talkers in a ring: each receives the messages of the one before. */
    private static List<Talker> enter(URI chat) throws Exception {
        List<Talker> talkers = new ArrayList<>();
        for (int i = 0; i < TALKERS; i++) {
            talkers.add(Talker.enter(chat, "talker-" + i, "talker-" + (i + 1) % TALKERS));
        }
        return talkers;
    }

    private static void talk(List<Talker> talkers, int lines) {
        talkers.forEach(talker -> talker.talk(lines));
        Awaitility.await()
                .atMost(PATIENCE_WITH_TALK)
                .until(() ->
                        talkers.stream().anyMatch(talker -> !talker.problems().isEmpty())
                                || talkers.stream().allMatch(Talker::isDone));
        assertThat(talkers).flatExtracting(Talker::problems).isEmpty();
    }

    private static int lines(List<Talker> talkers) {
        return talkers.stream().mapToInt(Talker::lines).sum();
    }

    private static int heard(List<Talker> talkers) {
        return talkers.stream().mapToInt(Talker::heard).sum();
    }

    /** Runs short clients like batch jobs, one after the other: each connects, sends one message and closes. */
    private static void visit(URI chat, int visitors) throws Exception {
        for (int i = 0; i < visitors; i++) {
            ParleyClient client = ParleyClient.builder(chat)
                    .name("visitor-" + i)
                    .username("visitor")
                    .build();
            try (client) {
                client.connect();
                client.chat("visitors", "visit " + i).toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                if (i % 2 == 0) {
                    client.forceClose();
                }
            }
        }
    }

    /** Waits, because threads and files are released at once or after some idle seconds. */
    private static void awaitNoMoreThan(Footprint before, String when) {
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> {
            Footprint after = Footprint.now();
            assertThat(after.heap() - before.heap())
                    .as("growth of the live heap in bytes, %s", when)
                    .isLessThan(GROWTH_MAX);
            assertThat(after.threads())
                    .as("threads, %s; before %s", when, before.threads())
                    .hasSizeLessThanOrEqualTo(before.threads().size());
            assertThat(after.files()).as("open files, %s", when).isLessThanOrEqualTo(before.files() + FILES_OF_JVM);
        });
    }

    /** No new thread of the clients or of Tyrus may be left; threads of earlier tests in this JVM are ignored. */
    private void awaitNothingOfClients() {
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> assertThat(
                        Thread.getAllStackTraces().keySet())
                .filteredOn(thread -> !earlierThreads.contains(thread))
                .extracting(thread -> thread.getName().toLowerCase(Locale.ROOT))
                .noneMatch(name -> name.startsWith("parley-") || name.matches(".*(tyrus|grizzly).*")));
    }
}
