package dev.parley.server.backplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.OperatingSystemMXBean;
import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.server.session.Encoded;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.embedded.RedisServer;

/**
 * Every node hears every message of its channels, of a thousand rooms in turn, and what that costs: the figures of
 * {@code src/docs/scaling.md} are in the output of {@code -Dparley.measure.messages=300000 -DargLine=}.
 */
@Timeout(300)
class RedisBackplaneCostTest {
    private static final int MESSAGES = Integer.getInteger("parley.measure.messages", 5_000);
    private static final int ROOMS = 1_000;
    private static final int UNHEARD_MAX = 5_000;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    /** As long as a chat of 100 bytes is as readers get it. */
    private static final Encoded MESSAGE = Encoded.of("{\"content\":\"" + "x".repeat(215) + "\"}");

    private final List<Channel> rooms = IntStream.range(0, ROOMS)
            .<Channel>mapToObj(number -> new Channel.Room("room-" + number))
            .toList();

    /** What Redis and this process have used until now. */
    private record Usage(double redisSeconds, double bytesIn, double bytesOut, double processSeconds, long nanoTime) {
        static Usage now(StatefulRedisConnection<String, String> redis) {
            String info = redis.sync().info("everything");
            return new Usage(
                    field(info, "used_cpu_user") + field(info, "used_cpu_sys"),
                    field(info, "total_net_input_bytes"),
                    field(info, "total_net_output_bytes"),
                    ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9,
                    System.nanoTime());
        }

        private static double field(String info, String name) {
            Matcher found = Pattern.compile(name + ":([0-9.]+)").matcher(info);
            assertThat(found.find()).as(name).isTrue();
            return Double.parseDouble(found.group(1));
        }

        String each(Usage before, int messages) {
            double seconds = (nanoTime - before.nanoTime) / 1e9;
            return String.format(
                    Locale.ROOT,
                    "%,.0f messages/s; of each: %.1f us of Redis, %.1f us of all nodes, %.0f bytes in, %.0f bytes out",
                    messages / seconds,
                    (redisSeconds - before.redisSeconds) * 1e6 / messages,
                    (processSeconds - before.processSeconds) * 1e6 / messages,
                    (bytesIn - before.bytesIn) / messages,
                    (bytesOut - before.bytesOut) / messages);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 8})
    void everyNodeHearsEveryMessage(int readers) throws Exception {
        RedisServer redis = server();
        redis.start();
        String uri = "redis://127.0.0.1:" + redis.ports().get(0);
        RedisClient watch = RedisClient.create(uri);
        List<Backplane> nodes = new ArrayList<>();
        List<AtomicLong> heard = Stream.generate(AtomicLong::new).limit(readers).toList();
        try (StatefulRedisConnection<String, String> connection = watch.connect()) {
            Backplane writer = node(uri, "writer", new AtomicLong());
            nodes.add(writer);
            for (int i = 0; i < readers; i++) {
                Backplane reader = node(uri, "reader-" + i, heard.get(i));
                nodes.add(reader);
                reader.subscribe(rooms).toCompletableFuture().get(30, TimeUnit.SECONDS);
            }
            publish(writer, heard, 0, MESSAGES / 2);
            Usage before = Usage.now(connection);
            publish(writer, heard, MESSAGES / 2, MESSAGES);
            System.out.println(readers + " nodes hear " + Usage.now(connection).each(before, MESSAGES - MESSAGES / 2));
            assertThat(heard).allSatisfy(count -> assertThat(count).hasValue(MESSAGES));
        } finally {
            nodes.forEach(Backplane::close);
            watch.shutdown();
            redis.stop();
        }
    }

    /** Publishes messages no faster than they are heard: what does not fit into the queue would be dropped. */
    private void publish(Backplane writer, List<AtomicLong> heard, int from, int to) {
        for (int number = from; number < to; number++) {
            while (number - least(heard) > UNHEARD_MAX) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
            writer.publish(new NodeEvent.Stored(
                    rooms.get(number % ROOMS),
                    new Position("e", 1 + number / ROOMS),
                    0,
                    MESSAGE,
                    Optional.of("1700000000000")));
        }
        await().atMost(PATIENCE).until(() -> least(heard) == to);
    }

    private static long least(List<AtomicLong> heard) {
        return heard.stream().mapToLong(AtomicLong::get).min().orElseThrow();
    }

    private static RedisServer server() throws IOException {
        return RedisServer.newRedisServer()
                .bind("127.0.0.1")
                .port(freePort())
                .setting("save \"\"")
                .setting("appendonly no")
                .onShutdownForceStop(true)
                .build();
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    private static Backplane node(String uri, String id, AtomicLong heard) {
        Backplane node = new RedisBackplane(
                new RedisBackplane.Address(uri, "cost"),
                id,
                new Backplane.Listener() {
                    @Override
                    public void received(String from, NodeEvent event) {
                        heard.incrementAndGet();
                    }

                    @Override
                    public void regained() {
                        // It hears nothing yet.
                    }
                },
                task -> new Thread(task, id),
                System::nanoTime,
                PATIENCE);
        await().atMost(PATIENCE).until(() -> node.problem().isEmpty());
        return node;
    }
}
