package dev.parley.acceptance.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.checker.ClientId;
import dev.parley.acceptance.checker.Event;
import dev.parley.acceptance.support.Faults;
import dev.parley.acceptance.support.HttpUser;
import dev.parley.acceptance.support.JsonText;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Promises 1 to 3 while nodes become even: all clients are on one node, as after a rolling restart. */
@Tag(Faults.TAG)
class ClusterBalanceIT {
    private static final int CLIENTS = 400;
    private static final int ROOMS = 30;
    private static final int MESSAGES_A_SECOND = 30;
    private static final int ACKS = 60;
    /**
     * How many sessions over the mean a node keeps: up to a hundred, as settings.md says; a tenth of the mean is less
     * here. A node with all clients is twice as far over it.
     */
    private static final int EXCESS_MAX = 100;
    /** With which a node closes the sessions that it hands on. */
    private static final int HANDED_ON = 1012;

    /** A node waits for half a minute of reports before it hands sessions on. */
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    private static FailingCluster cluster;

    @BeforeAll
    static void start() {
        cluster = FailingCluster.ofTwo(
                "balance",
                (number, configuration) -> configuration.plusSettings(Map.of("parley.balance.percent", "50")));
    }

    @AfterAll
    static void end() {
        cluster.close();
    }

    @Test
    void fullNodeHandsSessionsOnUntilTheNodesAreEven() {
        try (WireSwarm swarm = new WireSwarm("balance", ROOMS)) {
            awaitSessions(counts -> assertThat(counts).containsExactly(0, 0));
            // Patient: each connection that ends is ended by a node. All of them go to one node; that it has them all
            // is not awaited: it may hand the first ones on before that is seen.
            swarm.enter(CLIENTS, cluster.from(0), true);
            Future<?> talk = swarm.talk(MESSAGES_A_SECOND);
            awaitSessions(counts -> assertThat(counts).matches(ClusterBalanceIT::areEven));
            swarm.awaitAcks(ACKS);
            talk.cancel(false);
            swarm.assertKept(cluster.node(1).chat());
            assertThat(handedOn(swarm))
                    .as("how often each client was handed on")
                    .isNotEmpty()
                    .allSatisfy((client, times) -> assertThat(times).isEqualTo(1));
        }
    }

    /** Waits until the sessions of the nodes, as each has reported them in the last seconds, meet a condition. */
    private static void awaitSessions(Consumer<List<Integer>> condition) {
        Awaitility.await()
                .pollInterval(Duration.ofSeconds(1))
                .atMost(PATIENCE)
                .untilAsserted(() -> condition.accept(sessions()));
    }

    private static boolean areEven(List<? extends Integer> counts) {
        int sum = counts.stream().mapToInt(Integer::intValue).sum();
        return sum == CLIENTS && counts.stream().allMatch(count -> count - sum / counts.size() <= EXCESS_MAX);
    }

    private static Map<ClientId, Long> handedOn(WireSwarm swarm) {
        return swarm.history().stream()
                .filter(event -> event instanceof Event.Disconnected left && left.code() == HANDED_ON)
                .collect(
                        Collectors.groupingBy(event -> ((Event.Disconnected) event).clientId(), Collectors.counting()));
    }

    private static List<Integer> sessions() throws IOException, InterruptedException {
        HttpUser admin = HttpUser.of(cluster.node(0).http(), "balance-admin", "admin");
        return JsonText.object(admin.get("api/nodes").body())
                .getJsonArray("nodes")
                .getValuesAs(JsonObject.class)
                .stream()
                .map(node -> node.getInt("sessions"))
                .toList();
    }
}
