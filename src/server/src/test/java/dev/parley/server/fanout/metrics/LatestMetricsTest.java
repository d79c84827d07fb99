package dev.parley.server.fanout.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.session.Encoded;
import dev.parley.server.session.RecordingTransport;
import dev.parley.server.session.Session;
import dev.parley.server.session.TestSession;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LatestMetricsTest {
    private final LatestMetrics board = new LatestMetrics();
    private final Session ana = TestSession.on(RecordingTransport.completing()).openAs("Ana");
    private final Session ben = TestSession.on(RecordingTransport.completing()).openAs("Ben");

    private Encoded put(String metricId, int value) {
        Encoded metric = Encoded.of(metricId + "=" + value);
        assertThat(board.put(metricId, metric)).isTrue();
        return metric;
    }

    private List<Encoded> matching(String pattern) {
        return board.matching(pattern, LatestMetrics.METRICS_MAX);
    }

    @Test
    void latestValueReplacesEarlierOnes() {
        put("cpu", 1);
        Encoded latest = put("cpu", 2);
        put("cpu.2", 3);
        put("cp", 4);
        assertThat(matching("cpu")).containsExactly(latest);
        assertThat(matching("cp.none")).isEmpty();
    }

    @Test
    void prefixMatchesAllNamesThatStartWithIt() {
        put("a", 0);
        Encoded cpu = put("a.cpu", 1);
        Encoded heap = put("a.heap", 2);
        put("b.cpu", 3);
        assertThat(matching("a.*")).containsExactly(cpu, heap);
        assertThat(matching("*")).hasSize(4);
        board.watch(ana, "a.*");
        board.watch(ben, "*");
        assertThat(board.watchersOf("a.new")).containsExactlyInAnyOrder(ana, ben);
        assertThat(board.watchersOf("a.")).containsExactlyInAnyOrder(ana, ben);
        assertThat(board.watchersOf("a")).containsExactly(ben);
    }

    @Test
    void changesSinceAVersionAreKnownForAWhile() {
        put("a", 1);
        long version = board.version();
        assertThat(board.changedSince(version, "*")).contains(Set.of());
        put("b", 2);
        put("ab", 3);
        put("b", 4);
        assertThat(board.changedSince(version, "*")).contains(Set.of("b", "ab"));
        assertThat(board.changedSince(version, "a*")).contains(Set.of("ab"));
        assertThat(board.changedSince(version, "a")).contains(Set.of());
        for (int i = 0; i < LatestMetrics.RECENT_MAX - 3; i++) {
            put("c", i);
        }
        assertThat(board.changedSince(version, "b*")).contains(Set.of("b"));
        put("c", 0);
        assertThat(board.changedSince(version, "b*")).isEmpty();
    }

    @Test
    void valueIsEncodedOnceForAllSnapshots() {
        Encoded metric = put("cpu", 1);
        assertThat(matching("*").get(0)).isSameAs(metric);
        assertThat(matching("cpu").get(0)).isSameAs(metric);
    }

    @Test
    void watcherOfSeveralMatchingPatternsIsListedOnce() {
        board.watch(ana, "cpu");
        board.watch(ana, "c*");
        board.watch(ana, "*");
        assertThat(board.watchersOf("cpu")).containsExactly(ana);
    }

    @Test
    void unwatchEndsThatPatternOnly() {
        board.watch(ana, "cpu");
        board.watch(ana, "c*");
        board.unwatch(ana, "c*");
        assertThat(board.watchersOf("cpu")).containsExactly(ana);
        assertThat(board.watchersOf("c")).isEmpty();
        board.unwatch(ana, "cpu");
        assertThat(board.watchersOf("cpu")).isEmpty();
    }

    @Test
    void unwatchingAnUnknownPatternIsNoError() {
        board.unwatch(ana, "cpu");
        board.watch(ana, "cpu");
        board.unwatch(ana, "heap");
        assertThat(board.watchersOf("cpu")).containsExactly(ana);
    }

    @Test
    void endedWatcherIsRemoved() {
        board.watch(ana, "cpu");
        board.watch(ana, "c*");
        board.watch(ben, "c*");
        board.sessionEnded(ana);
        assertThat(board.watchersOf("cpu")).containsExactly(ben);
    }

    @Test
    void atTheLimitOnlyKnownMetricsTakeValues() {
        for (int i = 0; i < LatestMetrics.METRICS_MAX; i++) {
            put("m" + i, i);
        }
        assertThat(board.put("one too many", Encoded.of("1"))).isFalse();
        Encoded known = put("m0", 7);
        assertThat(matching("m0")).containsExactly(known);
    }

    @Test
    void removedPatternsMakeRoomForOthers() {
        for (int i = 0; i < LatestMetrics.WATCHES_MAX; i++) {
            assertThat(board.watch(ana, "m" + i)).isTrue();
        }
        assertThat(board.watch(ana, "m0")).as("it is there already").isTrue();
        assertThat(board.watch(ben, "m0")).isFalse();
        board.unwatch(ana, "m0");
        board.unwatch(ana, "m0");
        assertThat(board.watch(ben, "m0")).isTrue();
        assertThat(board.watch(ben, "m1")).isFalse();
        board.sessionEnded(ana);
        assertThat(board.watch(ben, "m1")).isTrue();
    }
}
