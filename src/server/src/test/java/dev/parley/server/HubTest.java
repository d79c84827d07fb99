package dev.parley.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.server.config.SettingSource;
import dev.parley.server.config.Settings;
import dev.parley.server.session.NodeHealth.Check;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;

/** Tests complete nodes without a container. */
class HubTest {
    private final String url = "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
    private final List<Thread> made = new CopyOnWriteArrayList<>();

    private Hub started() {
        JdbcDataSource database = new JdbcDataSource();
        database.setURL(url);
        Settings settings = Settings.read(new SettingSource(Map.of("parley.guests", "true"), Map.of(), Map.of()));
        Hub hub = new Hub(settings, database, InstantSource.system(), task -> {
            Thread thread = new Thread(task);
            made.add(thread);
            return thread;
        });
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
                    .containsExactly("fan-out", "metrics", "scheduler", "writer", "acknowledgements");
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
    void closedNodeLeavesNoThreads() {
        started().close();
        await().atMost(Duration.ofSeconds(20)).until(() -> made.stream().noneMatch(Thread::isAlive));
    }
}
