package dev.parley.client;

import static dev.parley.client.TestClient.outcome;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Attachment;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** The client's side of the protocol, on scripted connections. */
class ClientLoopTest {
    private TestClient test = new TestClient();

    @Test
    void loginIsSentFirstAndNothingElseBeforeTheWelcome() {
        CompletionStage<?> welcome = test.client.connect();
        test.client.chat("lobby", "early");
        ScriptedTransport transport = test.acceptAttempt();
        ClientMessage.Login login = transport.take(ClientMessage.Login.class);
        assertThat(login.username()).contains("anna");
        assertThat(transport.written()).isEmpty();
        test.welcome(transport, login);
        assertThat(outcome(welcome)).isEqualTo("ok");
        assertThat(transport.takeChats()).containsExactly("early");
        assertThat(test.states).containsExactly("CONNECTING", "OPEN");
    }

    @Test
    void ackCompletesAStageAndAnErrorFailsItWithItsCode() {
        ScriptedTransport transport = test.connected();
        CompletionStage<?> good = test.client.chat("lobby", "good");
        CompletionStage<?> bad = test.client.chat("secret", "bad");
        transport.acks(transport.take(ClientMessage.Chat.class));
        transport.refuses(transport.take(ClientMessage.Chat.class), "forbidden", 0);
        assertThat(outcome(good)).isEqualTo("ok");
        assertThat(outcome(bad)).isEqualTo("forbidden");
        assertThat(test.client.unacked()).isZero();
    }

    @Test
    void unackedMessagesAreSentAgainInOrderUnderTheSameId() {
        ScriptedTransport transport = test.connected();
        CompletionStage<?> first = test.client.chat("lobby", "1");
        CompletionStage<?> second = test.client.message("bert", "2");
        ClientMessage.Chat chat = transport.take(ClientMessage.Chat.class);
        ClientMessage.Message message = transport.take(ClientMessage.Message.class);
        transport.closes(1006);
        test.time.advance(Duration.ofSeconds(1));
        ScriptedTransport next = test.open();
        assertThat(next.take(ClientMessage.Chat.class)).isEqualTo(chat);
        assertThat(next.take(ClientMessage.Message.class)).isEqualTo(message);
        next.acks(chat);
        next.acks(chat);
        next.acks(message);
        assertThat(outcome(first)).isEqualTo("ok");
        assertThat(outcome(second)).isEqualTo("ok");
    }

    @Test
    void sendWithoutAnswerTimesOutAndALateAckIsIgnored() {
        ScriptedTransport transport = test.connected();
        CompletionStage<?> sent = test.client.chat("lobby", "1");
        for (int i = 0; i < 6; i++) {
            transport.says(new ServerMessage.Pong(Optional.empty()));
            test.time.advance(Duration.ofSeconds(10));
        }
        assertThat(outcome(sent)).isEqualTo("timeout");
        transport.acks(transport.take(ClientMessage.Chat.class));
        assertThat(outcome(sent)).isEqualTo("timeout");
    }

    @Test
    void sendOverTheLimitFailsAtOnceWithoutAffectingOthers() {
        test = new TestClient(2, 10);
        test.client.connect();
        CompletionStage<?> first = test.client.chat("lobby", "1");
        test.client.chat("lobby", "2");
        assertThat(outcome(test.client.chat("lobby", "3"))).isEqualTo("queue_full");
        ScriptedTransport transport = test.connected();
        transport.acks(transport.take(ClientMessage.Chat.class));
        assertThat(outcome(first)).isEqualTo("ok");
        assertThat(outcome(test.client.chat("lobby", "4"))).isEqualTo("-");
    }

    @Test
    void invalidMessageFailsAtOnce() {
        test.client.connect();
        assertThat(outcome(test.client.chat("NO ROOM", "x"))).isEqualTo("bad_message");
        assertThat(outcome(test.client.chat("lobby", "x".repeat(1_048_577)))).isEqualTo("too_long");
    }

    @Test
    void refusedMessageHoldsBackLaterOnes() {
        ScriptedTransport transport = test.connected();
        test.client.chat("lobby", "1");
        test.client.chat("lobby", "2");
        ClientMessage.Chat first = transport.take(ClientMessage.Chat.class);
        ClientMessage.Chat second = transport.take(ClientMessage.Chat.class);
        transport.refuses(first, "store_unavailable", 1_000);
        test.client.chat("lobby", "3");
        transport.refuses(second, "store_unavailable", 1_000);
        assertThat(transport.written()).isEmpty();
        test.time.advance(Duration.ofSeconds(1));
        assertThat(transport.takeChats()).containsExactly("1", "2", "3");
    }

