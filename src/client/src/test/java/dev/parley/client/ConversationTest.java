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
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** The rules of the contract on the client's side, on lines whose other end is the test. */
class ConversationTest {
    private TestClient test = new TestClient();

    @Test
    void loginComesFirstAndNothingBeforeTheWelcome() {
        CompletionStage<?> welcome = test.client.connect();
        test.client.chat("lobby", "early");
        ScriptedLine line = test.line();
        ClientMessage.Login login = line.take(ClientMessage.Login.class);
        assertThat(login.username()).contains("anna");
        assertThat(line.written()).isEmpty();
        test.welcome(line, login);
        assertThat(outcome(welcome)).isEqualTo("ok");
        assertThat(line.takeChats()).containsExactly("early");
        assertThat(test.states).containsExactly("CONNECTING", "OPEN");
    }

    @Test
    void anAckSettlesAndAnErrorSettlesWithItsCode() {
        ScriptedLine line = test.connected();
        CompletionStage<?> good = test.client.chat("lobby", "good");
        CompletionStage<?> bad = test.client.chat("secret", "bad");
        line.acks(line.take(ClientMessage.Chat.class));
        line.refuses(line.take(ClientMessage.Chat.class), "forbidden", 0);
        assertThat(outcome(good)).isEqualTo("ok");
        assertThat(outcome(bad)).isEqualTo("forbidden");
        assertThat(test.client.unacked()).isZero();
    }

    @Test
    void whatIsNotAckedGoesAgainInOrderUnderTheSameIdAndSettlesOnce() {
        ScriptedLine line = test.connected();
        CompletionStage<?> first = test.client.chat("lobby", "1");
        CompletionStage<?> second = test.client.message("bert", "2");
        ClientMessage.Chat chat = line.take(ClientMessage.Chat.class);
        ClientMessage.Message message = line.take(ClientMessage.Message.class);
        line.closes(1006);
        test.time.advance(Duration.ofSeconds(1));
        ScriptedLine next = test.open();
        assertThat(next.take(ClientMessage.Chat.class)).isEqualTo(chat);
        assertThat(next.take(ClientMessage.Message.class)).isEqualTo(message);
        next.acks(chat);
        next.acks(chat);
        next.acks(message);
        assertThat(outcome(first)).isEqualTo("ok");
        assertThat(outcome(second)).isEqualTo("ok");
    }

    @Test
    void withoutAnAnswerASendEndsAsTimeoutAndALateAckChangesNothing() {
        ScriptedLine line = test.connected();
        CompletionStage<?> sent = test.client.chat("lobby", "1");
        for (int i = 0; i < 6; i++) {
            line.says(new ServerMessage.Pong(Optional.empty()));
            test.time.advance(Duration.ofSeconds(10));
        }
        assertThat(outcome(sent)).isEqualTo("timeout");
        line.acks(line.take(ClientMessage.Chat.class));
        assertThat(outcome(sent)).isEqualTo("timeout");
    }

    @Test
    void overTheBoundASendFailsAtOnceAndTheOthersGoOn() {
        test = new TestClient(2, 10);
        CompletionStage<?> first = test.client.chat("lobby", "1");
        test.client.chat("lobby", "2");
        assertThat(outcome(test.client.chat("lobby", "3"))).isEqualTo("queue_full");
        ScriptedLine line = test.connected();
        line.acks(line.take(ClientMessage.Chat.class));
        assertThat(outcome(first)).isEqualTo("ok");
        assertThat(outcome(test.client.chat("lobby", "4"))).isEqualTo("-");
    }

    @Test
    void whatIsNoMessageFailsAtOnce() {
        assertThat(outcome(test.client.chat("NO ROOM", "x"))).isEqualTo("bad_message");
        assertThat(outcome(test.client.chat("lobby", "x".repeat(1_048_577)))).isEqualTo("too_long");
    }

