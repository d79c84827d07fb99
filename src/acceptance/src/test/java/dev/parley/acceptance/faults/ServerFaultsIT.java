package dev.parley.acceptance.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.checker.Event;
import dev.parley.acceptance.mutants.JumpingClock;
import dev.parley.acceptance.support.Faults;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Promises 1 to 3 while the server itself fails: it is killed, or its clock jumps. */
@Tag(Faults.TAG)
class ServerFaultsIT {
    private static final int CLIENTS = 60;
    private static final int ROOMS = 8;
    private static final int MESSAGES_A_SECOND = 60;
    private static final int BURST = 200;
    private static final int ACKS_BETWEEN_FAULTS = 60;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static ServerConfiguration configuration(String name) {
        return OwnServer.named(name, settings());
    }

    private static Map<String, String> settings() {
        return Map.of("parley.token.secret", Tokens.SECRET, "parley.rate.messages", "0");
    }

    private static long receivedBroadcasts(WireSwarm swarm) {
        return swarm.count(event ->
                event instanceof Event.Received received && received.channel().equals("broadcast"));
    }

    @Test
    void killDuringABroadcastLosesDuplicatesAndReordersNothing() {
        ServerConfiguration configuration = configuration("killed");
        try (WireSwarm swarm = new WireSwarm("killed", ROOMS)) {
            List<RecordingClient> clients = List.of();
            for (int i = 0; i < Faults.times(1); i++) {
                try (RunningServer server = configuration.start()) {
                    URI chat = OwnServer.chat(server);
                    clients = clients.isEmpty() ? swarm.enter(CLIENTS, chat, false) : clients;
                    Future<?> talk = swarm.talk(MESSAGES_A_SECOND);
                    swarm.awaitAcks(ACKS_BETWEEN_FAULTS);
                    long before = receivedBroadcasts(swarm);
                    for (int number = 0; number < BURST; number++) {
                        clients.get(number % 3).broadcast("burst " + i + " " + number);
                        clients.get(number % 3).chat("lobby", "burst " + i + " " + number);
                    }
                    Awaitility.await()
                            .pollInterval(Duration.ofMillis(1))
                            .atMost(PATIENCE)
                            .until(() -> receivedBroadcasts(swarm) > before + CLIENTS);
                    server.kill();
                    talk.cancel(false);
                    assertThat(clients.get(0).unacked()
                                    + clients.get(1).unacked()
                                    + clients.get(2).unacked())
                            .as("messages under way at the kill")
                            .isPositive();
                }
            }
            try (RunningServer server = configuration.start()) {
                swarm.assertKept(OwnServer.chat(server));
                assertThat(swarm.recoveries()).isPositive();
                server.kill();
            }
        }
    }

    @Test
    void wallClockJumpsOfAnHourDisturbNothing(@TempDir Path folder) throws Exception {
        Path clock = folder.resolve("wrong-by");
        jump(clock, Duration.ZERO);
        ServerConfiguration configuration = OwnServer.named("clock", settings())
                .war(ParleyDeployment.plus(JumpingClock.class))
                .plusSettings(Map.of(JumpingClock.FILE, clock.toString()));
        try (RunningServer server = configuration.start()) {
            URI chat = OwnServer.chat(server);
            try (WireSwarm swarm = new WireSwarm("clock", ROOMS);
                    WireClient watch = WireClient.connect(chat)) {
                // A token that does not expire when the clock jumps by an hour.
                watch.send("{'type':'login','token':'" + Tokens.of("clock-watch", Duration.ofDays(1)) + "'}");
                watch.next("welcome");
                swarm.enter(CLIENTS, chat, true);
                Future<?> talk = swarm.talk(MESSAGES_A_SECOND);
                for (int i = 0; i < Faults.times(1); i++) {
                    for (String wrongBy : List.of("PT1H", "PT0S", "PT-1H", "PT1H", "PT0S")) {
                        jump(clock, Duration.parse(wrongBy));
                        assertWrongBy(watch, Duration.parse(wrongBy));
                        swarm.awaitAcks(ACKS_BETWEEN_FAULTS);
                    }
                }
                talk.cancel(false);

                assertThat(swarm.check(chat)).isEmpty();
                assertThat(swarm.count(Event.Disconnected.class))
                        .as("connections lost")
                        .isZero();
                assertThat(swarm.count(Event.Refused.class))
                        .as("messages refused")
                        .isZero();
            }
            server.kill();
        }
    }

    /** Replaces the file atomically, so that the server never reads a part of it. */
    private static void jump(Path clock, Duration wrongBy) throws IOException {
        Path next = clock.resolveSibling("next");
        Files.writeString(next, wrongBy.toString());
        Files.move(next, clock, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void assertWrongBy(WireClient watch, Duration wrongBy) {
        watch.send("{'type':'chat','room':'clock-watch','content':'What time is it?','id':'time" + System.nanoTime()
                + "'}");
        Instant sentAt = Instant.parse(watch.next("ack").getString("sentAt"));
        assertThat(Duration.between(Instant.now(), sentAt).minus(wrongBy).abs())
                .as("what the jump leaves unexplained")
                .isLessThan(Duration.ofMinutes(10));
    }
}