    @Test
    void messagesAreDeliveredOnceAndTheNextLoginHasPositions() {
        ScriptedTransport transport = test.connected();
        transport.chat("lobby", 11);
        transport.chat("lobby", 11);
        transport.note(1);
        transport.closes(1001);
        test.time.advance(Duration.ofSeconds(1));
        ScriptedTransport next = test.acceptAttempt();
        ClientMessage.Login login = next.take(ClientMessage.Login.class);
        assertThat(login.positions())
                .containsEntry("room:lobby", new Position("e1", 11))
                .containsEntry("inbox", new Position("e1", 1));
        assertThat(login.session()).contains("s1");
        test.welcome(next, login);
        next.chat("lobby", 11);
        next.chat("lobby", 12);
        assertThat(test.heard).containsExactly("lobby 11", "inbox 1", "lobby 12");
        assertThat(test.client.positions()).containsEntry("room:lobby", new Position("e1", 12));
    }

    @Test
    void gapInARoomIsFilledBeforeLaterMessages() {
        ScriptedTransport transport = test.connected();
        transport.chat("lobby", 13);
        transport.chat("lobby", 14);
        ClientMessage.Join join = transport.take(ClientMessage.Join.class);
        assertThat(join.position()).contains(new Position("e1", 10));
        assertThat(test.heard).isEmpty();
        transport.says(new ServerMessage.Joined(join.id(), "lobby", new Position("e1", 10), true, List.of(), 0));
        for (int seq = 11; seq <= 14; seq++) {
            transport.chat("lobby", seq);
        }
        assertThat(test.heard).containsExactly("lobby 11", "lobby 12", "lobby 13", "lobby 14");
    }

    @Test
    void unfilledGapIsForgottenWithItsConnection() {
        ScriptedTransport transport = test.connected();
        transport.chat("lobby", 13);
        transport.take(ClientMessage.Join.class);
        transport.closes(1006);
        test.time.advance(Duration.ofSeconds(1));
        assertThat(test.open().written()).isEmpty();
    }

    @Test
    void gapInTheInboxIsFilledByAReconnect() {
        ScriptedTransport transport = test.connected();
        transport.note(3);
        assertThat(transport.isClosed).isTrue();
        test.time.advance(Duration.ofSeconds(1));
        ScriptedTransport next = test.open();
        next.note(1);
        next.note(2);
        next.note(3);
        assertThat(test.heard).containsExactly("inbox 1", "inbox 2", "inbox 3");
    }

    @Test
    void unrecoverableLossIsReported() {
        ScriptedTransport transport = test.connected();
        transport.closes(4000);
        test.time.advance(Duration.ofSeconds(1));
        ScriptedTransport next = test.acceptAttempt();
        ClientMessage.Login login = next.take(ClientMessage.Login.class);
        next.says(new ServerMessage.Welcome(
                login.id(),
                "anna",
                Optional.empty(),
                Optional.empty(),
                "s2",
                List.of(),
                "parley.v1",
                new ServerMessage.Heartbeat(30_000, 10_000),
                new ServerMessage.Limits(65_536, 1_048_576, 0, 1, OptionalInt.empty()),
                OptionalLong.empty(),
                Map.of("room:lobby", TestClient.opened(99, false))));
        next.chat("lobby", 100);
        assertThat(test.missed).containsExactly("room:lobby 99");
        assertThat(test.heard).containsExactly("lobby 100");
    }

    @Test
    void roomKeepsItsListenerAcrossReconnects() {
        List<String> room = new ArrayList<>();
        ScriptedTransport transport = test.connected();
        CompletionStage<?> joined = test.client.join("a", message -> room.add(message.content()));
        ClientMessage.Join join = transport.take(ClientMessage.Join.class);
        transport.says(new ServerMessage.Joined(join.id(), "a", new Position("e1", 0), false, List.of(), 1));
        assertThat(outcome(joined)).isEqualTo("ok");
        transport.chat("a", 1);
        transport.closes(1012);
        test.time.advance(Duration.ofSeconds(1));
        ScriptedTransport next = test.open();
        next.chat("a", 2);
        assertThat(room).containsExactly("a 1", "a 2");
        assertThat(test.heard).isEmpty();
    }

    @Test
    void roomHasItsListenerWhateverSpellingItWasJoinedBy() {
        List<String> room = new ArrayList<>();
        ScriptedTransport transport = test.connected();
        CompletionStage<?> joined = test.client.join("Stra\u00dfe", message -> room.add(message.content()));
        ClientMessage.Join join = transport.take(ClientMessage.Join.class);
        assertThat(join.room()).isEqualTo("strasse");
        transport.says(new ServerMessage.Joined(join.id(), "strasse", new Position("e1", 0), false, List.of(), 1));
        transport.chat("strasse", 1);
        assertThat(outcome(joined)).isEqualTo("ok");
        assertThat(room).containsExactly("strasse 1");
        assertThat(test.client.positions()).containsEntry("room:strasse", new Position("e1", 1));
        test.client.leave("STRASSE");
        assertThat(test.client.positions()).doesNotContainKey("room:strasse");
    }

