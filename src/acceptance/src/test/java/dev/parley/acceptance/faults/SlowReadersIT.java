package dev.parley.acceptance.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.checker.Event;
import dev.parley.acceptance.network.Relay;
import dev.parley.acceptance.support.Faults;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import dev.parley.launcher.RunningServer;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Promise 4: a slow reader disturbs nobody, and recovers. */
@Tag(Faults.TAG)
class SlowReadersIT {
    private static final int SLOW_CONSUMER = 4000;
    private static final int SLOW = 20;
    private static final int OTHERS = 10;
    private static final int MESSAGES_A_SECOND = 25;
    /** An outbox is full after 5 s, so a busy machine may delay the other readers for up to 5 s. */
    private static final String CONTENT = "z".repeat(8 * 1024);

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    /**
     * Delays below this may be caused by other programs. A publisher that waited for readers would wait for many
     * seconds.
     */
    private static final Duration NOISE = Duration.ofMillis(500);

    @Test
    void slowReadersAreClosedAndRecoverWithoutDisturbingOthers() {
        try (RunningServer server = OwnServer.named(
                        "slow",
                        Map.of(
                                "parley.token.secret", Tokens.SECRET,
                                "parley.rate.messages", "0",
                                "parley.outbox.max", "1MiB",
                                // Long, because this test is about slow readers, not about dead ones.
                                "parley.heartbeat.timeout", "5m"))
                // The options of production, because this test compares delays.
                .jvmOptions("-Xmx1g")
                .start()) {
            URI chat = OwnServer.chat(server);
            try (Relay slowNetwork = Relay.to(chat);
                    WireSwarm swarm = new WireSwarm("slow", 1);
                    WireClient watch = WireClient.user(chat, "slow-watch")) {
                List<RecordingClient> others = swarm.enter(OTHERS, chat, false);
                List<RecordingClient> slow = swarm.enter(SLOW, slowNetwork.chat(), true);
                Random random = swarm.random();
                Future<?> talk = swarm.talk(MESSAGES_A_SECOND, () -> others.get(random.nextInt(others.size()))
                        .chat("slow-room-0", CONTENT));
                // The first messages warm the server up.
                Faults.run(Duration.ofSeconds(2));
                swarm.delays().takeP99();
                Faults.run(Faults.seconds(4));
                Duration undisturbed = swarm.delays().takeP99();

                slowNetwork.readFromServer(false);
                int slowNames = names(slow).size();
                int otherNames = names(others).size();
                assertThat(members(watch)).isEqualTo(slowNames + otherNames);
                Awaitility.await().atMost(PATIENCE).until(() -> members(watch) == otherNames);
                Duration disturbed = swarm.delays().takeP99();

                slowNetwork.readFromServer(true);
                Awaitility.await().atMost(PATIENCE).until(() -> members(watch) == slowNames + otherNames);
                talk.cancel(false);
                System.out.println("# p99 undisturbed " + undisturbed.toMillis() + " ms, disturbed "
                        + disturbed.toMillis() + " ms, close codes of the slow " + closeCodes(swarm, slow));

                swarm.assertKept(chat);
                assertThat(closeCodes(swarm, slow)).containsOnlyKeys(SLOW_CONSUMER);
                assertThat(closeCodes(swarm, slow).get(SLOW_CONSUMER)).isGreaterThanOrEqualTo(SLOW);
                assertThat(closeCodes(swarm, others))
                        .as("closed without being slow")
                        .isEmpty();
                assertThat(disturbed)
                        .isLessThan(
                                undisturbed.multipliedBy(2).compareTo(NOISE) < 0 ? NOISE : undisturbed.multipliedBy(2));
            }
            server.kill();
        }
    }

    private static Set<String> names(List<RecordingClient> clients) {
        return clients.stream().map(client -> client.who().user()).collect(Collectors.toSet());
    }

    /** The number of users present in the room, according to the server. */
    private static int members(WireClient watch) {
        watch.send("{'type':'presence','room':'slow-room-0','id':'members'}");
        return watch.answer("members").getInt("count");
    }

    private static Map<Integer, Long> closeCodes(WireSwarm swarm, List<RecordingClient> clients) {
        Set<Object> asked = clients.stream().map(RecordingClient::who).collect(Collectors.toSet());
        return swarm.history().stream()
                .filter(Event.Disconnected.class::isInstance)
                .map(Event.Disconnected.class::cast)
                .filter(event -> asked.contains(event.clientId()))
                .collect(Collectors.groupingBy(Event.Disconnected::code, Collectors.counting()));
    }
}
