package dev.parley.server.backplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.parley.protocol.Position;
import dev.parley.server.session.Encoded;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import redis.embedded.RedisServer;

class RedisBackplaneTest extends BackplaneContract {
    private static final Duration DEADLINE = Duration.ofMillis(500);

    private static int port;
    private static RedisServer redis;

    @BeforeAll
    static void start() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        redis = server();
        redis.start();
    }

    private static RedisServer server() throws IOException {
        return RedisServer.newRedisServer()
                .bind("127.0.0.1")
                .port(port)
                .setting("save \"\"")
                .setting("appendonly no")
                .onShutdownForceStop(true)
                .build();
    }

    @AfterAll
    static void stop() throws IOException {
        redis.stop();
    }

    private static RedisBackplane.Address address() {
        return new RedisBackplane.Address("redis://127.0.0.1:" + port, "test");
    }

    @Override
    Backplane backplane(String node, Backplane.Listener listener) {
        return backplane(node, listener, PATIENCE);
    }

    private static RedisBackplane backplane(String node, Backplane.Listener listener, Duration deadline) {
        RedisBackplane backplane = new RedisBackplane(
                address(), node, listener, task -> new Thread(task, "backplane"), System::nanoTime, deadline);
        await().until(() -> backplane.problem().isEmpty());
        return backplane;
    }

    @Test
    void clustersWithOtherPrefixesHearNothing() throws Exception {
        RedisBackplane other = new RedisBackplane(
                new RedisBackplane.Address(address().uri(), "other"),
                "three",
                listener(heardByTwo::add),
                task -> new Thread(task, "backplane"),
                System::nanoTime,
                PATIENCE);
        try {
            await().until(() -> other.problem().isEmpty());
            subscribe(other, LOBBY);
            subscribe(one, LOBBY);
            one.publish(new NodeEvent.Grown(LOBBY, 1));
            two.publish(new NodeEvent.Grown(LOBBY, 2));
            await().until(() -> heardByOne.size() == 1);
            assertThat(heardByTwo).isEmpty();
        } finally {
            other.close();
        }
    }

    @Test
    void longMessagesTravelByReference() throws Exception {
        subscribe(two, LOBBY);
        one.publish(new NodeEvent.Stored(
                LOBBY,
                new Position("e", 5),
                0,
                Encoded.of("\"" + "x".repeat(RedisBackplane.MESSAGE_BYTES_MAX) + "\"")));
        await().until(() -> !heardByTwo.isEmpty());
        assertThat(heardByTwo).containsExactly(new NodeEvent.Grown(LOBBY, 5));
    }

    @Test
    void readersDoNotWaitForARedisThatIsNotThere() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                RedisBackplane alone = new RedisBackplane(
                        new RedisBackplane.Address("redis://127.0.0.1:" + silent.getLocalPort(), "test"),
                        "three",
                        listener(heardByTwo::add),
                        task -> new Thread(task, "backplane"),
                        System::nanoTime,
                        Duration.ofMillis(1))) {
            subscribe(alone, LOBBY);
            alone.publish(new NodeEvent.Grown(LOBBY, 1));
            assertThat(alone.problem().orElseThrow()).contains("Redis does not answer");
        }
    }

    @Test
    void passwordIsInNoText() {
        try (RedisBackplane alone = new RedisBackplane(
                new RedisBackplane.Address("redis://:s3cret@127.0.0.1:1", "test"),
                "three",
                listener(event -> {}),
                task -> new Thread(task, "backplane"),
                System::nanoTime,
                DEADLINE)) {
            await().untilAsserted(() -> assertThat(alone.problem().orElseThrow())
                    .contains("127.0.0.1:1")
                    .doesNotContain("s3cret", "being connected"));
        }
        assertThat(new RedisBackplane.Address("redis://:s3cret@127.0.0.1:1", "test").toString())
                .doesNotContain("s3cret");
        assertThatThrownBy(() -> new RedisBackplane.Address("redis://:s3cr%et^@127.0.0.1:1", "test"))
                .hasMessageContaining("parley.redis.uri")
                .hasMessageNotContaining("cr%et")
                .hasNoCause();
    }

    @Test
    void nodesHearEachOtherAgainAfterRedisWasAway() throws Exception {
        close();
        one = backplane("one", listener(heardByOne::add), DEADLINE);
        two = backplane("two", listener(heardByTwo::add), DEADLINE);
        subscribe(two, LOBBY);
        redis.stop();
        await().until(() -> one.problem().isPresent() && two.problem().isPresent());
        assertThat(one.problem().orElseThrow()).contains("Redis does not answer", "127.0.0.1:" + port);
        subscribe(two, INBOX);

        redis = server();
        redis.start();
        await().atMost(PATIENCE).until(() -> {
            Set.of(one, two).forEach(node -> node.maintain(Set.of(LOBBY, INBOX)));
            one.publish(new NodeEvent.Grown(LOBBY, 1));
            one.publish(new NodeEvent.Grown(INBOX, 1));
            return heardByTwo.contains(new NodeEvent.Grown(LOBBY, 1))
                    && heardByTwo.contains(new NodeEvent.Grown(INBOX, 1));
        });
        assertThat(one.problem()).isEmpty();
        assertThat(two.problem()).isEmpty();
    }
}