    @Test
    void immediateRejoinUsesTheNewListener() {
        List<String> room = new ArrayList<>();
        ScriptedTransport transport = test.connected();
        test.client.leave("a");
        test.client.join("a", message -> room.add(message.content()));
        ClientMessage.Leave leave = transport.take(ClientMessage.Leave.class);
        transport.says(new ServerMessage.Left(leave.id(), "a"));
        ClientMessage.Join join = transport.take(ClientMessage.Join.class);
        transport.says(new ServerMessage.Joined(join.id(), "a", new Position("e1", 0), false, List.of(), 1));
        transport.chat("a", 1);
        assertThat(room).containsExactly("a 1");
    }

    @Test
    void repeatedRejoinDeliversOnlyTheLastStay() {
        List<String> rooms = new ArrayList<>();
        ScriptedTransport transport = test.connected();
        test.client.leave("a");
        test.client.join("a", message -> rooms.add("first " + message.content()));
        test.client.leave("a");
        test.client.join("a", message -> rooms.add("second " + message.content()));
        transport.says(
                new ServerMessage.Left(transport.take(ClientMessage.Leave.class).id(), "a"));
        ClientMessage.Join first = transport.take(ClientMessage.Join.class);
        transport.says(new ServerMessage.Joined(first.id(), "a", new Position("e1", 0), false, List.of(), 1));
        transport.chat("a", 1);
        transport.says(
                new ServerMessage.Left(transport.take(ClientMessage.Leave.class).id(), "a"));
        ClientMessage.Join second = transport.take(ClientMessage.Join.class);
        transport.says(new ServerMessage.Joined(second.id(), "a", new Position("e1", 5), false, List.of(), 1));
        transport.chat("a", 6);
        assertThat(rooms).containsExactly("second a 6");
        assertThat(test.missed).isEmpty();
    }

    @Test
    void rejoinDuringTheLoginDeliversOnlyTheNewStay() {
        List<String> room = new ArrayList<>();
        ScriptedTransport transport = reconnectingFromRoom(() -> {
            test.client.leave("a");
            test.client.join("a", message -> room.add(message.content()));
        });
        transport.chat("a", 2);
        transport.says(
                new ServerMessage.Left(transport.take(ClientMessage.Leave.class).id(), "a"));
        ClientMessage.Join join = transport.take(ClientMessage.Join.class);
        transport.says(new ServerMessage.Joined(join.id(), "a", new Position("e1", 5), false, List.of(), 1));
        transport.chat("a", 6);
        assertThat(test.missed).isEmpty();
        assertThat(room).containsExactly("a 6");
    }

    @Test
    void leaveDuringTheLoginRemovesThePosition() {
        ScriptedTransport transport = reconnectingFromRoom(() -> test.client.leave("a"));
        transport.chat("a", 2);
        transport.says(
                new ServerMessage.Left(transport.take(ClientMessage.Leave.class).id(), "a"));
        assertThat(test.heard).isEmpty();
        assertThat(test.client.positions()).doesNotContainKey("room:a");
    }

    /** A client that was in a room, lost its connection, and makes a call between the next login and its welcome. */
    private ScriptedTransport reconnectingFromRoom(Runnable duringLogin) {
        ScriptedTransport transport = test.connected();
        test.client.join("a", message -> {});
        ClientMessage.Join join = transport.take(ClientMessage.Join.class);
        transport.says(new ServerMessage.Joined(join.id(), "a", new Position("e1", 1), false, List.of(), 1));
        transport.closes(1012);
        test.time.advance(Duration.ofSeconds(1));
        ScriptedTransport next = test.acceptAttempt();
        ClientMessage.Login login = next.take(ClientMessage.Login.class);
        assertThat(login.positions()).containsKey("room:a");
        duringLogin.run();
        test.welcome(next, login);
        return next;
    }

    @Test
    void repeatedJoinAnswerDoesNotResetThePosition() {
        List<String> room = new ArrayList<>();
        ScriptedTransport transport = test.connected();
        test.client.join("a", message -> room.add(message.content()));
        ClientMessage.Join join = transport.take(ClientMessage.Join.class);
        ServerMessage.Joined joined =
                new ServerMessage.Joined(join.id(), "a", new Position("e1", 0), false, List.of(), 1);
        transport.says(joined);
        transport.chat("a", 1);
        transport.says(joined);
        transport.chat("a", 2);
        assertThat(room).containsExactly("a 1", "a 2");
        assertThat(test.missed).isEmpty();
        assertThat(transport.written()).isEmpty();
    }

