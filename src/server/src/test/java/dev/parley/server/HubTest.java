package dev.parley.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import dev.parley.server.auth.RecordingLog;
import dev.parley.server.backplane.RedisBackplane;
import dev.parley.server.config.SettingSource;
import dev.parley.server.config.Settings;
import dev.parley.server.session.NodeHealth.Check;
import dev.parley.server.store.jdbc.SwitchedDatabase;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Tests complete nodes without a container. */
class HubTest {
    private final String url = "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
    private final List<Thread> made = new CopyOnWriteArrayList<>();

    private final SwitchedDatabase database = new SwitchedDatabase(url);
    private final CountDownLatch mayRun = new CountDownLatch(1);

    private Thread thread(Runnable task) {
        Thread thread = new Thread(task);
        made.add(thread);
        return thread;
    }

    /** A thread as Open Liberty gives it: it runs nothing until the application has started. */
    private Thread heldThread(Runnable task) {
        return thread(() -> {
            try {
                mayRun.await();
                task.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private Hub hub(ThreadFactory threads) {
        return new Hub(settings(Map.of("parley.guests", "true")), database, InstantSource.system(), threads);
    }

    private static Settings settings(Map<String, String> properties) {
        return Settings.read(new SettingSource(properties, Map.of(), Map.of()));
    }

    private Hub started() {
        Hub hub = hub(this::thread);
        hub.start();
        return hub;
    }

    private static List<Check> ready(Hub hub) {
        return hub.parts()
                .health()
                .ready(hub.parts()
                        .health()
                        .isStoreReachable()
                        .toCompletableFuture()
                        .orTimeout(10, TimeUnit.SECONDS)
                        .join());
    }

    private static boolean seesAnotherNode(Hub hub) {
        return ready(hub).stream().anyMatch(check -> check.problem().isPresent());
    }

    @Test
    void startedNodeIsLiveAndReady() {
        try (Hub hub = started()) {
            assertThat(hub.parts().health().live())
                    .extracting(Check::name)
                    .containsExactly(
                            "fan-out", "metrics", "scheduler", "pings and closes", "writer", "acknowledgements");
            assertThat(hub.parts().health().live()).allMatch(Check::isUp);
            assertThat(ready(hub)).allMatch(Check::isUp);
            assertThat(seesAnotherNode(hub)).isFalse();
        }
    }

    @Test
    void secondNodeIsReadyAndReportsTheOther() {
        Hub first = started();
        try (Hub second = started()) {
            assertThat(ready(second)).allMatch(Check::isUp);
            await().until(() -> seesAnotherNode(second));
            assertThat(ready(second)).allMatch(Check::isUp);
            first.close();
            await().until(() -> !seesAnotherNode(second));
        }
    }

    @Test
    void namesInRedisBeginWithThePrefixAndTheCluster() {
        Settings settings =
                settings(Map.of("parley.redis.uri", "redis://redis.test:7000", "parley.redis.prefix", "chat"));
        assertThat(Hub.redis(settings).apply("id"))
                .isEqualTo(new RedisBackplane.Address("redis://redis.test:7000", "chat:id"));
    }

    @Test
    void nodeOnItsOwnIsDrainedAtARateOfItsOwn() {
        Settings settings = settings(Map.of("parley.drain.rate", "7"));
        assertThat(Hub.drainPace(settings, true).perSecond()).isEqualTo(7);
        assertThat(Hub.drainPace(settings, false).perSecond()).isEqualTo(1_000);
    }

    @Test
    void drainedNodeIsLiveButNotReady() {
        try (Hub hub = started()) {
            hub.shutdown().begin();
            assertThat(hub.parts().health().live()).allMatch(Check::isUp);
            assertThat(ready(hub))
                    .filteredOn(check -> !check.isUp())
                    .extracting(Check::name)
                    .containsExactly("accepting");
            hub.shutdown().resume();
            assertThat(ready(hub)).allMatch(Check::isUp);
        }
    }

    @Test
    void closedNodeLeavesNoThreads() {
        started().close();
        await().atMost(Duration.ofSeconds(20)).until(() -> made.stream().noneMatch(Thread::isAlive));
    }

    @Test
    void startWaitsForNoThreadOfTheServer() {
        try (Hub hub = hub(this::heldThread)) {
            hub.start();
            mayRun.countDown();
            assertThat(ready(hub)).allMatch(Check::isUp);
        }
    }

    @Test
    void startWarnsOfADatabaseThatLosesMessages() {
        try (RecordingLog log = RecordingLog.of(Hub.class)) {
            started().close();
            assertThat(log.lines())
                    .filteredOn(line -> line.startsWith("WARNING"))
                    .singleElement()
                    .asString()
                    .contains("in memory", "parley.datasource");
        }
    }

    @Test
    void failedStartEndsAtOnceBeforeAnyThreadRuns() {
        Hub hub = hub(this::heldThread);
        database.goDown();
        try (RecordingLog log = RecordingLog.ofPackage("dev.parley.server.store")) {
            assertThatThrownBy(hub::start).hasMessageContaining("Parley cannot start");
            assertTimeout(Duration.ofSeconds(5), hub::close);
            assertThat(log.lines()).noneMatch(line -> line.contains("not stored"));
        }
        mayRun.countDown();
        await().atMost(Duration.ofSeconds(20)).until(() -> made.stream().noneMatch(Thread::isAlive));
    }
}
