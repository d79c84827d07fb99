package dev.parley.server.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.session.ManualClock;
import dev.parley.server.session.RecordingTransport;
import dev.parley.server.session.Sessions;
import dev.parley.server.session.TestSession;
import dev.parley.server.session.drain.DrainPace;
import dev.parley.server.session.drain.GracefulShutdown;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private static final int RATE = 1_000;
    private static final String HOME = "192.0.2.1";

    private final ManualClock clock = new ManualClock();
    private final Random random = new Random(1);
    private final Admission admission = new Admission(RATE, clock, random);

    private static String own(int client) {
        return "10.0." + client / 200 + "." + client % 200;
    }

    /** A client that tries until it is admitted, as ours do: what is ordered, and a jitter that grows. */
    private final class Client {
        private final String address;
        private final long awaySince;
        private long nextTry;
        private int tries;

        Client(String address, long awaySince, Duration ordered) {
            this.address = address;
            this.awaySince = awaySince;
            waits(awaySince, ordered);
        }

        private void waits(long now, Duration ordered) {
            long jitter = (long) (random.nextDouble() * Math.min(30_000, 1_000L << Math.min(tries, 5)));
            nextTry = now + Math.max(1_000, ordered.toMillis()) + jitter;
            tries++;
        }
    }

    private final class Storm {
        private final PriorityQueue<Client> waiting =
                new PriorityQueue<>(Comparator.comparingLong(client -> client.nextTry));
        private final List<Long> away = new ArrayList<>();
        private long now;

        private void advanceTo(long time) {
            clock.advance(Duration.ofMillis(time - now));
            now = time;
        }

        /** Lets the clients try whose time has come. */
        void tryUntil(long time) {
            while (!waiting.isEmpty() && waiting.peek().nextTry <= time) {
                Client client = waiting.remove();
                advanceTo(client.nextTry);
                Optional<Duration> wait = admission.take(client.address);
                if (wait.isEmpty()) {
                    away.add(now - client.awaySince);
                } else {
                    client.waits(now, Duration.ofSeconds((wait.get().toMillis() + 999) / 1_000));
                    waiting.add(client);
                }
            }
            advanceTo(time);
        }

        long longest() {
            return away.stream().mapToLong(Long::longValue).max().orElseThrow();
        }
    }

    @Test
    void firstClientsAreAdmittedAtOnce() {
        for (int i = 0; i < RATE; i++) {
            assertThat(admission.take(HOME)).isEmpty();
        }
        assertThat(admission.take(HOME)).hasValue(Duration.ofSeconds(1));
        clock.advance(Duration.ofSeconds(1));
        assertThat(admission.take(HOME)).isEmpty();
    }

    @Test
    void withoutALimitEverybodyIsAdmitted() {
        Admission open = new Admission(0, clock, random);
        for (int i = 0; i < 10 * RATE; i++) {
            assertThat(open.take(HOME)).isEmpty();
        }
    }

    @Test
    void addressThatFloodsKeepsNobodyElseOut() {
        for (int i = 0; i < 3 * RATE; i++) {
            admission.take("198.51.100.1");
        }
        Duration wait = admission.take(HOME).orElseThrow();
        assertThat(wait).isLessThanOrEqualTo(Duration.ofSeconds(2));
        for (int i = 0; i < wait.toMillis(); i++) {
            clock.advance(Duration.ofMillis(1));
            for (int j = 0; j < 3; j++) {
                admission.take("198.51.100.1");
            }
        }
        assertThat(admission.take(HOME)).isEmpty();
    }

    private void assertStormIsOver(int clients, IntFunction<String> addresses, Duration within) {
        Storm storm = new Storm();
        for (int i = 0; i < clients; i++) {
            storm.waiting.add(new Client(addresses.apply(i), 0, Duration.ZERO));
        }
        storm.tryUntil(within.toMillis());
        assertThat(storm.waiting).isEmpty();
    }

    @Test
    void threeThousandClientsAreBackWithinFifteenSeconds() {
        assertStormIsOver(3_000, client -> HOME, Duration.ofSeconds(15));
    }

    @Test
    void threeThousandClientsOfManyAddressesAreBackToo() {
        assertStormIsOver(3_000, AdmissionTest::own, Duration.ofSeconds(15));
    }

    private void assertNobodyIsAwayForLong(IntFunction<String> addresses) {
        Sessions sessions = new Sessions(new Sessions.Caps(0, 0, 0));
        for (int i = 0; i < 1_000; i++) {
            sessions.add(TestSession.on(RecordingTransport.completing())
                    .address(addresses.apply(i))
                    .whenEnded(sessions::remove)
                    .open());
        }
        Storm storm = new Storm();
        GracefulShutdown shutdown = new GracefulShutdown(
                sessions,
                new DrainPace(Duration.ofSeconds(5), 250, Duration.ofSeconds(20), Duration.ofMillis(500)),
                (session, reconnectAfter) -> {
                    session.end(1012, "service_restart");
                    storm.waiting.add(new Client(session.handshake().address(), storm.now, reconnectAfter));
                },
                clock,
                random);
        shutdown.begin();
        for (int step = 1; step <= 150; step++) {
            shutdown.step();
            storm.tryUntil(step * DrainPace.STEP.toMillis());
        }
        assertThat(storm.away).hasSize(1_000);
        assertThat(storm.longest()).isLessThanOrEqualTo(3_000);
    }

    /** With the defaults of both settings; the other node has just taken a thousand clients already. */
    @Test
    void clientsOfADrainedNodeAreAwayForThreeSecondsAtMost() {
        for (int i = 0; i < RATE; i++) {
            admission.take(HOME);
        }
        assertNobodyIsAwayForLong(client -> HOME);
    }

    @Test
    void clientsOfADrainedNodeWithManyAddressesTooAreAwayShortly() {
        assertNobodyIsAwayForLong(AdmissionTest::own);
    }
}