    @Test
    void leaveRemovesThePositionThoughMessagesStillWait() {
        ScriptedTransport transport = test.connected();
        test.client.join("a", message -> {});
        ClientMessage.Join join = transport.take(ClientMessage.Join.class);
        test.listenerThread.isBlocked = true;
        transport.says(new ServerMessage.Joined(join.id(), "a", new Position("e1", 0), false, List.of(), 1));
        transport.chat("a", 1);
        test.client.leave("a");
        test.listenerThread.resume();
        assertThat(test.client.positions()).doesNotContainKey("room:a");
    }

    @Test
    void unansweredJoinKeepsThePositionWhenTheClientCloses() {
        test.connected();
        test.client.join("lobby", message -> {});
        test.client.forceClose();
        assertThat(test.client.positions()).containsEntry("room:lobby", new Position("e1", 10));
    }

    @Test
    void removalFromARoomRemovesThePosition() {
        ScriptedTransport transport = test.connected();
        test.client.join("a", message -> {});
        ClientMessage.Join join = transport.take(ClientMessage.Join.class);
        transport.says(new ServerMessage.Joined(join.id(), "a", new Position("e1", 0), false, List.of(), 1));
        transport.says(new ServerMessage.Left(Optional.empty(), "a"));
        assertThat(test.client.positions()).doesNotContainKey("room:a");
    }

    @Test
    void roomMissingInTheWelcomeIsJoinedAgain() {
        ScriptedTransport transport = test.connected();
        test.client.join("a", message -> {});
        ClientMessage.Join join = transport.take(ClientMessage.Join.class);
        transport.says(new ServerMessage.Joined(join.id(), "a", new Position("e1", 0), false, List.of(), 1));
        transport.closes(1006);
        test.lost.add("room:a");
        test.time.advance(Duration.ofSeconds(1));
        ScriptedTransport next = test.open();
        ClientMessage.Join again = next.take(ClientMessage.Join.class);
        next.refuses(again, "no_such_room", 0);
        assertThat(test.refused).containsExactly("no_such_room");
    }

    /** Joins a room and reconnects to a server whose welcome does not open the room. */
    private ScriptedTransport withoutItsRoom(String room) {
        ScriptedTransport transport = test.connected();
        test.client.join(room, message -> {});
        ClientMessage.Join join = transport.take(ClientMessage.Join.class);
        transport.says(new ServerMessage.Joined(join.id(), room, new Position("e1", 7), false, List.of(), 1));
        transport.closes(1006);
        test.lost.add("room:" + room);
        test.time.advance(Duration.ofSeconds(1));
        return test.open();
    }

    private ClientMessage.Login loginAfter(ScriptedTransport transport) {
        transport.closes(1006);
        test.time.advance(Duration.ofSeconds(2));
        return test.acceptAttempt().take(ClientMessage.Login.class);
    }

    @Test
    void refusedRejoinRemovesTheRoomFromLaterLogins() {
        ScriptedTransport transport = withoutItsRoom("a");
        ClientMessage.Join again = transport.take(ClientMessage.Join.class);
        assertThat(again.position()).contains(new Position("e1", 7));
        transport.refuses(again, "no_such_room", 0);
        assertThat(test.client.positions()).containsKey("room:lobby").doesNotContainKey("room:a");
        assertThat(loginAfter(transport).positions()).containsKey("room:lobby").doesNotContainKey("room:a");
    }

    @Test
    void refusedJoinRemovesTheRoomFromLaterLogins() {
        test.channels.put("room:a", TestClient.opened(7, false));
        ScriptedTransport transport = test.connected();
        test.lost.add("room:a");
        transport.closes(1006);
        test.time.advance(Duration.ofSeconds(1));
        transport = test.open();
        test.client.join("a", message -> {});
        ClientMessage.Join join = transport.take(ClientMessage.Join.class);
        assertThat(join.position()).contains(new Position("e1", 7));
        transport.refuses(join, "no_such_room", 0);
        assertThat(loginAfter(transport).positions()).doesNotContainKey("room:a");
    }

    @Test
    void refusedJoinKeepsThePositionOfAnOpenRoom() {
        ScriptedTransport transport = test.connected();
        test.client.join("lobby", message -> {});
        transport.refuses(transport.take(ClientMessage.Join.class), "forbidden", 0);
        transport.chat("lobby", 11);
        assertThat(loginAfter(transport).positions()).containsEntry("room:lobby", new Position("e1", 11));
    }

    @Test
    void loginNamesAtMostAsManyRoomsAsASessionMayJoin() {
        for (int i = 0; i < 600; i++) {
            String name = "r".repeat(60) + i;
            test.channels.put("room:" + name, TestClient.opened(Long.MAX_VALUE, false));
        }
        String listened = "r".repeat(60) + 300;
        ScriptedTransport transport = test.connected();
        test.client.join(listened, message -> {});
        ClientMessage.Login login = loginAfter(transport);
        assertThat(login.positions()).hasSize(102).containsKeys("inbox", "broadcast", "room:lobby", "room:" + listened);
        assertThat(MessageCodec.encode(login).length()).isLessThan(64 * 1024);
    }

