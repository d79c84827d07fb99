package dev.parley.server.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.MessageCodec;
import dev.parley.server.session.ManualClock;
import dev.parley.server.session.RecordingTransport;
import dev.parley.server.session.Session;
import dev.parley.server.session.Sessions;
import dev.parley.server.session.TestSession;
import dev.parley.server.session.TrafficCounters;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The metrics that a node publishes of itself. */
class NodeMetricsTest {
    private static final Pattern METRIC_ID = Pattern.compile("\"metricId\":\"([^\"]*)\"");
    private static final long COMMITS = 7;

    private final EventLoop loop = new EventLoop("metrics", Thread::new);
    private final MetricFanOut metrics = new MetricFanOut(loop, MessageCodec::encode, Runnable::run);
    private final RecordingTransport transport = RecordingTransport.completing();
    private final Session ana =
            TestSession.on(transport).whenEnded(metrics::sessionEnded).openAs("Ana");

    private List<String> published(Optional<String> node) {
        metrics.subscribe(ana, Optional.empty(), "*");
        loop.runWaiting();
        transport.takeFrames();
        new NodeMetrics(
                        metrics,
                        new Sessions(new Sessions.Caps(1, 1, 1)),
                        new TrafficCounters(),
                        () -> COMMITS,
                        new ManualClock(),
                        node)
                .publish();
        loop.runWaiting();
        return transport.takeFrames();
    }

    private static List<String> ids(List<String> frames) {
        return frames.stream()
                .map(METRIC_ID::matcher)
                .filter(Matcher::find)
                .map(found -> found.group(1))
                .toList();
    }

    @Test
    void nodeAmongOthersHasItsNameInItsMetrics() {
        List<String> frames = published(Optional.of("east-1"));
        assertThat(ids(frames))
                .containsExactlyInAnyOrder(
                        "parley.east-1.sessions",
                        "parley.east-1.messages.in",
                        "parley.east-1.commits",
                        "parley.east-1.deliveries.out",
                        "parley.east-1.heap.used",
                        "parley.east-1.cpu");
        assertThat(frames)
                .anyMatch(frame -> frame.contains("\"parley.east-1.commits\"") && frame.contains("\"value\":7.0"));
    }

    @Test
    void onlyNodeHasNoNameInItsMetrics() {
        assertThat(ids(published(Optional.empty())))
                .contains("parley.sessions", "parley.cpu")
                .allMatch(id -> id.startsWith("parley."))
                .hasSize(6);
    }
}
