package dev.parley.server.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.fanout.metrics.LatestMetrics;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.RecordingTransport;
import dev.parley.server.session.Session;
import dev.parley.server.session.TestSession;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Tests the metrics' fan-out, with its loop's tasks run on the test's thread. */
class MetricFanOutTest {
    private static final String TIME = "2026-01-31T12:00:00.000Z";

    private final EventLoop loop = new EventLoop("metrics", Thread::new);
    private final LatestMetrics board = new LatestMetrics();
    /** Snapshots that are to be joined elsewhere. */
    private final Deque<Runnable> joins = new ArrayDeque<>();

    private final MetricFanOut metrics = new MetricFanOut(loop, MessageCodec::encode, joins::add, board);
    private final RecordingTransport transport = RecordingTransport.completing();
    private final Session ana = TestSession.on(transport)
            .maxBytes(4 * 1024 * 1024)
            .whenEnded(metrics::sessionEnded)
            .openAs("Ana");

    private static ServerMessage.Value value(String metricId, double value) {
        return new ServerMessage.Value(metricId, value, TIME);
    }

    private static String metric(String metricId, double value) {
        return "{\"type\":\"metric\",\"at\":\"" + TIME + "\",\"metricId\":\"" + metricId + "\",\"value\":" + value
                + "}";
    }

    private List<String> anaHears() {
        loop.runWaiting();
        return transport.takeFrames();
    }

    private void subscribe(String pattern) {
        metrics.subscribe(ana, Optional.empty(), pattern);
        anaHears();
    }

    private void fillWithMetrics() {
        for (int i = 0; i < LatestMetrics.METRICS_MAX; i++) {
            metrics.metric(value("m" + i, i));
            loop.runWaiting();
        }
    }

    @Test
    void subscriberGetsTheLastValueThenEachNewOne() {
        metrics.metric(value("cpu", 1));
        metrics.subscribe(ana, Optional.of("s"), "cpu");
        assertThat(anaHears())
                .containsExactly("{\"type\":\"subscribed\",\"id\":\"s\",\"metricId\":\"cpu\",\"metrics\":[{\"at\":\""
                        + TIME + "\",\"metricId\":\"cpu\",\"value\":1.0}]}");
        metrics.metric(value("cpu", 2));
        loop.runWaiting();
        metrics.metric(value("heap", 3));
        assertThat(anaHears()).containsExactly(metric("cpu", 2));
    }

    @Test
    void waitingValueIsReplacedByTheLatest() {
        subscribe("c*");
        metrics.metric(value("cpu", 1));
        metrics.metric(value("cache", 2));
        metrics.metric(value("cpu", 3));
        assertThat(anaHears()).containsExactly(metric("cpu", 3), metric("cache", 2));
    }

    @Test
    void valueDoesNotOvertakeASnapshotWithANewerOne() {
        subscribe("cpu");
        metrics.metric(value("cpu", 1));
        metrics.subscribe(ana, Optional.empty(), "c*");
        metrics.metric(value("cpu", 2));
        List<String> heard = anaHears();
        assertThat(heard).hasSize(3);
        assertThat(heard.get(0)).isEqualTo(metric("cpu", 1));
        assertThat(heard.get(1)).contains("\"subscribed\"").contains("\"value\":1.0");
        assertThat(heard.get(2)).isEqualTo(metric("cpu", 2));
    }

    @Test
    void largeSnapshotIsJoinedElsewhere() {
        fillWithMetrics();
        CompletionStage<Boolean> large = metrics.subscribe(ana, Optional.of("s"), "*");
        assertThat(anaHears()).isEmpty();
        assertThat(joins).hasSize(1);
        metrics.metric(value("m7", 77));
        assertThat(anaHears()).as("not before the snapshot").isEmpty();

        joins.remove().run();
        metrics.metric(value("m8", 88));
        metrics.metric(value("m8", 89));
        List<String> heard = anaHears();
        assertThat(heard).hasSize(3);
        assertThat(heard.get(0)).startsWith("{\"type\":\"subscribed\",\"id\":\"s\",\"metricId\":\"*\",\"metrics\":[{");
        assertThat(heard.get(0).split("\"value\":")).hasSize(1 + LatestMetrics.METRICS_MAX);
        assertThat(heard.subList(1, 3)).containsExactlyInAnyOrder(metric("m7", 77), metric("m8", 89));
        assertThat(large.toCompletableFuture()).isCompletedWithValue(true);
        metrics.metric(value("m9", 99));
        assertThat(anaHears()).containsExactly(metric("m9", 99));
    }

    @Test
    void largeSnapshotIsNotOlderThanWhatTheSessionHas() {
        fillWithMetrics();
        subscribe("m7");
        metrics.subscribe(ana, Optional.empty(), "m*");
        anaHears();
        metrics.metric(value("m7", 77));
        joins.remove().run();
        List<String> heard = anaHears();
        assertThat(heard.get(0)).isEqualTo(metric("m7", 77));
        assertThat(heard.get(1)).contains("\"metricId\":\"m7\",\"value\":77.0}");
        assertThat(heard).hasSize(2);
    }

