package dev.parley.acceptance.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.support.Faults;
import dev.parley.acceptance.support.HttpUser;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Promises 1 to 3 with two nodes on one PostgreSQL and one Redis, while a part of the cluster fails. */
@Tag(Faults.TAG)
class ClusterFaultsIT {
    private static final int CLIENTS_A_NODE = 30;
    private static final int ROOMS = 8;
    private static final int MESSAGES_A_SECOND = 60;
    private static final int ACKS_BETWEEN_FAULTS = 60;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Postgres postgres = Postgres.started();
    private final Redis redis = Redis.started();
    private final List<RunningServer> running = new ArrayList<>();

    @AfterEach
    void close() {
        running.forEach(RunningServer::kill);
        redis.close();
        postgres.close();
    }

    private ServerConfiguration node(String name) {
        return postgres.under(OwnServer.named(
                name,
                Map.of(
                        "parley.token.secret",
                        Tokens.SECRET,
                        "parley.rate.messages",
                        "0",
                        "parley.backplane",
                        "redis",
                        "parley.redis.uri",
                        redis.uri())));
    }

    private RunningServer start(ServerConfiguration configuration) {
        RunningServer server = configuration.start().awaitReady(OwnServer.READY);
        running.add(server);
        return server;
    }

    private static URI chat(RunningServer server) {
        return OwnServer.ws(server.baseUri(), "/chat");
    }

    /** Clients at two nodes, which talk to each other. */
    private WireSwarm swarm(String name, RunningServer one, RunningServer two) {
        WireSwarm swarm = new WireSwarm(name, ROOMS);
        swarm.enter(CLIENTS_A_NODE, chat(one), false);
        swarm.enter(CLIENTS_A_NODE, chat(two), false);
        return swarm;
    }

    @Test
    void clientsOfTwoNodesReadTheSame() throws Exception {
        RunningServer one = start(node("one"));
        RunningServer two = start(node("two"));
        assertThat(problem(one)).isEmpty();
        try (WireSwarm swarm = swarm("two-nodes", one, two)) {
            Future<?> talk = swarm.talk(MESSAGES_A_SECOND);
            swarm.awaitAcks(5 * ACKS_BETWEEN_FAULTS);
            talk.cancel(false);
            swarm.assertKept(chat(two));
        }
    }

    private static String problem(RunningServer server) throws IOException, InterruptedException {
        return HttpUser.of(server.baseUri(), "watch").get("health/ready").body().contains("Redis does not answer")
                ? "Redis"
                : "";
    }

    @Test
    void redisThatIsAwayDelaysMessagesAndLosesNone() throws Exception {
        RunningServer one = start(node("one"));
        RunningServer two = start(node("two"));
        try (WireSwarm swarm = swarm("redis", one, two)) {
            Future<?> talk = swarm.talk(MESSAGES_A_SECOND);
            for (int i = 0; i < Faults.times(1); i++) {
                swarm.awaitAcks(ACKS_BETWEEN_FAULTS);
                redis.stop();
                Awaitility.await().atMost(PATIENCE).until(() -> problem(one).equals("Redis"));
                assertReaches(one, two, "without Redis " + i);
                swarm.awaitAcks(ACKS_BETWEEN_FAULTS);
                redis.start();
                Awaitility.await().atMost(PATIENCE).until(() -> problem(one).isEmpty());
                swarm.awaitAcks(ACKS_BETWEEN_FAULTS);
            }
            talk.cancel(false);
            swarm.assertKept(chat(one));
        }
    }

    /** A message of a client of one node reaches a client of the other one. */
    private static void assertReaches(RunningServer from, RunningServer to, String content) {
        try (WireClient sender = WireClient.connect(chat(from));
                WireClient reader = WireClient.connect(chat(to))) {
            login(sender, "cluster-sender");
            login(reader, "cluster-reader");
            sender.send("{'type':'chat','id':'m" + System.nanoTime() + "','room':'lobby','content':'" + content + "'}");
            sender.next("ack");
            while (!reader.next("chat").getString("content").equals(content)) {
                // Messages of earlier calls.
            }
        }
    }

    private static void login(WireClient client, String user) {
        client.send("{'type':'login','token':'" + Tokens.of(user) + "'}");
        client.next("welcome");
    }

    @Test
    void nodeThatIsKilledLosesNothing() {
        ServerConfiguration first = node("one");
        RunningServer one = start(first);
        RunningServer two = start(node("two"));
        try (WireSwarm swarm = swarm("node", one, two)) {
            Future<?> talk = swarm.talk(MESSAGES_A_SECOND);
            for (int i = 0; i < Faults.times(1); i++) {
                swarm.awaitAcks(ACKS_BETWEEN_FAULTS);
                running.get(running.indexOf(one)).kill();
                running.remove(one);
                swarm.awaitAcks(ACKS_BETWEEN_FAULTS);
                one = start(first);
                swarm.awaitAcks(ACKS_BETWEEN_FAULTS);
            }
            talk.cancel(false);
            swarm.assertKept(chat(two));
            assertThat(swarm.recoveries()).isPositive();
        }
    }

    @Test
    void databaseThatIsKilledLosesNothing() {
        RunningServer one = start(node("one"));
        RunningServer two = start(node("two"));
        try (WireSwarm swarm = swarm("database", one, two)) {
            Future<?> talk = swarm.talk(MESSAGES_A_SECOND);
            for (int i = 0; i < Faults.times(1); i++) {
                swarm.awaitAcks(ACKS_BETWEEN_FAULTS);
                postgres.kill();
                postgres.start();
                swarm.awaitAcks(ACKS_BETWEEN_FAULTS);
            }
            talk.cancel(false);
            swarm.assertKept(chat(one));
        }
    }
}
