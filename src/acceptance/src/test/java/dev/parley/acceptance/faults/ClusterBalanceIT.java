package dev.parley.acceptance.faults;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Promises 1 to 3 while nodes become even: all clients are on one node, as after a rolling restart. */
@Tag(Faults.TAG)
class ClusterBalanceIT {
    private static final int CLIENTS = 300;
    private static final int ROOMS = 30;
    private static final int MESSAGES_A_SECOND = 30;
    private static final int ACKS = 60;
    private static final double UNEVEN_MAX = 0.1;
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
            // Patient: each connection that ends is ended by a node.
            swarm.enter(CLIENTS, cluster.from(0), true);
            Future<?> talk = swarm.talk(MESSAGES_A_SECOND);
            awaitSessions(counts -> assertThat(counts).containsExactlyInAnyOrder(CLIENTS, 0));
            awaitSessions(counts -> assertThat(counts).matches(ClusterBalanceIT::areEven));
            swarm.awaitAcks(ACKS);
            talk.cancel(false);
            swarm.assertKept(cluster.node(1).chat());
            assertThat(swarm.count(Event.Disconnected.class))
                    .as("each client moves once at most")
                    .isBetween(1L, (long) CLIENTS);
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
        double mean = counts.stream().mapToInt(Integer::intValue).average().orElseThrow();
        return counts.stream().mapToInt(Integer::intValue).sum() >= CLIENTS
                && counts.stream().allMatch(count -> Math.abs(count - mean) <= UNEVEN_MAX * mean);
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