    @Test
    void subscriptionsSurviveReconnectsAndMetricsAreDelivered() {
        List<String> values = new ArrayList<>();
        ScriptedTransport transport = test.connected();
        test.client.subscribe("cpu.*", (metricId, value, at) -> values.add(metricId + " " + value));
        ClientMessage.Subscribe subscribe = transport.take(ClientMessage.Subscribe.class);
        transport.says(ServerMessage.Subscribed.of(
                subscribe.id(), "cpu.*", List.of(new ServerMessage.Value("cpu.load", 0.5, "t"))));
        transport.says(new ServerMessage.Metric("cpu.load", 0.75, "t"));
        transport.says(new ServerMessage.Metric("mem", 1, "t"));
        assertThat(values).containsExactly("cpu.load 0.5", "cpu.load 0.75");
        transport.closes(1006);
        test.time.advance(Duration.ofSeconds(1));
        assertThat(test.open().take(ClientMessage.Subscribe.class).metricId()).isEqualTo("cpu.*");
    }

    @Test
    void slowConnectionGetsOnlyTheLatestMetricValues() {
        ScriptedTransport transport = test.connected();
        transport.isStalled = true;
        test.client.metric("a", 1);
        test.client.metric("b", 1);
        test.client.metric("b", 2);
        test.client.metric("c", 1);
        test.client.metric("b", 3);
        transport.take(ClientMessage.Metric.class);
        assertThat(transport.written()).isEmpty();
        transport.flows();
        assertThat(transport.written())
                .extracting(message -> ((ClientMessage.Metric) message).metricId() + " "
                        + ((ClientMessage.Metric) message).value().getAsDouble())
                .containsExactly("b 3.0", "c 1.0");
        assertThat(transport.frames).as("two metrics in one frame").hasSize(3);
    }

