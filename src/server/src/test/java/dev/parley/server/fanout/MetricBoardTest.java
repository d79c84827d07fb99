package dev.parley.server.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.ServerMessage.Value;
import dev.parley.server.session.RecordingLine;
import dev.parley.server.session.Session;
import dev.parley.server.session.TestSession;
import org.junit.jupiter.api.Test;

class MetricBoardTest {
    private final MetricBoard board = new MetricBoard();
    private final Session ana = TestSession.on(RecordingLine.completing()).openAs("Ana");
    private final Session ben = TestSession.on(RecordingLine.completing()).openAs("Ben");

    private static Value value(String metricId, double value) {
        return new Value(metricId, value, "2026-01-31T12:00:00.000Z");
    }

    @Test
    void newWatcherGetsTheLatestValue() {
        board.put(value("cpu", 1));
        board.put(value("cpu", 2));
        board.put(value("cpu.2", 3));
        assertThat(board.watch(ana, "cpu")).containsExactly(value("cpu", 2));
    }

    @Test
    void prefixMatchesWhateverBeginsSo() {
        board.put(value("a.cpu", 1));
        board.put(value("a.heap", 2));
        board.put(value("b.cpu", 3));
        assertThat(board.watch(ana, "a.*")).containsExactly(value("a.cpu", 1), value("a.heap", 2));
        assertThat(board.watch(ben, "*")).hasSize(3);
        assertThat(board.watchersOf("a.new")).containsExactlyInAnyOrder(ana, ben);
        assertThat(board.watchersOf("b.new")).containsExactly(ben);
    }

    @Test
    void watcherOfSeveralMatchingPatternsIsToldOnce() {
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
    void unwatchingWhatWasNeverWatchedIsNoError() {
        board.unwatch(ana, "cpu");
        board.watch(ana, "cpu");
        board.unwatch(ana, "heap");
        assertThat(board.watchersOf("cpu")).containsExactly(ana);
    }

    @Test
    void watcherThatIsGoneIsForgotten() {
        board.watch(ana, "cpu");
        board.watch(ana, "c*");
        board.watch(ben, "c*");
        board.gone(ana);
        assertThat(board.watchersOf("cpu")).containsExactly(ben);
    }

    @Test
    void fullBoardTakesNewValuesOfKnownMetricsOnly() {
        for (int i = 0; i < MetricBoard.METRICS_MAX; i++) {
            assertThat(board.put(value("m" + i, i))).isTrue();
        }
        assertThat(board.put(value("one too many", 1))).isFalse();
        assertThat(board.put(value("m0", 7))).isTrue();
        assertThat(board.watch(ana, "m0")).containsExactly(value("m0", 7));
    }
}
