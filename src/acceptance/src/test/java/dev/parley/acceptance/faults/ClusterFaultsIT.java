package dev.parley.acceptance.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.checker.Event;
import dev.parley.acceptance.faults.FailingCluster.Node;
import dev.parley.acceptance.support.Faults;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Promises 1 to 3 with several nodes on one PostgreSQL and one Redis, while a part of the cluster fails. Clients
 * reconnect to the next node. Each test prints how long clients took until 99 % of them read on.
 */
@Tag(Faults.TAG)
class ClusterFaultsIT {
    private static final int CLIENTS_A_NODE = 30;
    private static final int ROOMS = 8;
    private static final int MESSAGES_A_SECOND = 60;
    private static final int ACKS_BETWEEN_FAULTS = 60;
    private static final Duration FROZEN = Duration.ofSeconds(15);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static FailingCluster cluster;

    @BeforeAll
    static void start() {
        cluster = FailingCluster.started("cluster");
    }

    @AfterAll
    static void end() {
        cluster.close();
    }

    @AfterEach
    void everythingWorksAgain() {
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> assertThat(cluster.nodes())
                .noneMatch(Node::missesRedis));
    }

    /** What a test does to the cluster, in each of its rounds. */
    private interface Fault {
        void happen(WireSwarm swarm, int round);
    }

    /** Lets clients of all nodes talk while something fails, and checks that they kept everything. */
    private static WireSwarm survives(String name, Fault fault) {
        WireSwarm swarm = new WireSwarm(name, ROOMS);
        swarm.beAmongOthers();
        for (int node = 0; node < cluster.nodes().size(); node++) {
            swarm.enter(CLIENTS_A_NODE, cluster.from(node), false);
        }
        Future<?> talk = swarm.talk(MESSAGES_A_SECOND);
        for (int round = 0; round < Faults.times(1); round++) {
            swarm.awaitAcks(ACKS_BETWEEN_FAULTS);
            fault.happen(swarm, round);
            swarm.awaitAcks(ACKS_BETWEEN_FAULTS);
        }
        talk.cancel(false);
        swarm.assertKept(cluster.node(0).chat());
        return swarm;
    }

    private static void printTime(String what, WireSwarm swarm, int goalSeconds) {
        print(what, swarm.untilCaughtUp(), goalSeconds);
    }

    private static void print(String what, Duration time, int goalSeconds) {
        System.out.printf("# %s: 99 %% read on after %.1f s (goal %d s)%n", what, time.toMillis() / 1e3, goalSeconds);
    }

    private static Node victim(int round) {
        return cluster.node(round % cluster.nodes().size());
    }

    @Test
    void clientsOfAllNodesReadTheSame() {
        try (WireSwarm swarm = survives("all", (talking, round) -> talking.awaitAcks(5 * ACKS_BETWEEN_FAULTS))) {
            assertThat(swarm.count(Event.Disconnected.class)).isZero();
        }
    }

    @Test
    void nodeThatIsKilledInABroadcastLosesNothing() {
        try (WireSwarm swarm = survives("killed", (talking, round) -> {
            for (int i = 0; i < 100; i++) {
                talking.sayToAll();
            }
            victim(round).kill();
            printTime("node killed", talking, 10);
            victim(round).start();
        })) {
            assertThat(swarm.recoveries()).isPositive();
        }
    }

    @Test
    void rollingRestartLosesNothing() {
        try (WireSwarm swarm = survives("rolling", (talking, round) -> {
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(victim(round)::stop);
            print("node stopped", talking.untilCaughtUp(stopped), 10);
            stopped.join();
            victim(round).start();
        })) {
            assertThat(swarm.recoveries()).isPositive();
        }
    }

    @Test
    void redisThatIsAwayDelaysMessagesAndLosesNone() {
        survives("redis", (talking, round) -> {
                    cluster.redis().stop();
                    awaitAll(Node::missesRedis);
                    assertReaches("without Redis " + round);
                    talking.awaitAcks(ACKS_BETWEEN_FAULTS);
                    cluster.redis().start();
                    printTime("Redis restarted", talking, 3);
                    awaitAll(node -> !node.missesRedis());
                    cluster.redis().flushAll();
                    printTime("FLUSHALL", talking, 3);
                })
                .close();
    }

    private static void awaitAll(Predicate<Node> condition) {
        Awaitility.await().atMost(PATIENCE).until(() -> cluster.nodes().stream().allMatch(condition));
    }

    /** A message of a client of one node reaches a client of another one. */
    private static void assertReaches(String content) {
        try (WireClient sender = WireClient.connect(cluster.node(0).chat());
                WireClient reader = WireClient.connect(cluster.node(1).chat())) {
            login(sender, "cluster-sender");
            login(reader, "cluster-reader");
            sender.send("{'type':'chat','id':'m" + System.nanoTime() + "','room':'lobby','content':'" + content + "'}");
            sender.next("ack");
            while (!reader.next("chat").getString("content").equals(content)) {
                // Messages of the swarm, and of earlier calls.
            }
        }
    }

    private static void login(WireClient client, String user) {
        client.send("{'type':'login','token':'" + Tokens.of(user) + "'}");
        client.next("welcome");
    }

    @Test
    void nodeThatIsCutFromRedisHearsAndIsHeard() {
        survives("cut", (talking, round) -> {
                    victim(round).toRedis().cut();
                    Awaitility.await().atMost(PATIENCE).until(victim(round)::missesRedis);
                    assertReaches("cut " + round);
                    victim(round).toRedis().mend();
                    printTime("line to Redis mended", talking, 3);
                    victim(round).toRedis().silence();
                    Awaitility.await().atMost(PATIENCE).until(victim(round)::missesRedis);
                    assertReaches("silent " + round);
                    victim(round).toRedis().mend();
                    printTime("silent line to Redis mended", talking, 3);
                })
                .close();
    }

    @Test
    void messagesThatRedisLosesDoublesAndDelaysAreReadOnceAndInOrder() {
        cluster.nodes().forEach(node -> node.lossy().beLossy(true));
        try {
            survives("lossy", (talking, round) -> talking.awaitAcks(10 * ACKS_BETWEEN_FAULTS))
                    .close();
            assertThat(cluster.nodes()).allMatch(node -> node.lossy().faults() > ACKS_BETWEEN_FAULTS);
        } finally {
            cluster.nodes().forEach(node -> node.lossy().beLossy(false));
        }
    }

    @Test
    void databaseThatIsKilledLosesNothing() {
        survives("database", (talking, round) -> {
                    cluster.postgres().kill();
                    cluster.postgres().start();
                    printTime("PostgreSQL restarted", talking, 5);
                })
                .close();
    }

    @Test
    void silentLineToTheDatabaseIsGivenUp() {
        survives("silent", (talking, round) -> {
                    long refused = refused(talking);
                    victim(round).toPostgres().silence();
                    // While no byte passes: mending it would end the wait.
                    Awaitility.await().atMost(PATIENCE).until(() -> refused(talking) > refused);
                    victim(round).toPostgres().mend();
                    printTime("silent line to PostgreSQL mended", talking, 5);
                })
                .close();
    }

    private static long refused(WireSwarm swarm) {
        return swarm.count(event ->
                event instanceof Event.Refused refused && refused.code().equals("store_unavailable"));
    }

    @Test
    void nodeThatIsFrozenAcksAndDeliversNothingStale() {
        survives("frozen", (talking, round) -> {
                    victim(round).signal("STOP");
                    CompletableFuture<Void> thawed = CompletableFuture.runAsync(() -> {
                        Faults.run(FROZEN);
                        victim(round).signal("CONT");
                    });
                    print("node frozen for 15 s", talking.untilCaughtUp(thawed), 10);
                    thawed.join();
                })
                .close();
    }

    @Test
    void clientsThatAllComeBackAtOnceLoseNothing() {
        survives("storm", (talking, round) -> {
                    talking.cutAll();
                    printTime("all clients dropped", talking, 15);
                })
                .close();
    }
}