    @Test
    void silentConnectionGetsAPingAndIsThenDropped() {
        ScriptedTransport transport = test.connected();
        test.time.advance(TestClient.INTERVAL);
        transport.take(ClientMessage.Ping.class);
        transport.says(new ServerMessage.Pong(Optional.empty()));
        test.time.advance(TestClient.INTERVAL);
        transport.take(ClientMessage.Ping.class);
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);
        test.time.advance(TestClient.TIMEOUT);
        assertThat(test.client.state()).isEqualTo(ClientState.WAITING);
        assertThat(transport.isClosed).isTrue();
    }

    @Test
    void stalledSendEndsTheConnectionThoughTheServerSends() {
        ScriptedTransport transport = test.connected();
        transport.isStalled = true;
        test.client.chat("lobby", "1");
        test.time.advance(TestClient.TIMEOUT.minusMillis(1));
        transport.says(new ServerMessage.Pong(Optional.empty()));
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);
        test.time.advance(Duration.ofMillis(1));
        assertThat(test.client.state()).isEqualTo(ClientState.WAITING);
    }

    @Test
    void hangingAttemptIsGivenUpAndItsLateConnectionClosed() {
        test.client.connect();
        TestClient.Attempt attempt = test.attempts.peek();
        test.time.advance(TestClient.CONNECT_TIMEOUT);
        assertThat(test.abandoned).isEqualTo(1);
        test.time.advance(Duration.ofSeconds(1));
        ScriptedTransport late = new ScriptedTransport(attempt.listener());
        attempt.opened().accept(late);
        assertThat(late.isClosed).isTrue();
        assertThat(test.attempts).hasSize(1);
    }

    @Test
    void connectionWithoutAWelcomeIsGivenUp() {
        test.client.connect();
        ScriptedTransport transport = test.acceptAttempt();
        test.time.advance(TestClient.CONNECT_TIMEOUT);
        assertThat(transport.isClosed).isTrue();
        assertThat(test.client.state()).isEqualTo(ClientState.WAITING);
    }

    @Test
    void welcomeAtTheDeadlineCounts() {
        test.client.connect();
        ScriptedTransport transport = test.acceptAttempt();
        test.time.execute(() -> {
            test.time.advance(TestClient.CONNECT_TIMEOUT);
            test.welcome(transport, transport.take(ClientMessage.Login.class));
        });
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);
    }

    @Test
    void refusedLoginStopsTheClientAndFailsEveryStage() {
        CompletionStage<?> welcome = test.client.connect();
        CompletionStage<?> sent = test.client.chat("lobby", "1");
        ScriptedTransport transport = test.acceptAttempt();
        transport.refuses(transport.take(ClientMessage.Login.class), "login_refused", 0);
        assertThat(outcome(welcome)).isEqualTo("login_refused");
        assertThat(outcome(sent)).isEqualTo("login_refused");
        assertThat(test.states).containsExactly("CONNECTING", "CLOSED login_refused");
        assertThat(test.hasEnded).isTrue();
        assertThat(outcome(test.client.chat("lobby", "2"))).isEqualTo("closed");
    }

    @Test
    void refusalBeforeTheWelcomeIsTheReasonOfTheCloseThatFollows() {
        CompletionStage<?> welcome = test.client.connect();
        ScriptedTransport transport = test.acceptAttempt();
        transport.says(new ServerMessage.Error(
                Optional.empty(), "login_refused", "The ticket has been used.", OptionalLong.empty()));
        assertThat(test.states).containsExactly("CONNECTING");
        transport.closes(4003);
        assertThat(test.states).containsExactly("CONNECTING", "WAITING login_refused");

        test.time.advance(Duration.ofSeconds(1));
        ScriptedTransport second = test.acceptAttempt();
        second.says(new ServerMessage.Error(Optional.empty(), "bad_message", "No token here.", OptionalLong.empty()));
        second.closes(4501);
        assertThat(outcome(welcome)).isEqualTo("bad_message");
        assertThat(test.states).endsWith("CONNECTING", "CLOSED bad_message");
        assertThat(test.refused).isEmpty();
    }

    @Test
    void refusalBeforeTheWelcomeMayOrderADelay() {
        test.client.connect();
        ScriptedTransport transport = test.acceptAttempt();
        transport.says(
                new ServerMessage.Error(Optional.empty(), "internal", "The keys are away.", OptionalLong.of(10_000)));
        transport.closes(1013);

        test.time.advance(Duration.ofMillis(10_999));
        assertThat(test.attempts).isEmpty();
        test.time.advance(Duration.ofMillis(1));
        assertThat(test.attempts).hasSize(1);
    }

    @Test
    void refusalOfAnEarlierAttemptExplainsNoLaterEnd() {
        test.client.connect();
        ScriptedTransport transport = test.acceptAttempt();
        transport.says(new ServerMessage.Error(
                Optional.empty(), "login_refused", "The ticket has been used.", OptionalLong.empty()));
        transport.closes(4003);
        test.time.advance(Duration.ofSeconds(1));
        test.acceptAttempt().closes(1012);

        assertThat(test.states).endsWith("WAITING login_refused", "CONNECTING", "WAITING service_restart");
    }

    @Test
    void closeThatFollowsAFailedSendDecides() {
        ScriptedTransport transport = test.connected();
        transport.isStalled = true;
        CompletionStage<?> sent = test.client.chat("lobby", "1");
        transport.breaks();
        test.client.chat("lobby", "2");
        assertThat(transport.sending).as("nothing more is written").isEmpty();
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);

        transport.closes(4501);
        assertThat(test.states).endsWith("CLOSED login_refused");
        assertThat(outcome(sent)).isEqualTo("login_refused");
    }

    @Test
    void failedSendEndsAConnectionOfWhichNoCloseComes() {
        ScriptedTransport transport = test.connected();
        transport.isStalled = true;
        test.client.chat("lobby", "1");
        transport.breaks();
        test.time.advance(Duration.ofMillis(500));

        assertThat(test.states).endsWith("WAITING abnormal");
        assertThat(transport.isClosed).isTrue();
        test.time.advance(Duration.ofSeconds(1));
        assertThat(test.open().takeChats()).containsExactly("1");
    }

    @Test
    void expiredTokenCausesAReconnect() {
        ScriptedTransport transport = test.connected();
        transport.closes(4003);
        test.time.advance(Duration.ofSeconds(1));
        assertThat(test.attempts).hasSize(1);
    }

    @Test
    void goodbyeSetsTheReconnectDelay() {
        ScriptedTransport transport = test.connected();
        transport.says(new ServerMessage.Goodbye("Restart.", 7_000));
        transport.closes(1012);
        test.time.advance(Duration.ofMillis(7_999));
        assertThat(test.attempts).isEmpty();
        test.time.advance(Duration.ofMillis(1));
        assertThat(test.attempts).hasSize(1);
    }

    @Test
    void slowListenersCloseTheConnectionAndLoseNothing() {
        test.listenerThread.isBlocked = true;
        ScriptedTransport transport = test.connected();
        int seq = 10;
        while (!transport.isClosed) {
            transport.chat("lobby", ++seq);
        }
        int refusedAt = seq;
        test.time.advance(Duration.ofSeconds(40));
        assertThat(test.attempts).as("while the listener is busy").isEmpty();
        test.listenerThread.resume();
        ScriptedTransport next = test.acceptAttempt();
        ClientMessage.Login login = next.take(ClientMessage.Login.class);
        assertThat(login.positions()).containsEntry("room:lobby", new Position("e1", refusedAt - 1));
        test.welcome(next, login);
        next.chat("lobby", refusedAt);
        assertThat(test.heard).hasSize(refusedAt - 10).doesNotHaveDuplicates();
        assertThat(test.heard.get(test.heard.size() - 1)).isEqualTo("lobby " + refusedAt);
    }

    @Test
    void exceptionInAListenerDoesNotAffectOthers() {
        ScriptedTransport transport = test.connected();
        test.client.join("lobby", message -> {
            throw new AssertionError("a bug in the application");
        });
        transport.take(ClientMessage.Join.class);
        transport.chat("lobby", 11);
        transport.note(1);
        assertThat(test.heard).containsExactly("inbox 1");
        assertThat(test.client.positions()).containsEntry("room:lobby", new Position("e1", 11));
    }

    @Test
    void invalidServerMessageCausesAReconnect() {
        ScriptedTransport transport = test.connected();
        transport.saysText("{\"type\":\"chat\",\"room\":5}");
        assertThat(test.states).endsWith("WAITING bad_server");
        assertThat(transport.isClosed).isTrue();
        test.time.advance(Duration.ofSeconds(1));
        test.open().saysText("{\"type\":\"news\"}");
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);
    }

    @Test
    void longMessagesAreSentInChunks() {
        test.frameMax = 2_000;
        ScriptedTransport transport = test.connected();
        test.client.chat("lobby", "x".repeat(5_000));
        assertThat(transport.written()).hasSizeGreaterThan(2).allSatisfy(message -> assertThat(message)
                .isInstanceOf(ClientMessage.Chunk.class));
        StringBuilder json = new StringBuilder();
        transport.written().forEach(chunk -> json.append(((ClientMessage.Chunk) chunk).data()));
        assertThat(json).contains("x".repeat(5_000));
        assertThat(transport.frames)
                .allSatisfy(frame -> assertThat(frame.length()).isLessThanOrEqualTo(2_000));
    }

    @Test
    void uploadWaitsForTheAckAndRestartsOnANewConnection() {
        ScriptedTransport transport = test.connected();
        byte[] content = new byte[150_000];
        content[149_999] = 7;
        test = new TestClient();
        test.client.connect();
        assertThat(outcome(test.client.upload("lobby", "a.bin", "application/octet-stream", content)))
                .isEqualTo("queue_full");
        content = new byte[90_000];
        content[89_999] = 7;
        transport = test.connected();
        CompletionStage<?> uploaded = test.client.upload("lobby", "a.bin", "application/octet-stream", content);
        ClientMessage.Upload upload = transport.take(ClientMessage.Upload.class);
        assertThat(transport.bytes()).isEmpty();
        transport.acks(upload);
        assertThat(transport.bytes()).isEqualTo(content);
        transport.closes(1006);
        test.time.advance(Duration.ofSeconds(1));
        ScriptedTransport next = test.open();
        next.acks(next.take(ClientMessage.Upload.class));
        assertThat(next.bytes()).isEqualTo(content);
        next.says(new ServerMessage.Uploaded(
                upload.id(), new Attachment("f", "a.bin", "application/octet-stream", 90_000, "files/f")));
        assertThat(outcome(uploaded)).isEqualTo("ok");
    }

    @Test
    void sendsDuringTheShutdownComplete() {
        test.connected();
        // The event loop has ended, but the client's state does not show it yet.
        test.time.shutdown();
        assertThat(outcome(test.client.chat("lobby", "1"))).isEqualTo("closed");
        assertThat(outcome(test.client.join("a", message -> {}))).isEqualTo("closed");
        assertThat(outcome(test.client.upload("lobby", "a.bin", "a/b", new byte[1])))
                .isEqualTo("closed");
        assertThat(outcome(test.client.connect())).isEqualTo("closed");
        assertThat(test.client.unacked()).isZero();
    }

    @Test
    void exceptionInAnObserverStopsNothing() {
        test = new TestClient(100, 10, TestClient.SEND_TIMEOUT, 5, new ClientObserver() {
            @Override
            public void stateChanged(ClientState state) {
                throw new IllegalStateException("a bug in the application");
            }

            @Override
            public void acked(Duration waited) {
                throw new IllegalStateException("a bug in the application");
            }
        });
        ScriptedTransport transport = test.connected();
        CompletionStage<?> sent = test.client.chat("lobby", "1");
        transport.acks(transport.take(ClientMessage.Chat.class));
        assertThat(outcome(sent)).isEqualTo("ok");
        transport.closes(1006);
        test.time.advance(Duration.ofSeconds(1));
        test.open();
        assertThat(test.states).containsExactly("CONNECTING", "OPEN", "WAITING abnormal", "CONNECTING", "OPEN");
    }

    @Test
    void exceptionInACloseDoesNotPreventAReconnect() {
        ScriptedTransport transport = test.connected();
        transport.throwsWhenClosed = true;
        transport.closes(1006);
        test.time.advance(Duration.ofSeconds(1));
        test.open();
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);
    }

    @Test
    void slowListenersDoNotCountAsFailedAttempts() {
        test = new TestClient(100, 2, TestClient.SEND_TIMEOUT, 1, ClientObserver.NONE);
        test.client.connect();
        for (int times = 0; times < 4; times++) {
            ScriptedTransport transport = test.open();
            test.listenerThread.isBlocked = true;
            int seq = test.heard.size() + 11;
            while (!transport.isClosed) {
                transport.chat("lobby", seq++);
            }
            test.listenerThread.resume();
            test.time.advance(Duration.ofSeconds(1));
        }
        assertThat(test.client.state()).isEqualTo(ClientState.CONNECTING);
        assertThat(test.heard).hasSize(8);
    }

    @Test
    void ownBacklogDoesNotCountAsAFailureAndLosesNothing() {
        test = new TestClient(100, 10, TestClient.SEND_TIMEOUT, 1, ClientObserver.NONE);
        test.client.connect();
        for (int times = 0; times < 4; times++) {
            ScriptedTransport transport = test.acceptAttempt();
            ClientMessage.Login login = transport.take(ClientMessage.Login.class);
            test.welcome(transport, login);
            long from = test.heard.size() + 11L;
            // More than twice the longest frame, before the event loop handles any of it.
            test.time.execute(() -> {
                for (long seq = from; seq < from + 4; seq++) {
                    transport.chat("lobby", seq, "x".repeat(700_000));
                }
            });
            assertThat(transport.isClosed).isTrue();
            assertThat(test.states).endsWith("WAITING slow_client");
            assertThat(test.heard).as("accepted messages are delivered").hasSize((times + 1) * 2);
            test.time.advance(Duration.ofSeconds(1));
        }
        ClientMessage.Login login = test.acceptAttempt().take(ClientMessage.Login.class);
        assertThat(login.positions()).containsEntry("room:lobby", new Position("e1", 18));
    }

    @Test
    void closeAcceptsAnyDuration() {
        test.connected();
        test.client.chat("lobby", "1");
        CompletionStage<?> closed = test.client.close(Duration.ofSeconds(Long.MAX_VALUE));
        assertThat(outcome(closed)).isEqualTo("-");
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);
        assertThat(outcome(test.client.close(Duration.ofSeconds(-1)))).isEqualTo("ok");
    }

    @Test
    void closeWaitsForAcksAndAcceptsNothingMore() {
        ScriptedTransport transport = test.connected();
        CompletionStage<?> sent = test.client.chat("lobby", "1");
        CompletionStage<?> closed = test.client.close(Duration.ofSeconds(5));
        assertThat(outcome(test.client.chat("lobby", "2"))).isEqualTo("closed");
        assertThat(outcome(closed)).isEqualTo("-");
        transport.acks(transport.take(ClientMessage.Chat.class));
        assertThat(outcome(sent)).isEqualTo("ok");
        assertThat(outcome(closed)).isEqualTo("ok");
        assertThat(transport.isClosed).isTrue();
        assertThat(test.hasEnded).isTrue();
        assertThat(test.states).endsWith("CLOSED closed");
    }

    @Test
    void closeEndsWhenTheLastMetricIsSent() {
        ScriptedTransport transport = test.connected();
        transport.isStalled = true;
        test.client.metric("a", 1);
        CompletionStage<?> closed = test.client.close(Duration.ofSeconds(5));
        assertThat(outcome(closed)).isEqualTo("-");
        transport.flows();
        assertThat(outcome(closed)).isEqualTo("ok");
    }

    @Test
    void closeEndsAfterItsTimeout() {
        test.connected();
        CompletionStage<?> sent = test.client.chat("lobby", "1");
        CompletionStage<?> closed = test.client.close(Duration.ofSeconds(5));
        test.time.advance(Duration.ofSeconds(5));
        assertThat(outcome(closed)).isEqualTo("ok");
        assertThat(outcome(sent)).isEqualTo("closed");
    }

    @Test
    void forceCloseEndsAtOnceInEveryState() {
        CompletionStage<?> idle = new TestClient().client.forceClose();
        assertThat(outcome(idle)).isEqualTo("ok");
        CompletionStage<?> welcome = test.client.connect();
        assertThat(outcome(test.client.forceClose())).isEqualTo("ok");
        assertThat(outcome(welcome)).isEqualTo("closed");
        assertThat(test.abandoned).isEqualTo(1);
    }

    @Test
    void reconnectReplacesTheConnectionAtOnce() {
        ScriptedTransport transport = test.connected();
        test.client.reconnect();
        test.time.advance(Duration.ZERO);
        assertThat(transport.isClosed).isTrue();
        test.open();
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);
    }

    @Test
    void clientHasFewTimersHoweverMuchItSends() {
        ScriptedTransport transport = test.connected();
        for (int i = 0; i < 500; i++) {
            test.client.chat("lobby", "x");
            transport.acks(transport.take(ClientMessage.Chat.class));
        }
        assertThat(test.time.timers()).isLessThan(5);
    }
}
