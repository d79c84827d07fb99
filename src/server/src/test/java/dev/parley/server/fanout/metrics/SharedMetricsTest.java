package dev.parley.server.fanout.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.session.Encoded;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SharedMetricsTest {
    private final List<String> sent = new ArrayList<>();
    private final SharedMetrics metrics = new SharedMetrics(new SharedMetrics.Reports() {
        @Override
        public void values(long number, Map<String, Encoded> values) {
            sent.add(number + " " + values);
        }

        @Override
        public void ask() {
            sent.add("ask");
        }
    });

    private static Encoded value(int value) {
        return Encoded.of(Integer.toString(value));
    }

    private List<String> received(String node, long number) {
        return metrics.received(node, number, Map.of("cpu", value(1)));
    }

    @Test
    void onlyTheLatestValueOfABatchIsSent() {
        assertThat(metrics.published("cpu", value(1))).isTrue();
        assertThat(metrics.published("cpu", value(2))).isFalse();
        metrics.send();
        metrics.send();
        assertThat(sent).containsExactly("1 {cpu=2}");
    }

    @Test
    void lateBatchOfANodeReplacesNothingNewer() {
        assertThat(received("a", 5)).containsExactly("cpu");
        assertThat(received("a", 5)).isEmpty();
        assertThat(received("a", 4)).isEmpty();
        assertThat(received("b", 1)).containsExactly("cpu");
        assertThat(received("a", 6)).containsExactly("cpu");
    }

    @Test
    void newNodeGetsWhatIsPublishedHereOnly() {
        metrics.published("cpu", value(1));
        metrics.send();
        metrics.received("a", 1, Map.of("mem", value(3)));
        sent.clear();
        metrics.asked();
        assertThat(sent).containsExactly("2 {cpu=1}");

        metrics.received("a", 2, Map.of("cpu", value(4)));
        sent.clear();
        metrics.asked();
        assertThat(sent).as("another node publishes it now").isEmpty();
    }

    @Test
    void lastValueIsSentAgainForAWhile() {
        metrics.published("cpu", value(1));
        metrics.send();
        for (int i = 0; i < 200; i++) {
            metrics.tick();
        }
        assertThat(sent).containsExactly("1 {cpu=1}", "2 {cpu=1}", "3 {cpu=1}");
    }
}