    @Test
    void aRefusedMessageHoldsBackTheLaterOnes() {
        ScriptedLine line = test.connected();
        test.client.chat("lobby", "1");
        test.client.chat("lobby", "2");
        ClientMessage.Chat first = line.take(ClientMessage.Chat.class);
        ClientMessage.Chat second = line.take(ClientMessage.Chat.class);
        line.refuses(first, "store_unavailable", 1_000);
        test.client.chat("lobby", "3");
        line.refuses(second, "store_unavailable", 1_000);
        assertThat(line.written()).isEmpty();
        test.time.advance(Duration.ofSeconds(1));
        assertThat(line.takeChats()).containsExactly("1", "2", "3");
    }

    @Test
    void messagesOfAChannelAreHeardOnceAndPositionsGoWithTheNextLogin() {
        ScriptedLine line = test.connected();
        line.chat("lobby", 11);
        line.chat("lobby", 11);
        line.note(1);
        line.closes(1001);
        test.time.advance(Duration.ofSeconds(1));
        ScriptedLine next = test.line();
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
    void aHoleInARoomIsFilledBeforeAnythingAfterIt() {
        ScriptedLine line = test.connected();
        line.chat("lobby", 13);
        line.chat("lobby", 14);
        ClientMessage.Join join = line.take(ClientMessage.Join.class);
        assertThat(join.position()).contains(new Position("e1", 10));
        assertThat(test.heard).isEmpty();
        line.says(new ServerMessage.Joined(join.id(), "lobby", new Position("e1", 10), true, List.of(), 0));
        for (int seq = 11; seq <= 14; seq++) {
            line.chat("lobby", seq);
        }
        assertThat(test.heard).containsExactly("lobby 11", "lobby 12", "lobby 13", "lobby 14");
    }

    @Test
    void aHoleIsNotFilledOverTheNextLineFromWhereItWasOverThisOne() {
        ScriptedLine line = test.connected();
        line.chat("lobby", 13);
        line.take(ClientMessage.Join.class);
        line.closes(1006);
        test.time.advance(Duration.ofSeconds(1));
        assertThat(test.open().written()).isEmpty();
    }

    @Test
    void aHoleInTheInboxIsFilledByANewLine() {
        ScriptedLine line = test.connected();
        line.note(3);
        assertThat(line.isClosed).isTrue();
        test.time.advance(Duration.ofSeconds(1));
        ScriptedLine next = test.open();
        next.note(1);
        next.note(2);
        next.note(3);
        assertThat(test.heard).containsExactly("inbox 1", "inbox 2", "inbox 3");
    }

    @Test
    void whatCannotBeRecoveredIsTold() {
        ScriptedLine line = test.connected();
        line.closes(4000);
        test.time.advance(Duration.ofSeconds(1));
        ScriptedLine next = test.line();
        ClientMessage.Login login = next.take(ClientMessage.Login.class);
        next.says(new ServerMessage.Welcome(
                login.id(),
                "anna",
                "s2",
                List.of(),
                "parley.v1",
                new ServerMessage.Heartbeat(30_000, 10_000),
                new ServerMessage.Limits(65_536, 1_048_576, 0, 1),
                OptionalLong.empty(),
                Map.of("room:lobby", TestClient.opened(99, false))));
        next.chat("lobby", 100);
        assertThat(test.missed).containsExactly("room:lobby 99");
        assertThat(test.heard).containsExactly("lobby 100");
    }

    @Test
    void aRoomHasItsListenerOverAllLines() {
        List<String> room = new ArrayList<>();
        ScriptedLine line = test.connected();
        CompletionStage<?> joined = test.client.join("a", message -> room.add(message.content()));
        ClientMessage.Join join = line.take(ClientMessage.Join.class);
        line.says(new ServerMessage.Joined(join.id(), "a", new Position("e1", 0), false, List.of(), 1));
        assertThat(outcome(joined)).isEqualTo("ok");
        line.chat("a", 1);
        line.closes(1012);
        test.time.advance(Duration.ofSeconds(1));
        ScriptedLine next = test.open();
        next.chat("a", 2);
        assertThat(room).containsExactly("a 1", "a 2");
        assertThat(test.heard).isEmpty();
    }

    @Test
    void whoLeavesARoomAndEntersItAtOnceHearsItWithTheNewListener() {
        List<String> room = new ArrayList<>();
        ScriptedLine line = test.connected();
        test.client.leave("a");
        test.client.join("a", message -> room.add(message.content()));
        ClientMessage.Leave leave = line.take(ClientMessage.Leave.class);
        line.says(new ServerMessage.Left(leave.id(), "a"));
        ClientMessage.Join join = line.take(ClientMessage.Join.class);
        line.says(new ServerMessage.Joined(join.id(), "a", new Position("e1", 0), false, List.of(), 1));
        line.chat("a", 1);
        assertThat(room).containsExactly("a 1");
    }

    @Test
    void whoLeavesARoomAndEntersItAgainAndAgainHearsTheLastStayOnly() {
        List<String> rooms = new ArrayList<>();
        ScriptedLine line = test.connected();
        test.client.leave("a");
        test.client.join("a", message -> rooms.add("first " + message.content()));
        test.client.leave("a");
        test.client.join("a", message -> rooms.add("second " + message.content()));
        line.says(new ServerMessage.Left(line.take(ClientMessage.Leave.class).id(), "a"));
        ClientMessage.Join first = line.take(ClientMessage.Join.class);
        line.says(new ServerMessage.Joined(first.id(), "a", new Position("e1", 0), false, List.of(), 1));
        line.chat("a", 1);
        line.says(new ServerMessage.Left(line.take(ClientMessage.Leave.class).id(), "a"));
        ClientMessage.Join second = line.take(ClientMessage.Join.class);
        line.says(new ServerMessage.Joined(second.id(), "a", new Position("e1", 5), false, List.of(), 1));
        line.chat("a", 6);
        assertThat(rooms).containsExactly("second a 6");
        assertThat(test.missed).isEmpty();
    }

    @Test
    void anAnswerThatComesTwiceDoesNotBeginTheRoomAnew() {
        List<String> room = new ArrayList<>();
        ScriptedLine line = test.connected();
        test.client.join("a", message -> room.add(message.content()));
        ClientMessage.Join join = line.take(ClientMessage.Join.class);
        ServerMessage.Joined joined =
                new ServerMessage.Joined(join.id(), "a", new Position("e1", 0), false, List.of(), 1);
        line.says(joined);
        line.chat("a", 1);
        line.says(joined);
        line.chat("a", 2);
        assertThat(room).containsExactly("a 1", "a 2");
        assertThat(test.missed).isEmpty();
        assertThat(line.written()).isEmpty();
    }

    @Test
    void positionsForgetARoomThatIsLeftWhileItsMessagesWaitForTheListener() {
        ScriptedLine line = test.connected();
        test.client.join("a", message -> {});
        ClientMessage.Join join = line.take(ClientMessage.Join.class);
        test.listenerThread.isBlocked = true;
        line.says(new ServerMessage.Joined(join.id(), "a", new Position("e1", 0), false, List.of(), 1));
        line.chat("a", 1);
        test.client.leave("a");
        test.listenerThread.goOn();
        assertThat(test.client.positions()).doesNotContainKey("room:a");
    }

    @Test
    void positionsKeepARoomWhoseEntranceHadNoAnswerWhenTheClientEnded() {
        test.connected();
        test.client.join("lobby", message -> {});
        test.client.forceClose();
        assertThat(test.client.positions()).containsEntry("room:lobby", new Position("e1", 10));
    }

    @Test
    void whoIsPutOutOfARoomReadsItNoMore() {
        ScriptedLine line = test.connected();
        test.client.join("a", message -> {});
        ClientMessage.Join join = line.take(ClientMessage.Join.class);
        line.says(new ServerMessage.Joined(join.id(), "a", new Position("e1", 0), false, List.of(), 1));
        line.says(new ServerMessage.Left(Optional.empty(), "a"));
        assertThat(test.client.positions()).doesNotContainKey("room:a");
    }

    @Test
    void aRoomThatTheLoginDidNotOpenIsJoinedAgainAndItsLossIsTold() {
        ScriptedLine line = test.connected();
        test.client.join("a", message -> {});
        ClientMessage.Join join = line.take(ClientMessage.Join.class);
        line.says(new ServerMessage.Joined(join.id(), "a", new Position("e1", 0), false, List.of(), 1));
        line.closes(1006);
        test.lost.add("room:a");
        test.time.advance(Duration.ofSeconds(1));
        ScriptedLine next = test.open();
        ClientMessage.Join again = next.take(ClientMessage.Join.class);
        next.refuses(again, "no_such_room", 0);
        assertThat(test.refused).containsExactly("no_such_room");
    }

    /** A client in a room that the login after the next line does not open. */
    private ScriptedLine withoutItsRoom(String room) {
        ScriptedLine line = test.connected();
        test.client.join(room, message -> {});
        ClientMessage.Join join = line.take(ClientMessage.Join.class);
        line.says(new ServerMessage.Joined(join.id(), room, new Position("e1", 7), false, List.of(), 1));
        line.closes(1006);
        test.lost.add("room:" + room);
        test.time.advance(Duration.ofSeconds(1));
        return test.open();
    }

    private ClientMessage.Login loginAfter(ScriptedLine line) {
        line.closes(1006);
        test.time.advance(Duration.ofSeconds(2));
        return test.line().take(ClientMessage.Login.class);
    }

    @Test
    void roomThatIsRefusedAfterALoginIsInNoLaterOne() {
        ScriptedLine line = withoutItsRoom("a");
        ClientMessage.Join again = line.take(ClientMessage.Join.class);
        assertThat(again.position()).contains(new Position("e1", 7));
        line.refuses(again, "no_such_room", 0);
        assertThat(test.client.positions()).containsKey("room:lobby").doesNotContainKey("room:a");
        assertThat(loginAfter(line).positions()).containsKey("room:lobby").doesNotContainKey("room:a");
    }

    @Test
    void roomThatRefusesTheApplicationIsInNoLaterLoginEither() {
        test.channels.put("room:a", TestClient.opened(7, false));
        ScriptedLine line = test.connected();
        test.lost.add("room:a");
        line.closes(1006);
        test.time.advance(Duration.ofSeconds(1));
        line = test.open();
        test.client.join("a", message -> {});
        ClientMessage.Join join = line.take(ClientMessage.Join.class);
        assertThat(join.position()).contains(new Position("e1", 7));
        line.refuses(join, "no_such_room", 0);
        assertThat(loginAfter(line).positions()).doesNotContainKey("room:a");
    }

    @Test
    void refusalLeavesAPositionWhereTheRoomIsRead() {
        ScriptedLine line = test.connected();
        test.client.join("lobby", message -> {});
        line.refuses(line.take(ClientMessage.Join.class), "forbidden", 0);
        line.chat("lobby", 11);
        assertThat(loginAfter(line).positions()).containsEntry("room:lobby", new Position("e1", 11));
    }

    @Test
    void loginNamesNoMoreRoomsThanASessionMayBeIn() {
        for (int i = 0; i < 600; i++) {
            String name = "r".repeat(60) + i;
            test.channels.put("room:" + name, TestClient.opened(Long.MAX_VALUE, false));
        }
        String listened = "r".repeat(60) + 300;
        ScriptedLine line = test.connected();
        test.client.join(listened, message -> {});
        ClientMessage.Login login = loginAfter(line);
        assertThat(login.positions()).hasSize(102).containsKeys("inbox", "broadcast", "room:lobby", "room:" + listened);
        assertThat(MessageCodec.encode(login).length()).isLessThan(64 * 1024);
    }

    @Test
    void subscriptionsComeBackAndMetricsReachTheirListener() {
        List<String> values = new ArrayList<>();
        ScriptedLine line = test.connected();
        test.client.subscribe("cpu.*", (metricId, value, at) -> values.add(metricId + " " + value));
        ClientMessage.Subscribe subscribe = line.take(ClientMessage.Subscribe.class);
        line.says(new ServerMessage.Subscribed(
                subscribe.id(), "cpu.*", List.of(new ServerMessage.Value("cpu.load", 0.5, "t"))));
        line.says(new ServerMessage.Metric("cpu.load", 0.75, "t"));
        line.says(new ServerMessage.Metric("mem", 1, "t"));
        assertThat(values).containsExactly("cpu.load 0.5", "cpu.load 0.75");
        line.closes(1006);
        test.time.advance(Duration.ofSeconds(1));
        assertThat(test.open().take(ClientMessage.Subscribe.class).metricId()).isEqualTo("cpu.*");
    }

    @Test
    void ofMetricsTheLatestValueWaitsForASlowLine() {
        ScriptedLine line = test.connected();
        line.isStalled = true;
        test.client.metric("a", 1);
        test.client.metric("b", 1);
        test.client.metric("b", 2);
        test.client.metric("c", 1);
        test.client.metric("b", 3);
        line.take(ClientMessage.Metric.class);
        assertThat(line.written()).isEmpty();
        line.flows();
        assertThat(line.written())
                .extracting(message -> ((ClientMessage.Metric) message).metricId() + " "
                        + ((ClientMessage.Metric) message).value().getAsDouble())
                .containsExactly("b 3.0", "c 1.0");
        assertThat(line.frames).as("together").hasSize(3);
    }

    @Test
    void aSilentLineIsAskedAndThenDead() {
        ScriptedLine line = test.connected();
        test.time.advance(TestClient.INTERVAL);
        line.take(ClientMessage.Ping.class);
        line.says(new ServerMessage.Pong(Optional.empty()));
        test.time.advance(TestClient.INTERVAL);
        line.take(ClientMessage.Ping.class);
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);
        test.time.advance(TestClient.TIMEOUT);
        assertThat(test.client.state()).isEqualTo(ClientState.WAITING);
        assertThat(line.isClosed).isTrue();
    }

