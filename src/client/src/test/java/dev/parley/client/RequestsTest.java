package dev.parley.client;

import static dev.parley.client.TestClient.outcome;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.application.RecordingRoomListener;
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
        return ServerMessage.Subscribed.of(subscribe.id(), subscribe.metricId(), List.of());
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
    void joinThatNobodyConnectsForSaysSo() {
        CompletionStage<?> joined = test.client.join("a", message -> {});
        test.time.advance(TestClient.SEND_TIMEOUT);
        assertThat(outcome(joined)).isEqualTo("timeout");
        assertThatThrownBy(() -> joined.toCompletableFuture().join()).hasMessageContaining("connect() was not called");
    }

    @Test
    void listenerOfAnOpenRoomIsToldBeforeItsFirstMessage() {
        RecordingRoomListener stay = new RecordingRoomListener(new ArrayList<>());
        ScriptedTransport transport = test.connected();
        test.client.join("lobby", stay);
        transport.chat("lobby", 11);
        transport.says(joined(transport.take(ClientMessage.Join.class), 11));
        assertThat(stay.calls()).containsExactly("joined 10", "received 11");
    }

    @Test
    void lobbyThatTheLoginOpensIsReportedOnce() {
        RecordingRoomListener stay = new RecordingRoomListener(new ArrayList<>());
        test.client.join("lobby", stay);
        ScriptedTransport transport = test.connected();
        transport.says(joined(transport.take(ClientMessage.Join.class), 10));
        assertThat(stay.calls()).containsExactly("joined 10");
    }

    @Test
    void filledGapIsNotReportedAsANewStay() {
        RecordingRoomListener stay = new RecordingRoomListener(new ArrayList<>());
        ScriptedTransport transport = test.connected();
        test.client.join("a", stay);
        transport.says(joined(transport.take(ClientMessage.Join.class), 0));
        transport.chat("a", 2);
        transport.says(joined(transport.take(ClientMessage.Join.class), 0));
        transport.chat("a", 1);
        transport.chat("a", 2);
        assertThat(stay.calls()).containsExactly("joined 0", "received 1", "received 2");
    }

    @Test
    void lossInAFilledGapIsReportedToTheRoom() {
        RecordingRoomListener stay = new RecordingRoomListener(new ArrayList<>());
        ScriptedTransport transport = test.connected();
        test.client.join("a", stay);
        transport.says(joined(transport.take(ClientMessage.Join.class), 0));
        transport.chat("a", 9);
        ClientMessage.Join again = transport.take(ClientMessage.Join.class);
        transport.says(new ServerMessage.Joined(again.id(), "a", new Position("e1", 9), false, List.of(), 1));
        assertThat(stay.calls()).containsExactly("joined 0", "not recovered 9");
        assertThat(test.missed).containsExactly("room:a 9");
    }

    @Test
    void replacedListenerHearsNothingMore() {
        RecordingRoomListener first = new RecordingRoomListener(new ArrayList<>());
        RecordingRoomListener second = new RecordingRoomListener(new ArrayList<>());
        ScriptedTransport transport = test.connected();
        test.client.join("a", first);
        transport.says(joined(transport.take(ClientMessage.Join.class), 0));
        test.client.join("a", second);
        transport.says(joined(transport.take(ClientMessage.Join.class), 0));
        test.client.leave("a");
        assertThat(first.calls()).containsExactly("joined 0");
        assertThat(second.calls()).containsExactly("joined 0", "left");
    }

    @Test
    void messagesBeforeTheCatchUpDisturbNothing() {
        RecordingRoomListener stay = new RecordingRoomListener(new ArrayList<>());
        ScriptedTransport transport = test.connected();
        test.client.join("lobby", new Position("e1", 8), stay);
        ClientMessage.Join join = transport.take(ClientMessage.Join.class);
        assertThat(join.position()).contains(new Position("e1", 8));
        transport.chat("lobby", 9);
        transport.chat("lobby", 11);
        transport.says(joined(join, 8));
        for (int seq = 9; seq <= 11; seq++) {
            transport.chat("lobby", seq);
        }
        assertThat(stay.calls()).containsExactly("recovered 8", "received 9", "received 10", "received 11");
        assertThat(transport.written()).isEmpty();
        assertThat(test.client.positions()).containsEntry("room:lobby", new Position("e1", 11));
    }

    @Test
    void startBetweenLoginAndWelcomeIsNotTakenForALoss() {
        RecordingRoomListener stay = new RecordingRoomListener(new ArrayList<>());
        test.client.connect();
        ScriptedTransport transport = test.acceptAttempt();
        ClientMessage.Login login = transport.take(ClientMessage.Login.class);
        test.client.join("lobby", new Position("e1", 8), stay);
        test.welcome(transport, login);
        transport.says(joined(transport.take(ClientMessage.Join.class), 8));
        transport.chat("lobby", 9);
        transport.chat("lobby", 10);
        assertThat(stay.calls()).containsExactly("recovered 8", "received 9", "received 10");
        assertThat(test.missed).isEmpty();
    }

    @Test
    void answerToAnEarlierJoinDoesNotMoveTheStart() {
        RecordingRoomListener stay = new RecordingRoomListener(new ArrayList<>());
        ScriptedTransport transport = test.connected();
        CompletionStage<?> first = test.client.join("a", message -> {});
        test.client.join("a", new Position("e1", 5), stay);
        ClientMessage.Join earlier = transport.take(ClientMessage.Join.class);
        transport.says(new ServerMessage.Joined(earlier.id(), "a", new Position("e1", 20), false, List.of(), 1));
        assertThat(outcome(first)).isEqualTo("ok");
        transport.says(joined(transport.take(ClientMessage.Join.class), 5));
        transport.chat("a", 6);
        assertThat(stay.calls()).containsExactly("recovered 5", "received 6");
        assertThat(test.missed).isEmpty();
    }

    @Test
    void roomIsOpenedByLaterConnectionsThoughItsStartWasNeverAnswered() {
        RecordingRoomListener stay = new RecordingRoomListener(new ArrayList<>());
        ScriptedTransport transport = test.connected();
        CompletionStage<?> joined = test.client.join("a", new Position("e1", 5), stay);
        transport.take(ClientMessage.Join.class);
        for (int i = 0; i < 6; i++) {
            transport.says(new ServerMessage.Pong(Optional.empty()));
            test.time.advance(Duration.ofSeconds(10));
        }
        assertThat(outcome(joined)).isEqualTo("timeout");
        transport.closes(1006);
        test.lost.add("room:a");
        test.time.advance(Duration.ofSeconds(1));
        transport = test.open();
        transport.says(joined(transport.take(ClientMessage.Join.class), 5));
        transport.chat("a", 6);
        assertThat(stay.calls()).containsExactly("recovered 5", "received 6");
    }

    @Test
    void positionOfAJoinGoesWithTheNextLogin() {
        RecordingRoomListener stay = new RecordingRoomListener(new ArrayList<>());
        test.client.join("a", new Position("e1", 5), stay);
        test.client.connect();
        ScriptedTransport transport = test.acceptAttempt();
        ClientMessage.Login login = transport.take(ClientMessage.Login.class);
        assertThat(login.positions()).containsEntry("room:a", new Position("e1", 5));
        test.welcome(transport, login);
        transport.says(joined(transport.take(ClientMessage.Join.class), 5));
        transport.chat("a", 6);
        assertThat(stay.calls()).containsExactly("recovered 5", "received 6");
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

    private static ServerMessage emptyHistory(Optional<String> id) {
        return new ServerMessage.History(
                id,
                Optional.of("lobby"),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                1,
                false,
                OptionalLong.empty());
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
        transport.written().forEach(ask -> transport.says(emptyHistory(ask.id())));
        for (int i = 0; i < 10; i++) {
            many.client.history(Channel.Room.LOBBY, OptionalLong.empty(), 10);
        }
        transport.written().stream().skip(9).forEach(ask -> transport.says(emptyHistory(ask.id())));
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

    private static final Channel ROOM = new Channel.Room("a");

    private CompletionStage<?> read(long seq) {
        return test.client.read(ROOM, seq);
    }

    @Test
    void readsOfAChannelAreMergedAndEachIsAnswered() {
        ScriptedTransport transport = test.connected();
        List<CompletionStage<?>> reads = List.of(read(3), read(5), read(9), read(7));
        ClientMessage.Read first = transport.take(ClientMessage.Read.class);
        assertThat(first.seq()).hasValue(3);
        assertThat(transport.written()).as("one under way").isEmpty();

        transport.says(ServerMessage.Ack.of(first.id()));
        assertThat(reads.stream().map(TestClient::outcome)).containsExactly("ok", "-", "-", "-");
        ClientMessage.Read second = transport.take(ClientMessage.Read.class);
        assertThat(second.seq()).hasValue(9);
        transport.says(ServerMessage.Ack.of(second.id()));
        assertThat(reads.stream().map(TestClient::outcome)).containsOnly("ok");
        assertThat(transport.written()).isEmpty();
    }

    @Test
    void readsOfOtherChannelsDoNotWait() {
        ScriptedTransport transport = test.connected();
        read(3);
        test.client.read(Channel.Inbox.OWN, 4);
        test.client.read(Channel.Broadcast.INSTANCE, 5);
        assertThat(transport.take(ClientMessage.Read.class).seq()).hasValue(3);
        assertThat(transport.take(ClientMessage.Read.class).seq()).hasValue(4);
        assertThat(transport.take(ClientMessage.Read.class).seq()).hasValue(5);
    }

    @Test
    void mergedReadsAreRefusedTogether() {
        ScriptedTransport transport = test.connected();
        List<CompletionStage<?>> reads = List.of(read(3), read(5));
        transport.says(
                ServerMessage.Error.of(transport.take(ClientMessage.Read.class).id(), ErrorCode.NO_SUCH_ROOM, "No."));
        assertThat(reads.stream().map(TestClient::outcome)).containsOnly("no_such_room");
        assertThat(transport.written()).isEmpty();
        read(5);
        assertThat(transport.take(ClientMessage.Read.class).seq()).hasValue(5);
    }

    @Test
    void eachMergedReadHasItsOwnDeadline() {
        ScriptedTransport transport = test.connected();
        CompletionStage<?> first = read(3);
        transport.take(ClientMessage.Read.class);
        test.time.advance(Duration.ofSeconds(1));
        CompletionStage<?> second = read(5);
        for (int seconds = 1; seconds < TestClient.SEND_TIMEOUT.toSeconds(); seconds++) {
            assertThat(outcome(first)).isEqualTo("-");
            // Keeps the connection alive.
            transport.chat("lobby", 1);
            test.time.advance(Duration.ofSeconds(1));
        }
        assertThat(outcome(first)).isEqualTo("timeout");
        ClientMessage.Read again = transport.take(ClientMessage.Read.class);
        assertThat(again.seq()).hasValue(5);
        transport.says(ServerMessage.Ack.of(again.id()));
        assertThat(outcome(second)).isEqualTo("ok");
    }

    @Test
    void readsSurviveAReconnectAndEndWithTheClient() {
        test.random = 0;
        ScriptedTransport transport = test.connected();
        List<CompletionStage<?>> reads = List.of(read(3), read(5));
        transport.take(ClientMessage.Read.class);
        transport.closes(1006);
        test.time.advance(Duration.ofSeconds(10));
        transport = test.open();
        assertThat(transport.take(ClientMessage.Read.class).seq()).hasValue(3);
        test.client.forceClose();
        assertThat(reads.stream().map(TestClient::outcome)).containsOnly("closed");
    }

    @Test
    void membersOfAPrivateRoomAreAskedFor() {
        ScriptedTransport transport = test.connected();
        CompletionStage<ServerMessage.Members> asked = test.client.members("_plans-x1");
        ClientMessage.Members members = transport.take(ClientMessage.Members.class);
        assertThat(members.room()).isEqualTo("_plans-x1");
        ServerMessage.Members answer =
                new ServerMessage.Members(members.id(), "_plans-x1", "anna", List.of("anna", "bert"));
        transport.says(answer);
        assertThat(asked.toCompletableFuture().join()).isEqualTo(answer);

        CompletionStage<ServerMessage.Members> refused = test.client.members("_never-made");
        transport.says(ServerMessage.Error.of(
                transport.take(ClientMessage.Members.class).id(), ErrorCode.NO_SUCH_ROOM, "There is no such room."));
        assertThat(outcome(refused)).isEqualTo("no_such_room");
    }

    @Test
    void searchCostsAsMuchAsFiveQueries() {
        TestClient many = new TestClient();
        many.rate = 20;
        ScriptedTransport transport = many.connected();
        CompletionStage<ServerMessage.History> first =
                many.client.search(Channel.Room.LOBBY, "tea", OptionalLong.of(42), 10);
        ClientMessage.Search search = transport.take(ClientMessage.Search.class);
        assertThat(search.text()).isEqualTo("tea");
        assertThat(search.before()).hasValue(42);
        transport.says(ServerMessage.History.found(search.id(), Channel.Room.LOBBY, List.of(), 1, true, 7));
        assertThat(first.toCompletableFuture().join().searched()).hasValue(7);
        for (int i = 0; i < 4; i++) {
            many.client.search(Channel.Room.LOBBY, "tea", OptionalLong.empty(), 10);
        }
        assertThat(transport.written()).as("a burst of 20").hasSize(3);
        many.time.advance(Duration.ofMillis(501));
        assertThat(transport.written()).hasSize(4);
    }
}
