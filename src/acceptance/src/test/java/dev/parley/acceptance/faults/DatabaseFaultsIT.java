package dev.parley.acceptance.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.checker.Event;
import dev.parley.acceptance.support.Faults;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.Tokens;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Promises 1 to 3 while the database fails and the server keeps running. */
@Tag(Faults.TAG)
class DatabaseFaultsIT {
    private static final int CLIENTS = 40;
    private static final int ROOMS = 8;
    private static final int MESSAGES_A_SECOND = 60;
    /** Space for PostgreSQL's empty cluster with its write-ahead log, and for some messages. */
    private static final int DISK_MEBIBYTES = 160;
    /** The empty embedded database occupies less than 1 MiB. */
    private static final int EMBEDDED_DISK_MEBIBYTES = 32;

    private static final int ACKS_BEFORE_THE_FAULT = 60;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static ServerConfiguration configuration(String name, Postgres postgres) {
        return postgres.under(
                OwnServer.named(name, Map.of("parley.token.secret", Tokens.SECRET, "parley.rate.messages", "0")));
    }

    private static int health(RunningServer server, String check) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(server.baseUri().resolve("health/" + check))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private static long unavailable(WireSwarm swarm) {
        return swarm.count(event ->
                event instanceof Event.Refused refused && refused.code().equals("store_unavailable"));
    }

    @Test
    void postgresKilledAndStartedAgainLosesNothingAndIsSaidMeanwhile() throws IOException, InterruptedException {
        try (Postgres postgres = Postgres.started();
                RunningServer server =
                        configuration("postgres-killed", postgres).start()) {
            URI chat = OwnServer.chat(server);
            try (WireSwarm swarm = new WireSwarm("postgres", ROOMS).enter(CLIENTS, chat)) {
                Future<?> talk = swarm.talk(MESSAGES_A_SECOND);
                for (int i = 0; i < Faults.times(1); i++) {
                    swarm.awaitAcks(ACKS_BEFORE_THE_FAULT);
                    long said = unavailable(swarm);
                    postgres.kill();
                    long acked = swarm.count(Event.Acked.class);
                    Awaitility.await().atMost(PATIENCE).until(() -> unavailable(swarm) > said);
                    Faults.run(Duration.ofSeconds(10));
                    System.out.println("# acks while PostgreSQL was away: "
                            + (swarm.count(Event.Acked.class) - acked) + ", refusals: "
                            + (unavailable(swarm) - said));
                    assertThat(health(server, "ready")).isEqualTo(503);
                    assertThat(health(server, "live"))
                            .as("no restart heals this")
                            .isEqualTo(200);
                    postgres.start();
                    swarm.awaitAcks(ACKS_BEFORE_THE_FAULT);
                }
                talk.cancel(false);

                swarm.assertKept(chat);
            }
            server.kill();
        }
    }

    @Test
    void fullDiskUnderPostgresRefusesUntilThereIsSpaceAgain() throws Exception {
        try (SmallDisk disk = SmallDisk.mounted(DISK_MEBIBYTES);
                Postgres postgres = Postgres.startedIn(disk.folder().resolve("data"));
                RunningServer server = configuration("disk-full", postgres).start()) {
            assertSurvivesFullDisks("disk", server, disk, () -> {
                System.out.println("# after the full disk PostgreSQL " + (postgres.isAlive() ? "lives" : "has ended"));
                if (!postgres.isAlive()) {
                    // Like a supervisor would do.
                    postgres.startAgain();
                }
            });
            server.kill();
        }
    }

    @Test
    void fullDiskUnderH2RefusesUntilThereIsSpaceAgain() throws Exception {
        try (SmallDisk disk = SmallDisk.mounted(EMBEDDED_DISK_MEBIBYTES);
                RunningServer server = OwnServer.named(
                                "h2-disk-full",
                                Map.of("parley.token.secret", Tokens.SECRET, "parley.rate.messages", "0"))
                        .plusSettings(Map.of(
                                "parley.data", disk.folder().resolve("data").toString()))
                        .start()) {
            assertSurvivesFullDisks("h2-disk", server, disk, () -> {});
            server.kill();
        }
    }

    /** @param whenFree what an operator does when there is space again */
    private static void assertSurvivesFullDisks(String name, RunningServer server, SmallDisk disk, Runnable whenFree)
            throws IOException {
        URI chat = OwnServer.chat(server);
        try (WireSwarm swarm = new WireSwarm(name, ROOMS).enter(CLIENTS, chat)) {
            Future<?> talk = swarm.talk(MESSAGES_A_SECOND);
            for (int i = 0; i < Faults.times(1); i++) {
                swarm.awaitAcks(ACKS_BEFORE_THE_FAULT);
                long said = unavailable(swarm);
                Path ballast = disk.fill();
                Awaitility.await().atMost(PATIENCE).until(() -> unavailable(swarm) > said);
                awaitEndOfAcks(swarm);
                System.out.println("# refusals on the full disk: " + (unavailable(swarm) - said));

                Files.delete(ballast);
                whenFree.run();
                swarm.awaitAcks(ACKS_BEFORE_THE_FAULT);
            }
            talk.cancel(false);

            swarm.assertKept(chat);
        }
    }

    /** Waits until no more acks arrive: some messages still fit into space that was allocated before. */
    private static void awaitEndOfAcks(WireSwarm swarm) {
        long[] last = {-1};
        Awaitility.await().pollInterval(Duration.ofSeconds(3)).atMost(PATIENCE).until(() -> {
            long before = last[0];
            last[0] = swarm.count(Event.Acked.class);
            return last[0] == before;
        });
    }
}
