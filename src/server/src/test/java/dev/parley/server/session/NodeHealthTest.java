package dev.parley.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.session.NodeHealth.Check;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class NodeHealthTest {
    private final ManualClock clock = new ManualClock();
    private final ThreadLiveness fanOut = new ThreadLiveness("fan-out", clock);
    private final ThreadLiveness writer = new ThreadLiveness("writer", clock);
    private Optional<String> storeProblem = Optional.empty();
    private Optional<String> otherNodes = Optional.empty();
    private boolean isDraining;
    private final NodeHealth health = new NodeHealth(
            List.of(fanOut, writer),
            new StoreProbe(() -> CompletableFuture.completedFuture(1), clock),
            () -> isDraining,
            () -> storeProblem,
            () -> otherNodes);

    @Test
    void nodeIsLiveAndReady() {
        assertThat(health.live()).extracting(Check::name).containsExactly("fan-out", "writer");
        assertThat(health.live()).allMatch(Check::isUp);
        assertThat(health.isStoreReachable()).isCompletedWithValue(true);
        assertThat(health.ready(true)).allMatch(Check::isUp);
    }

    @Test
    void faultOfOneThreadMakesTheNodeNotLive() {
        writer.ended();
        assertThat(health.live())
                .filteredOn(check -> !check.isUp())
                .singleElement()
                .satisfies(check ->
                        assertThat(check.problem().orElseThrow()).startsWith("The thread of the writer has ended"));
    }

    @Test
    void nodeWithoutItsStoreIsLiveButNotReady() {
        assertThat(health.ready(false))
                .filteredOn(check -> !check.isUp())
                .extracting(Check::name)
                .containsExactly("store");
        assertThat(health.live()).allMatch(Check::isUp);
    }

    @Test
    void nodeThatShutsDownIsLiveButNotReady() {
        isDraining = true;
        assertThat(health.ready(true))
                .filteredOn(check -> !check.isUp())
                .extracting(Check::name)
                .containsExactly("accepting");
        assertThat(health.live()).allMatch(Check::isUp);
    }

    @Test
    void problemOfAnAnsweringStoreIsReported() {
        storeProblem = Optional.of("Read-only.");
        assertThat(health.ready(true)).contains(new Check("store", true, storeProblem));
    }

    @Test
    void anotherNodeIsReportedButThisOneIsReady() {
        otherNodes = Optional.of("Another node.");
        assertThat(health.ready(true)).allMatch(Check::isUp).contains(new Check("nodes", true, otherNodes));
    }
}
