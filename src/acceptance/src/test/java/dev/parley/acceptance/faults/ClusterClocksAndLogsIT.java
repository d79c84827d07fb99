package dev.parley.acceptance.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.checker.Event;
import dev.parley.acceptance.faults.FailingCluster.Node;
import dev.parley.acceptance.mutants.JumpingClock;
import dev.parley.acceptance.support.Faults;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several nodes, the first of which has a clock that is an hour fast, on a database that may lose its last commits. */
@Tag(Faults.TAG)
class ClusterClocksAndLogsIT {
    private static final int CLIENTS_A_NODE = 20;
    private static final int ROOMS = 4;
    private static final int MESSAGES_A_SECOND = 60;
    private static final int ACKS = 300;
    private static final int SERVICE_RESTART = 1012;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private static Path folder;

    private static FailingCluster cluster;

    @BeforeAll
    static void start() throws IOException {
        Path clock = Files.writeString(folder.resolve("wrong-by"), "PT1H");
        Path jumping = ParleyDeployment.plus(JumpingClock.class);
        cluster = FailingCluster.started(
                "clocks",
                (number, configuration) -> number > 0
                        ? configuration
                        : configuration.war(jumping).plusSettings(Map.of(JumpingClock.FILE, clock.toString())));
    }

    @AfterAll
    static void end() {
        cluster.close();
    }

    private static void enterAllNodes(WireSwarm swarm) {
        for (int node = 0; node < cluster.nodes().size(); node++) {
            swarm.enter(CLIENTS_A_NODE, cluster.from(node), false);
        }
    }

    @Test
    void clocksThatAreAnHourApartDisturbNothingAndAreNamed() {
        try (WireSwarm swarm = new WireSwarm("clocks", ROOMS)) {
            swarm.beAmongOthers();
            enterAllNodes(swarm);
            Future<?> talk = swarm.talk(MESSAGES_A_SECOND);
            swarm.awaitAcks(ACKS);
            swarm.printUntilCaughtUp("clocks an hour apart", 3);
            talk.cancel(false);
            swarm.assertKept(cluster.node(1).chat());
        }
        assertThat(cluster.node(0).log())
                .containsPattern("The clock of this node is 3(599|600) s ahead of the database's");
        assertThat(cluster.node(1).log()).doesNotContain("ahead of the database's");
    }

    /** Read-only at first, until it is promoted. */
    @Test
    void standbyThatLacksTheLastCommitsIsNeverSilentAboutIt() {
        try (WireSwarm swarm = new WireSwarm("standby", ROOMS)) {
            swarm.beAmongOthers();
            enterAllNodes(swarm);
            Future<?> talk = swarm.talk(MESSAGES_A_SECOND);
            swarm.awaitAcks(ACKS);
            int kept = swarm.history().size();
            Path copy = cluster.postgres().coldCopy();
            swarm.awaitAcks(ACKS);

            cluster.postgres().failOverTo(copy);
            Awaitility.await().atMost(PATIENCE).until(() -> cluster.nodes().stream()
                    .allMatch(node -> node.isUnready("The database is read-only")));
            int lost = swarm.history().size();
            cluster.postgres().promote();
            swarm.printUntilCaughtUp("PostgreSQL standby promoted", 5);
            swarm.awaitAcks(ACKS);
            talk.cancel(false);

            swarm.assertLostOnlyWhatWasAcked(kept, lost, cluster.node(0).chat());
            assertThat(swarm.count(event ->
                            event instanceof Event.Disconnected lostLine && lostLine.code() == SERVICE_RESTART))
                    .as("clients that were closed with 1012")
                    .isPositive();
        }
    }

    @Test
    void databaseThatLosesItsLastCommitsIsNeverSilentAboutIt() {
        List<WireClient> readers =
                cluster.nodes().stream().map(node -> member(node, "reader")).toList();
        WireClient sender = member(cluster.node(1), "sender");
        sendUntilAcked(sender, "kept", 5);
        Path copy = cluster.postgres().coldCopy();
        sendUntilAcked(sender, "lost", 5);
        readers.forEach(reader -> awaitContent(reader, "lost 4"));
        JsonObject before = join(member(cluster.node(0), "witness")).getJsonObject("position");

        cluster.postgres().failOverTo(copy);
        cluster.postgres().promote();
        try (WireClient other = WireClient.connect(cluster.node(1).chat())) {
            login(other, "sender");
            sendUntilAcked(other, "after", 1);
        }

        readers.forEach(reader -> Awaitility.await().atMost(PATIENCE).untilAsserted(() -> assertThat(reader.closeCode())
                .isEqualTo(SERVICE_RESTART)));
        for (Node node : cluster.nodes()) {
            try (WireClient back = WireClient.connect(node.chat())) {
                login(back, "reader");
                back.send("{'type':'join','id':'again','room':'log','position':" + before + "}");
                JsonObject joined = back.answer("again");
                assertThat(joined.getBoolean("recovered")).isFalse();
                assertThat(joined.getJsonObject("position").getString("epoch")).isNotEqualTo(before.getString("epoch"));
                assertThat(joined.getJsonObject("position").getInt("seq"))
                        .as("5 messages were kept, 1 came after")
                        .isEqualTo(6);
            }
        }
        readers.forEach(WireClient::close);
        sender.close();
    }

    private static WireClient member(Node node, String user) {
        WireClient client = WireClient.connect(node.chat());
        login(client, user);
        join(client);
        return client;
    }

    private static void login(WireClient client, String user) {
        client.send("{'type':'login','token':'" + Tokens.of(user, Duration.ofDays(1)) + "'}");
        client.next("welcome");
    }

    private static JsonObject join(WireClient client) {
        client.send("{'type':'join','id':'join','room':'log'}");
        return client.answer("join");
    }

    private static void sendUntilAcked(WireClient sender, String content, int count) {
        for (int i = 0; i < count; i++) {
            String id = content + "-" + i;
            String chat = "{'type':'chat','id':'" + id + "','room':'log','content':'" + content + " " + i + "'}";
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(500))
                    .atMost(PATIENCE)
                    .until(() -> sender.send(chat).answer(id).getString("type").equals("ack"));
        }
    }

    private static void awaitContent(WireClient reader, String content) {
        while (!reader.next("chat").getString("content").equals(content)) {
            // What came before it.
        }
    }
}
