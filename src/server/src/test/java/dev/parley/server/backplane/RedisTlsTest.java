package dev.parley.server.backplane;

import static dev.parley.server.backplane.BackplaneContract.LOBBY;
import static dev.parley.server.backplane.BackplaneContract.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.embedded.RedisServer;

/** A Redis with a password behind TLS. */
@Timeout(120)
class RedisTlsTest {
    private static final String PASSWORD = "s3cret";
    private static final String ANY_CERTIFICATE = "?verifyPeer=NONE";

    @TempDir
    private static Path folder;

    private static RedisServer redis;
    private static TlsRelay relay;

    @BeforeAll
    static void start() throws Exception {
        redis = RedisServer.newRedisServer()
                .bind("127.0.0.1")
                .port(freePort())
                .setting("save \"\"")
                .setting("appendonly no")
                .setting("requirepass " + PASSWORD)
                .onShutdownForceStop(true)
                .build();
        redis.start();
        relay = new TlsRelay(folder, redis.ports().get(0));
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    @AfterAll
    static void stop() throws IOException {
        relay.close();
        redis.stop();
    }

    private static RedisBackplane node(String id, String password, String options, Consumer<NodeEvent> hears) {
        return new RedisBackplane(
                new RedisBackplane.Address("rediss://:" + password + "@127.0.0.1:" + relay.port() + options, "tls"),
                id,
                new Backplane.Listener() {
                    @Override
                    public void received(String node, NodeEvent event) {
                        hears.accept(event);
                    }

                    @Override
                    public void regained() {
                        // It hears nothing yet.
                    }
                },
                task -> new Thread(task, id),
                System::nanoTime,
                PATIENCE);
    }

    @Test
    void nodesHearEachOtherOverTlsWithAPassword() throws Exception {
        List<NodeEvent> heard = new CopyOnWriteArrayList<>();
        try (RedisBackplane one = node("one", PASSWORD, ANY_CERTIFICATE, event -> {});
                RedisBackplane two = node("two", PASSWORD, ANY_CERTIFICATE, heard::add)) {
            await().atMost(PATIENCE)
                    .until(() -> one.problem().isEmpty() && two.problem().isEmpty());
            BackplaneContract.subscribe(two, LOBBY);
            one.publish(new NodeEvent.Grown(LOBBY, 7));
            await().atMost(PATIENCE).until(() -> !heard.isEmpty());
            assertThat(heard).containsExactly(new NodeEvent.Grown(LOBBY, 7));
        }
    }

    @Test
    void certificateThatNobodyTrustsIsNamed() {
        assertHasProblem(PASSWORD, "", "unable to find valid certification path");
    }

    @Test
    void wrongPasswordIsNamed() {
        assertHasProblem("wr0ng", ANY_CERTIFICATE, "WRONGPASS invalid username-password pair");
    }

    private static void assertHasProblem(String password, String options, String text) {
        try (RedisBackplane node = node("one", password, options, event -> {})) {
            await().atMost(PATIENCE).untilAsserted(() -> {
                node.maintain(Set.of());
                assertThat(node.problem().orElseThrow())
                        .contains("127.0.0.1:" + relay.port(), text)
                        .containsPattern("[^.]\\. Messages of other nodes")
                        .doesNotContain(password);
            });
        }
    }
}