    @Test
    void sessionThatEndsBeforeItsSnapshotIsJoinedWatchesNothing() {
        fillWithMetrics();
        CompletionStage<Boolean> late = metrics.subscribe(ana, Optional.empty(), "*");
        loop.runWaiting();
        ana.end(1006, "");
        joins.remove().run();
        loop.runWaiting();
        assertThat(late.toCompletableFuture()).isCompletedWithValue(true);
        assertThat(board.watchersOf("m1")).isEmpty();
    }

    @Test
    void unsubscriberReceivesNothingMore() {
        metrics.metric(value("cpu", 1));
        metrics.subscribe(ana, Optional.empty(), "cpu");
        metrics.unsubscribe(ana, Optional.of("u"), "cpu");
        metrics.metric(value("cpu", 2));
        assertThat(anaHears())
                .hasSize(2)
                .last()
                .isEqualTo("{\"type\":\"unsubscribed\",\"id\":\"u\",\"metricId\":\"cpu\"}");
    }

    @Test
    void subscriberOfAMetricWithoutAValueIsToldSo() {
        metrics.subscribe(ana, Optional.of("s"), "cpu*");
        metrics.metric(value("cpu", 1));
        assertThat(anaHears())
                .hasSize(2)
                .first()
                .isEqualTo("{\"type\":\"subscribed\",\"id\":\"s\",\"message\":\"No value of 'cpu*' has come to this"
                        + " server yet; you receive the values that come from now on.\",\"metricId\":\"cpu*\","
                        + "\"metrics\":[]}");
    }

    @Test
    void unsubscribingAnUnknownPatternIsAnswered() {
        metrics.unsubscribe(ana, Optional.of("u"), "cpu");
        assertThat(anaHears()).containsExactly("{\"type\":\"unsubscribed\",\"id\":\"u\",\"metricId\":\"cpu\"}");
    }

    @Test
    void metricWithAnIdIsAcknowledged() {
        metrics.metric(ana, Optional.empty(), value("cpu", 1));
        metrics.metric(ana, Optional.of("m"), value("cpu", 2));
        assertThat(anaHears()).containsExactly("{\"type\":\"ack\",\"id\":\"m\"}");
    }

    @Test
    void metricThatCannotBeKeptIsAnError() {
        fillWithMetrics();
        metrics.metric(ana, Optional.of("m"), value("one too many", 2));
        assertThat(anaHears())
                .singleElement()
                .asString()
                .contains("\"code\":\"bad_message\"")
                .contains("\"id\":\"m\"")
                .contains("'one too many'");
    }

    @Test
    void metricThatIsSkippedUnderOverloadIsAnsweredToo() {
        for (int i = 0; i < 30_000; i++) {
            metrics.metric(value("cpu", i));
        }
        metrics.metric(ana, Optional.empty(), value("heap", 1));
        metrics.metric(ana, Optional.of("m"), value("heap", 2));
        assertThat(transport.takeFrames())
                .singleElement()
                .asString()
                .contains("\"code\":\"rate_limited\"")
                .contains("\"id\":\"m\"")
                .contains("\"retryAfter\":");
        loop.runWaiting();
        metrics.metric(ana, Optional.of("m"), value("heap", 2));
        assertThat(anaHears()).containsExactly("{\"type\":\"ack\",\"id\":\"m\"}");
    }

    @Test
    void subscriptionsOfANodeAreBounded() {
        Session crowd = TestSession.on(RecordingTransport.completing())
                .whenEnded(metrics::sessionEnded)
                .openAs("crowd");
        IntStream.range(0, LatestMetrics.WATCHES_MAX).forEach(i -> board.watch(crowd, "m" + i));
        CompletionStage<Boolean> oneTooMany = metrics.subscribe(ana, Optional.of("s"), "cpu");
        assertThat(anaHears())
                .singleElement()
                .asString()
                .contains("\"code\":\"too_many_subscriptions\"")
                .contains("\"id\":\"s\"")
                .contains("'cpu'");
        assertThat(oneTooMany.toCompletableFuture()).isCompletedWithValue(false);
        metrics.metric(value("cpu", 1));
        assertThat(anaHears()).isEmpty();

        crowd.end(1006, "");
        CompletionStage<Boolean> later = metrics.subscribe(ana, Optional.empty(), "cpu");
        assertThat(anaHears()).hasSize(1);
        assertThat(later.toCompletableFuture()).isCompletedWithValue(true);
    }

    @Test
    void chatDoesNotWaitForMetrics() {
        EventLoop chatLoop = new EventLoop("fan-out", Thread::new);
        ScriptedBacklog backlog = new ScriptedBacklog();
        FanOut chat = new FanOut(chatLoop, backlog, MessageCodec::encode, 0);
        chat.join(
                ana,
                Optional.empty(),
                Channel.Room.LOBBY,
                new ReadFrom(Channel.Room.LOBBY, new Position("e", 0), true, 0, 0, 0, System.nanoTime()),
                true);
        chatLoop.runWaiting();
        transport.takeFrames();
        fillWithMetrics();

        IntStream.range(0, 1_000).forEach(i -> metrics.subscribe(ana, Optional.empty(), "*"));
        backlog.store(Channel.Room.LOBBY, 1);
        chat.deliver(Channel.Room.LOBBY, new Position("e", 1), Encoded.of("1"), 0);
        chatLoop.runWaiting();
        assertThat(transport.takeFrames()).containsExactly("1");
    }
}
