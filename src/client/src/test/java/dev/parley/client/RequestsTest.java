package dev.parley.client;

import static dev.parley.client.TestClient.outcome;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Rooms, subscriptions and other requests across reconnects. */
class RequestsTest {
    private final TestClient test = new TestClient(100, 10, TestClient.SEND_TIMEOUT, 100, ClientObserver.NONE);

    private static ServerMessage.Joined joined(ClientMessage.Join join, long seq) {
        return new ServerMessage.Joined(join.id(), join.room(), new Position("e1", seq), true, List.of(), 1);
    }

    private static ServerMessage.Subscribed subscribed(ClientMessage.Subscribe subscribe) {
        return new ServerMessage.Subscribed(subscribe.id(), subscribe.metricId(), List.of());
    }

    @Test
    void ownRequestsEndWithTheirConnection() {
        test.random = 0;
        ScriptedTransport transport = test.connected();
        test.client.subscribe("cpu", (metricId, value, at) -> {});
        transport.says(subscribed(transport.take(ClientMessage.Subscribe.class)));
        for (int cut = 0; cut < 5; cut++) {
            transport.closes(1006);
            test.time.advance(Duration.ofSeconds(10));
            transport = test.open();
            transport.take(ClientMessage.Subscribe.class);
            assertThat(transport.written()).as("one request per connection").isEmpty();
        }
        transport.closes(1006);
        test.time.advance(Duration.ofSeconds(10));
        transport = test.open();
        transport.says(subscribed(transport.take(ClientMessage.Subscribe.class)));
        test.time.advance(Duration.ofSeconds(20));
        assertThat(test.client.state()).as("old requests have no effect").isEqualTo(ClientState.OPEN);
    }

    @Test
    void unansweredOwnRequestEndsTheConnectionOnce() {
        ScriptedTransport transport = test.connected();
        transport.chat("lobby", 13);
        transport.take(ClientMessage.Join.class);
        for (int i = 0; i < 6; i++) {
            transport.says(new ServerMessage.Pong(Optional.empty()));
            test.time.advance(Duration.ofSeconds(10));
        }
        assertThat(test.states).containsOnlyOnce("WAITING unreachable");
        assertThat(test.states).endsWith("WAITING unreachable");
    }

    @Test
    void retriedLeaveIsNotOvertakenByTheNextJoin() {
        ScriptedTransport transport = test.connected();
        test.client.leave("a");
        test.client.join("a", message -> {});
        test.client.join("b", message -> {});
        ClientMessage.Leave leave = transport.take(ClientMessage.Leave.class);
        transport.says(ServerMessage.Error.retryable(leave.id(), ErrorCode.RATE_LIMITED, "Too fast.", 100));
        assertThat(transport.take(ClientMessage.Join.class).room()).isEqualTo("b");
        assertThat(transport.written()).as("before the leave is answered").isEmpty();
        test.time.advance(Duration.ofMillis(100));
        transport.says(
                new ServerMessage.Left(transport.take(ClientMessage.Leave.class).id(), "a"));
        assertThat(transport.take(ClientMessage.Join.class).room()).isEqualTo("a");
    }

    @Test
    void rejoinUsesTheNewListener() {
        List<String> room = new ArrayList<>();
        ScriptedTransport transport = test.connected();
        test.client.join("a", message -> {});
        transport.says(joined(transport.take(ClientMessage.Join.class), 0));
        CompletionStage<?> left = test.client.leave("a");
        CompletionStage<?> entered = test.client.join("a", message -> room.add(message.content()));
        ClientMessage.Leave leave = transport.take(ClientMessage.Leave.class);
        transport.says(new ServerMessage.Left(leave.id(), "a"));
        transport.says(joined(transport.take(ClientMessage.Join.class), 0));
        transport.chat("a", 1);
        assertThat(outcome(left)).isEqualTo("ok");
        assertThat(outcome(entered)).isEqualTo("ok");
        assertThat(room).containsExactly("a 1");
        assertThat(test.heard).isEmpty();
    }

    @Test
    void removalFromARoomEndsDeliveryAndIsReported() {
        ScriptedTransport transport = test.connected();
        transport.says(new ServerMessage.Left(Optional.empty(), "lobby"));
        transport.chat("lobby", 11);
        assertThat(test.heard).isEmpty();
        assertThat(test.events).hasSize(1);
    }

    @Test
    void leftRoomHasNoPositionThoughItsMessagesWaited() {
        ScriptedTransport transport = test.connected();
        test.listenerThread.isBlocked = true;
        transport.chat("lobby", 11);
        test.client.leave("lobby");
        test.listenerThread.resume();
        assertThat(test.heard).containsExactly("lobby 11");
        assertThat(test.client.positions()).doesNotContainKey("room:lobby");
    }

    @Test
    void joinCompletesOnlyIfTheListenerQueueHasSpace() {
        TestClient full = new TestClient(100, 4);
        ScriptedTransport transport = full.connected();
        full.listenerThread.isBlocked = true;
        CompletionStage<?> entered = full.client.join("a", message -> {});
        for (int seq = 11; seq <= 14; seq++) {
            transport.chat("lobby", seq);
        }
        transport.says(joined(transport.take(ClientMessage.Join.class), 7));
        assertThat(outcome(entered)).isEqualTo("-");
        full.listenerThread.resume();
        full.time.advance(Duration.ofSeconds(1));
        ScriptedTransport next = full.open();
        next.says(joined(next.take(ClientMessage.Join.class), 7));
        assertThat(outcome(entered)).isEqualTo("ok");
    }

    @Test
    void requestsKeepWithinTheRateLimit() {
        TestClient many = new TestClient();
        many.rate = 20;
        ScriptedTransport transport = many.connected();
        for (int i = 0; i < 9; i++) {
            many.client.history(Channel.Room.LOBBY, OptionalLong.empty(), 10);
        }
        assertThat(transport.written()).as("within the burst").hasSize(9);
        transport
                .written()
                .forEach(ask -> transport.says(new ServerMessage.History(
                        ask.id(), Optional.of("lobby"), Optional.empty(), Optional.empty(), List.of(), 1, false)));
        for (int i = 0; i < 10; i++) {
            many.client.history(Channel.Room.LOBBY, OptionalLong.empty(), 10);
        }
        transport.written().stream()
                .skip(9)
                .forEach(ask -> transport.says(new ServerMessage.History(
                        ask.id(), Optional.of("lobby"), Optional.empty(), Optional.empty(), List.of(), 1, false)));
        for (int i = 0; i < 5; i++) {
            many.client.history(Channel.Room.LOBBY, OptionalLong.empty(), 10);
        }
        assertThat(transport.written()).as("a burst of 20").hasSize(20);
        many.time.advance(Duration.ofMillis(250));
        assertThat(transport.written()).as("then 10 per second").hasSize(22);
    }

    @Test
    void metricsKeepWithinTheRateLimitAndTheLatestValueWins() {
        test.rate = 20;
        ScriptedTransport transport = test.connected();
        for (int i = 0; i < 2_500; i++) {
            test.client.metric("m" + i % 50, i);
        }
        assertThat(transport.written()).hasSize(2_000);
        test.time.advance(Duration.ofMillis(60));
        assertThat(transport.written()).hasSize(2_050);
        assertThat(((ClientMessage.Metric) transport.written().get(2_049))
                        .value()
                        .getAsDouble())
                .isGreaterThanOrEqualTo(2_450);
    }
}
