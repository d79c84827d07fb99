package dev.parley.acceptance.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.checker.Violation;
import dev.parley.acceptance.mutants.AckBeforeCommit;
import dev.parley.acceptance.mutants.Jdbc;
import dev.parley.acceptance.mutants.NoDedupe;
import dev.parley.acceptance.mutants.RecoveryOff;
import dev.parley.acceptance.network.Relay;
import dev.parley.acceptance.support.Faults;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.Tokens;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Proves that the fault tests can fail: each of these mutants breaks one promise, and the checker reports it. */
@Tag(Faults.TAG)
class MutantsIT {
    private static final int CLIENTS = 20;
    private static final int ROOMS = 3;
    private static final int MESSAGES_A_SECOND = 40;
    private static final int ACKS_BEFORE_THE_FAULT = 30;
    private static final int RECOVERIES = 100;
    private static final double CUT_SHARE = 0.1;
    private static final double DROPPED_SHARE = 0.3;
    private static final long DROPS_SEED = 1;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static ServerConfiguration mutant(Class<?> mutant) {
        return OwnServer.named(
                        mutant.getSimpleName(),
                        Map.of(
                                "parley.token.secret",
                                Tokens.SECRET,
                                "parley.rate.messages",
                                "0",
                                // All that was missed comes from the database, which the mutants break.
                                "parley.recent.total",
                                "0"))
                .war(ParleyDeployment.plus(mutant, Jdbc.class));
    }

    private static void talkUntilAcked(WireSwarm swarm, int acks) {
        Future<?> talk = swarm.talk(MESSAGES_A_SECOND);
        swarm.awaitAcks(acks);
        talk.cancel(false);
    }

    private static void assertBitten(RunningServer server) throws IOException {
        assertThat(Files.readString(server.log()))
                .as("whether the mutant did anything")
                .contains(Jdbc.BITES);
    }

    private static void assertCaught(List<Violation> violations, Violation.Kind kind) {
        assertThat(violations).extracting(Violation::kind).contains(kind);
    }

    @Test
    void hubWithoutRecoveryIsCaught() throws Exception {
        ServerConfiguration configuration = mutant(RecoveryOff.class);
        RunningServer server = configuration.start();
        try (Relay network = Relay.to(OwnServer.chat(server));
                WireSwarm swarm = new WireSwarm("no-recovery", ROOMS).enter(CLIENTS, network.chat())) {
            Random random = swarm.random();
            Future<?> talk = swarm.talk(MESSAGES_A_SECOND);
            Awaitility.await().atMost(PATIENCE).until(() -> {
                network.cut(CUT_SHARE, random);
                return swarm.recoveries() >= RECOVERIES;
            });
            talk.cancel(false);
            swarm.settle();
            assertBitten(server);
            server.kill();

            // The server is correct again, but what was not recovered stays missing.
            server = configuration.war(ParleyDeployment.Built.WAR).start();
            assertCaught(swarm.check(OwnServer.chat(server)), Violation.Kind.SILENTLY_MISSING);
        } finally {
            server.kill();
        }
    }

    @Test
    void hubWithoutDedupeIsCaught() throws Exception {
        try (RunningServer server = mutant(NoDedupe.class).start()) {
            URI chat = OwnServer.chat(server);
            Random random = new Random(DROPS_SEED);
            AtomicInteger dropped = new AtomicInteger();
            // Messages without an ack are sent again, much later.
            try (Relay network = Relay.to(
                            chat, List::of, text -> NetworkFaultsIT.dropAcks(text, DROPPED_SHARE, random, dropped));
                    WireSwarm swarm = new WireSwarm("no-dedupe", ROOMS).enter(CLIENTS, network.chat())) {
                talkUntilAcked(swarm, ACKS_BEFORE_THE_FAULT);

                assertCaught(swarm.check(chat), Violation.Kind.DOUBLED);
                assertBitten(server);
            }
            server.kill();
        }
    }

    @Test
    void hubThatAcksBeforeItsCommitIsCaught() throws Exception {
        ServerConfiguration configuration = mutant(AckBeforeCommit.class);
        try (WireSwarm swarm = new WireSwarm("early-ack", ROOMS)) {
            try (RunningServer server = configuration.start()) {
                swarm.enter(CLIENTS, OwnServer.chat(server));
                Future<?> talk = swarm.talk(MESSAGES_A_SECOND);
                swarm.awaitAcks(ACKS_BEFORE_THE_FAULT);
                server.kill();
                talk.cancel(false);
                assertBitten(server);
            }
            // The server is correct again, but the lost messages stay lost.
            try (RunningServer server =
                    configuration.war(ParleyDeployment.Built.WAR).start()) {
                assertCaught(swarm.check(OwnServer.chat(server)), Violation.Kind.ACKED_BUT_LOST);
                server.kill();
            }
        }
    }
}