    @Test
    void aStalledSendIsADeadLineThoughTheServerTalks() {
        ScriptedLine line = test.connected();
        line.isStalled = true;
        test.client.chat("lobby", "1");
        test.time.advance(TestClient.TIMEOUT.minusMillis(1));
        line.says(new ServerMessage.Pong(Optional.empty()));
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);
        test.time.advance(Duration.ofMillis(1));
        assertThat(test.client.state()).isEqualTo(ClientState.WAITING);
    }

    @Test
    void anAttemptThatHangsIsGivenUpAndItsLateLineIsClosed() {
        test.client.connect();
        TestClient.Attempt attempt = test.attempts.peek();
        test.time.advance(TestClient.CONNECT_TIMEOUT);
        assertThat(test.abandoned).isEqualTo(1);
        test.time.advance(Duration.ofSeconds(1));
        ScriptedLine late = new ScriptedLine(attempt.ear());
        attempt.opened().accept(late);
        assertThat(late.isClosed).isTrue();
        assertThat(test.attempts).hasSize(1);
    }

    @Test
    void aLineThatNobodyWelcomesIsGivenUp() {
        test.client.connect();
        ScriptedLine line = test.line();
        test.time.advance(TestClient.CONNECT_TIMEOUT);
        assertThat(line.isClosed).isTrue();
        assertThat(test.client.state()).isEqualTo(ClientState.WAITING);
    }

    @Test
    void aWelcomeInTheLastMomentCounts() {
        test.client.connect();
        ScriptedLine line = test.line();
        test.time.execute(() -> {
            test.time.advance(TestClient.CONNECT_TIMEOUT);
            test.welcome(line, line.take(ClientMessage.Login.class));
        });
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);
    }

    @Test
    void aRefusedLoginStopsAndTellsEverybody() {
        CompletionStage<?> welcome = test.client.connect();
        CompletionStage<?> sent = test.client.chat("lobby", "1");
        ScriptedLine line = test.line();
        line.refuses(line.take(ClientMessage.Login.class), "login_refused", 0);
        assertThat(outcome(welcome)).isEqualTo("login_refused");
        assertThat(outcome(sent)).isEqualTo("login_refused");
        assertThat(test.states).containsExactly("CONNECTING", "CLOSED login_refused");
        assertThat(test.hasEnded).isTrue();
        assertThat(outcome(test.client.chat("lobby", "2"))).isEqualTo("closed");
    }

    @Test
    void anExpiredTokenComesBack() {
        ScriptedLine line = test.connected();
        line.closes(4003);
        test.time.advance(Duration.ofSeconds(1));
        assertThat(test.attempts).hasSize(1);
    }

    @Test
    void goodbyeSaysWhenToComeBack() {
        ScriptedLine line = test.connected();
        line.says(new ServerMessage.Goodbye("Restart.", 7_000));
        line.closes(1012);
        test.time.advance(Duration.ofMillis(7_999));
        assertThat(test.attempts).isEmpty();
        test.time.advance(Duration.ofMillis(1));
        assertThat(test.attempts).hasSize(1);
    }

    @Test
    void slowListenersCloseTheLineAndLoseNothing() {
        test.listenerThread.isBlocked = true;
        ScriptedLine line = test.connected();
        int seq = 10;
        while (!line.isClosed) {
            line.chat("lobby", ++seq);
        }
        int refusedAt = seq;
        test.time.advance(Duration.ofSeconds(40));
        assertThat(test.attempts).as("while the listener is busy").isEmpty();
        test.listenerThread.goOn();
        ScriptedLine next = test.line();
        ClientMessage.Login login = next.take(ClientMessage.Login.class);
        assertThat(login.positions()).containsEntry("room:lobby", new Position("e1", refusedAt - 1));
        test.welcome(next, login);
        next.chat("lobby", refusedAt);
        assertThat(test.heard).hasSize(refusedAt - 10).doesNotHaveDuplicates();
        assertThat(test.heard.get(test.heard.size() - 1)).isEqualTo("lobby " + refusedAt);
    }

    @Test
    void aListenerThatThrowsHurtsNobodyElse() {
        ScriptedLine line = test.connected();
        test.client.join("lobby", message -> {
            throw new AssertionError("a bug in the application");
        });
        line.take(ClientMessage.Join.class);
        line.chat("lobby", 11);
        line.note(1);
        assertThat(test.heard).containsExactly("inbox 1");
        assertThat(test.client.positions()).containsEntry("room:lobby", new Position("e1", 11));
    }

    @Test
    void aServerThatTalksNonsenseIsLeftAndTriedLater() {
        ScriptedLine line = test.connected();
        line.saysText("{\"type\":\"chat\",\"room\":5}");
        assertThat(test.states).endsWith("WAITING bad_server");
        assertThat(line.isClosed).isTrue();
        test.time.advance(Duration.ofSeconds(1));
        test.open().saysText("{\"type\":\"news\"}");
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);
    }

    @Test
    void longMessagesGoInChunksThatTheServerJoins() {
        test.frameMax = 2_000;
        ScriptedLine line = test.connected();
        test.client.chat("lobby", "x".repeat(5_000));
        assertThat(line.written()).hasSizeGreaterThan(2).allSatisfy(message -> assertThat(message)
                .isInstanceOf(ClientMessage.Chunk.class));
        StringBuilder json = new StringBuilder();
        line.written().forEach(chunk -> json.append(((ClientMessage.Chunk) chunk).data()));
        assertThat(json).contains("x".repeat(5_000));
        assertThat(line.frames).allSatisfy(frame -> assertThat(frame.length()).isLessThanOrEqualTo(2_000));
    }

    @Test
    void anUploadSendsItsBytesWhenTheServerWaitsForThemAndBeginsAnewOnANewLine() {
        ScriptedLine line = test.connected();
        byte[] content = new byte[150_000];
        content[149_999] = 7;
        test = new TestClient();
        assertThat(outcome(test.client.upload("lobby", "a.bin", "application/octet-stream", content)))
                .isEqualTo("queue_full");
        content = new byte[90_000];
        content[89_999] = 7;
        line = test.connected();
        CompletionStage<?> uploaded = test.client.upload("lobby", "a.bin", "application/octet-stream", content);
        ClientMessage.Upload upload = line.take(ClientMessage.Upload.class);
        assertThat(line.bytes()).isEmpty();
        line.acks(upload);
        assertThat(line.bytes()).isEqualTo(content);
        line.closes(1006);
        test.time.advance(Duration.ofSeconds(1));
        ScriptedLine next = test.open();
        next.acks(next.take(ClientMessage.Upload.class));
        assertThat(next.bytes()).isEqualTo(content);
        next.says(new ServerMessage.Uploaded(
                upload.id(), new Attachment("f", "a.bin", "application/octet-stream", 90_000, "files/f")));
        assertThat(outcome(uploaded)).isEqualTo("ok");
    }

    @Test
    void whatIsSentInTheMomentOfTheEndSettlesToo() {
        test.connected();
        // The owner's thread has ended, and the client has not been asked since.
        test.time.shutdown();
        assertThat(outcome(test.client.chat("lobby", "1"))).isEqualTo("closed");
        assertThat(outcome(test.client.join("a", message -> {}))).isEqualTo("closed");
        assertThat(outcome(test.client.upload("lobby", "a.bin", "a/b", new byte[1])))
                .isEqualTo("closed");
        assertThat(outcome(test.client.connect())).isEqualTo("closed");
        assertThat(test.client.unacked()).isZero();
    }

    @Test
    void anObserverThatThrowsStopsNothing() {
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
        ScriptedLine line = test.connected();
        CompletionStage<?> sent = test.client.chat("lobby", "1");
        line.acks(line.take(ClientMessage.Chat.class));
        assertThat(outcome(sent)).isEqualTo("ok");
        line.closes(1006);
        test.time.advance(Duration.ofSeconds(1));
        test.open();
        assertThat(test.states).containsExactly("CONNECTING", "OPEN", "WAITING abnormal", "CONNECTING", "OPEN");
    }

    @Test
    void aLineThatThrowsAsItIsClosedDoesNotKeepTheClientFromComingBack() {
        ScriptedLine line = test.connected();
        line.throwsWhenClosed = true;
        line.closes(1006);
        test.time.advance(Duration.ofSeconds(1));
        test.open();
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);
    }

    @Test
    void slowListenersAreNoReasonToGiveUp() {
        test = new TestClient(100, 2, TestClient.SEND_TIMEOUT, 1, ClientObserver.NONE);
        test.client.connect();
        for (int times = 0; times < 4; times++) {
            ScriptedLine line = test.open();
            test.listenerThread.isBlocked = true;
            int seq = test.heard.size() + 11;
            while (!line.isClosed) {
                line.chat("lobby", seq++);
            }
            test.listenerThread.goOn();
            test.time.advance(Duration.ofSeconds(1));
        }
        assertThat(test.client.state()).isEqualTo(ClientState.CONNECTING);
        assertThat(test.heard).hasSize(8);
    }

    @Test
    void ownBacklogIsNoReasonToGiveUpAndLosesNothing() {
        test = new TestClient(100, 10, TestClient.SEND_TIMEOUT, 1, ClientObserver.NONE);
        test.client.connect();
        for (int times = 0; times < 4; times++) {
            ScriptedLine line = test.line();
            ClientMessage.Login login = line.take(ClientMessage.Login.class);
            test.welcome(line, login);
            long from = test.heard.size() + 11L;
            // More than twice the longest frame, before the owner comes to it.
            test.time.execute(() -> {
                for (long seq = from; seq < from + 4; seq++) {
                    line.chat("lobby", seq, "x".repeat(700_000));
                }
            });
            assertThat(line.isClosed).isTrue();
            assertThat(test.states).endsWith("WAITING slow_client");
            assertThat(test.heard).as("what was taken is heard").hasSize((times + 1) * 2);
            test.time.advance(Duration.ofSeconds(1));
        }
        ClientMessage.Login login = test.line().take(ClientMessage.Login.class);
        assertThat(login.positions()).containsEntry("room:lobby", new Position("e1", 18));
    }

    @Test
    void closingWithinAVeryLongTimeIsClosingAllTheSame() {
        test.connected();
        test.client.chat("lobby", "1");
        CompletionStage<?> closed = test.client.close(Duration.ofSeconds(Long.MAX_VALUE));
        assertThat(outcome(closed)).isEqualTo("-");
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);
        assertThat(outcome(test.client.close(Duration.ofSeconds(-1)))).isEqualTo("ok");
    }

    @Test
    void closingWaitsForAcksAndTakesNothingMore() {
        ScriptedLine line = test.connected();
        CompletionStage<?> sent = test.client.chat("lobby", "1");
        CompletionStage<?> closed = test.client.close(Duration.ofSeconds(5));
        assertThat(outcome(test.client.chat("lobby", "2"))).isEqualTo("closed");
        assertThat(outcome(closed)).isEqualTo("-");
        line.acks(line.take(ClientMessage.Chat.class));
        assertThat(outcome(sent)).isEqualTo("ok");
        assertThat(outcome(closed)).isEqualTo("ok");
        assertThat(line.isClosed).isTrue();
        assertThat(test.hasEnded).isTrue();
        assertThat(test.states).endsWith("CLOSED closed");
    }

    @Test
    void closingEndsAsSoonAsTheLastMetricHasLeft() {
        ScriptedLine line = test.connected();
        line.isStalled = true;
        test.client.metric("a", 1);
        CompletionStage<?> closed = test.client.close(Duration.ofSeconds(5));
        assertThat(outcome(closed)).isEqualTo("-");
        line.flows();
        assertThat(outcome(closed)).isEqualTo("ok");
    }

    @Test
    void closingDoesNotWaitForEver() {
        test.connected();
        CompletionStage<?> sent = test.client.chat("lobby", "1");
        CompletionStage<?> closed = test.client.close(Duration.ofSeconds(5));
        test.time.advance(Duration.ofSeconds(5));
        assertThat(outcome(closed)).isEqualTo("ok");
        assertThat(outcome(sent)).isEqualTo("closed");
    }

    @Test
    void forcedItEndsAtOnceInEveryState() {
        CompletionStage<?> idle = new TestClient().client.forceClose();
        assertThat(outcome(idle)).isEqualTo("ok");
        CompletionStage<?> welcome = test.client.connect();
        assertThat(outcome(test.client.forceClose())).isEqualTo("ok");
        assertThat(outcome(welcome)).isEqualTo("closed");
        assertThat(test.abandoned).isEqualTo(1);
    }

    @Test
    void byHandItReconnectsAtOnce() {
        ScriptedLine line = test.connected();
        test.client.reconnect();
        test.time.advance(Duration.ZERO);
        assertThat(line.isClosed).isTrue();
        test.open();
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);
    }

    @Test
    void anIdleClientHasFewTimersHoweverMuchItSends() {
        ScriptedLine line = test.connected();
        for (int i = 0; i < 500; i++) {
            test.client.chat("lobby", "x");
            line.acks(line.take(ClientMessage.Chat.class));
        }
        assertThat(test.time.timers()).isLessThan(5);
    }
}
