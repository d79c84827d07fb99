package dev.parley.server.backplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.ManualClock;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import redis.embedded.RedisServer;

class RedisBackplaneTest extends BackplaneContract {
    private static final Duration DEADLINE = Duration.ofMillis(500);
    private static final Pattern SUBSCRIBES = Pattern.compile("cmdstat_subscribe:calls=(\\d+)");
    private static final Pattern PROCESS = Pattern.compile("process_id:(\\d+)");

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
                Encoded.of("\"" + "x".repeat(RedisBackplane.MESSAGE_BYTES_MAX) + "\""),
                Optional.empty()));
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
    void sentinelsAreAnAddressWhosePasswordIsInNoText() {
        RedisBackplane.Address address =
                new RedisBackplane.Address("redis-sentinel://ana:s3cret@one.test,two.test:26380#primary", "test");
        assertThat(address.parsed().getSentinelMasterId()).isEqualTo("primary");
        assertThat(address.parsed().getSentinels())
                .extracting(RedisURI::getHost, RedisURI::getPort)
                .containsExactly(tuple("one.test", 26379), tuple("two.test", 26380));
        assertThat(address.toString())
                .contains("one.test", "two.test:26380", "primary")
                .doesNotContain("s3cret");
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

    /** What an administrator sees of Redis. */
    private record Watch(RedisClient client, StatefulRedisConnection<String, String> connection)
            implements AutoCloseable {
        static Watch open() {
            RedisClient client = RedisClient.create(address().uri());
            return new Watch(client, client.connect());
        }

        long subscribers(String topic) {
            return connection.sync().pubsubNumsub(topic).get(topic);
        }

        long subscribers(String prefix, Channel channel) {
            return subscribers(prefix + ":channel:" + channel.kind() + ":" + channel.name());
        }

        /** The commands until now, of all nodes. */
        long subscribes() {
            return info("commandstats", SUBSCRIBES);
        }

        long process() {
            return info("server", PROCESS);
        }

        private long info(String section, Pattern number) {
            Matcher found = number.matcher(connection.sync().info(section));
            assertThat(found.find()).isTrue();
            return Long.parseLong(found.group(1));
        }

        @Override
        public void close() {
            client.shutdown();
        }
    }

    @Test
    void channelIsSubscribedOnceAndGivenBackWithoutReaders() throws Exception {
        ManualClock clock = new ManualClock();
        try (Watch watch = Watch.open();
                RedisBackplane node = new RedisBackplane(
                        new RedisBackplane.Address(address().uri(), "once"),
                        "three",
                        listener(event -> {}),
                        task -> new Thread(task, "backplane"),
                        clock,
                        PATIENCE)) {
            await().until(() -> watch.subscribers("once:nodes") == 1 && watch.subscribers("test:nodes") == 2);
            long before = watch.subscribes();
            subscribe(node, LOBBY);
            subscribe(node, LOBBY);
            subscribe(node, INBOX);
            assertThat(watch.subscribes() - before).isEqualTo(2);
            assertThat(watch.subscribers("once", LOBBY)).isEqualTo(1);

            passSeconds(61, node, clock, Set.of(LOBBY));
            assertThat(watch.subscribers("once", LOBBY)).as("that is read").isEqualTo(1);
            assertThat(watch.subscribers("once", INBOX)).as("that nobody reads").isZero();

            passSeconds(59, node, clock, Set.of());
            assertThat(watch.subscribers("once", LOBBY))
                    .as("whose readers may come back")
                    .isEqualTo(1);
            passSeconds(2, node, clock, Set.of());
            assertThat(watch.subscribers("once", LOBBY)).isZero();
        }
    }

    /** Maintains a node once a second, while Redis answers. */
    private static void passSeconds(int seconds, RedisBackplane node, ManualClock clock, Set<Channel> read)
            throws Exception {
        for (int i = 0; i < seconds; i++) {
            clock.advance(Duration.ofSeconds(1));
            node.maintain(read);
            // Confirmed after what Redis was sent before, the ping of this second included.
            subscribe(node, new Channel.Room("at-" + clock.instant().getEpochSecond()));
        }
    }

    @Test
    void readersWaitForASilentRedisNoLongerThanTheDeadline() throws Exception {
        try (Watch watch = Watch.open();
                RedisBackplane node = backplane("three", listener(heardByTwo::add), DEADLINE)) {
            await().until(() -> watch.subscribers("test:nodes") == 3);
            long process = watch.process();
            // Until it is told to go on, however slow this machine is: what returns before did not wait for Redis.
            signal(process, "STOP");
            try {
                long begin = System.nanoTime();
                subscribe(node, LOBBY);
                assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(DEADLINE);
            } finally {
                signal(process, "CONT");
            }

            await().atMost(PATIENCE).until(() -> {
                node.maintain(Set.of(LOBBY));
                one.publish(new NodeEvent.Grown(LOBBY, 1));
                return heardByTwo.contains(new NodeEvent.Grown(LOBBY, 1));
            });
        }
    }

    private static void signal(long process, String signal) throws Exception {
        Process kill = new ProcessBuilder("sh", "-c", "kill -" + signal + " " + process).start();
        assertThat(kill.waitFor()).as("status of kill -%s", signal).isZero();
    }
}
