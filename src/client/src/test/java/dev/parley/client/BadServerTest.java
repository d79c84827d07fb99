package dev.parley.client;

import static dev.parley.client.TestClient.outcome;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.client.internal.transport.ConnectionFailure;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hostile or defective servers: the client stays within its bounds. */
class BadServerTest {
    private TestClient test = new TestClient(100, 1_000);

    private static ServerMessage.Joined lost(ClientMessage.Join join, long seq) {
        return new ServerMessage.Joined(join.id(), join.room(), new Position("e", seq), false, List.of(), 0);
    }

    private ServerMessage.Welcome welcome(
            ClientMessage.Login login, String session, Map<String, ServerMessage.Opened> channels) {
        return new ServerMessage.Welcome(
                login.id(),
                "anna",
                Optional.empty(),
                Optional.empty(),
                session,
                List.of(),
                ServerMessage.Welcome.PROTOCOL,
                new ServerMessage.Heartbeat(Long.MAX_VALUE, Long.MIN_VALUE),
                new ServerMessage.Limits(
                        Integer.MAX_VALUE, 0, Integer.MIN_VALUE, Integer.MIN_VALUE, OptionalInt.of(Integer.MIN_VALUE)),
                OptionalLong.of(Long.MAX_VALUE),
                channels);
    }

    @Test
    void longEventsCountTheirBytes() {
        test.listenerThread.isBlocked = true;
        ScriptedTransport transport = test.connected();
        for (int i = 0; i < 20 && !transport.isClosed; i++) {
            transport.says(new ServerMessage.Typing("lobby", "x".repeat(100_000), Optional.empty()));
        }
        assertThat(transport.isClosed).as("over 1,000,000 bytes").isTrue();
        test.listenerThread.resume();
        assertThat(test.events).hasSizeLessThan(11);
    }

    @Test
    void longMetricsCountTheirBytes() {
        test.listenerThread.isBlocked = true;
        ScriptedTransport transport = test.connected();
        test.client.subscribe("*", (metricId, value, at) -> {});
        for (int i = 0; i < 20 && !transport.isClosed; i++) {
            transport.says(new ServerMessage.Metric("m" + i, 1, "x".repeat(100_000)));
        }
        assertThat(transport.isClosed).isTrue();
    }

    @Test
    void longSenderNamesCountTheirBytes() {
        test.listenerThread.isBlocked = true;
        ScriptedTransport transport = test.connected();
        for (int seq = 11; seq < 31 && !transport.isClosed; seq++) {
            transport.says(new ServerMessage.Chat(
                    "lobby", seq, "i", "x".repeat(100_000), Optional.empty(), "", "t", Optional.empty()));
        }
        assertThat(transport.isClosed).isTrue();
    }

    @Test
    void endlessLossesFillNoQueueAndAreAllReported() {
        test = new TestClient(100, 5);
        test.listenerThread.isBlocked = true;
        ScriptedTransport transport = test.connected();
        int seq = 10;
        while (!transport.isClosed) {
            seq++;
            transport.chat("lobby", seq + 1_000);
            transport.says(lost(transport.take(ClientMessage.Join.class), seq));
            assertThat(test.client.waitingForListeners()).isLessThanOrEqualTo(5);
        }
        test.listenerThread.resume();
        test.time.advance(Duration.ofSeconds(1));
        ClientMessage.Login login = test.acceptAttempt().take(ClientMessage.Login.class);
        assertThat(login.positions())
                .as("only positions whose loss was reported")
                .containsEntry("room:lobby", new Position("e", seq - 1));
        assertThat(test.missed).endsWith("room:lobby " + (seq - 1));
    }

    @Test
    void tooManyChannelsEndTheConnection() {
        test.client.connect();
        ScriptedTransport transport = test.acceptAttempt();
        Map<String, ServerMessage.Opened> channels = new HashMap<>();
        for (int i = 0; i <= 1_000; i++) {
            channels.put("room:r" + i, TestClient.opened(1, false));
        }
        transport.says(welcome(transport.take(ClientMessage.Login.class), "s", channels));
        assertThat(test.states).endsWith("WAITING bad_server");
        test.time.advance(Duration.ofSeconds(1));
        assertThat(test.acceptAttempt().take(ClientMessage.Login.class).positions())
                .isEmpty();
    }

    @Test
    void absurdLimitsAreClampedAndAnInvalidSessionIsForgotten() {
        test.client.connect();
        ScriptedTransport transport = test.acceptAttempt();
        transport.says(welcome(transport.take(ClientMessage.Login.class), "x".repeat(100_000), Map.of()));
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);
        test.client.chat("lobby", "1");
        assertThat(transport.takeChats()).containsExactly("1");
        transport.closes(1006);
        test.time.advance(Duration.ofSeconds(1));
        assertThat(test.acceptAttempt().take(ClientMessage.Login.class).session())
                .isEmpty();
    }

    @Test
    void extremeSeqsAreNotDelivered() {
        ScriptedTransport transport = test.connected();
        for (long seq : new long[] {Long.MIN_VALUE, -1, 0}) {
            transport.chat("lobby", seq);
        }
        transport.chat("lobby", Long.MAX_VALUE);
        assertThat(test.heard).isEmpty();
        assertThat(transport.take(ClientMessage.Join.class).position()).contains(new Position("e1", 10));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void retryDelayOfZeroOrLessCausesNoSendLoop(long retryAfter) {
        ScriptedTransport transport = test.connected();
        test.client.chat("lobby", "1");
        ClientMessage.Chat chat = transport.take(ClientMessage.Chat.class);
        transport.says(new ServerMessage.Error(chat.id(), "internal", "No.", OptionalLong.of(retryAfter)));
        assertThat(transport.written()).isEmpty();
        test.time.advance(Duration.ofSeconds(1));
        assertThat(transport.takeChats()).containsExactly("1");
    }

    @Test
    void unrequestedAnswersChangeNothing() {
        ScriptedTransport transport = test.connected();
        CompletionStage<?> sent = test.client.chat("lobby", "1");
        Optional<String> unknown = Optional.of("unknown");
        transport.says(ServerMessage.Ack.of(unknown));
        transport.says(new ServerMessage.History(
                unknown,
                Optional.of("lobby"),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                1,
                false,
                OptionalLong.empty()));
        transport.says(new ServerMessage.Left(unknown, "lobby"));
        transport.says(welcome(
                new ClientMessage.Login(
                        unknown,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Map.of(),
                        Optional.empty(),
                        Optional.empty()),
                "s9",
                Map.of("room:lobby", TestClient.opened(99, false))));
        transport.chat("lobby", 11);
        assertThat(test.heard).containsExactly("lobby 11");
        assertThat(outcome(sent)).isEqualTo("-");
        assertThat(test.events).isEmpty();
    }

    @Test
    void ackWithoutAPositionFailsTheMessage() {
        ScriptedTransport transport = test.connected();
        CompletionStage<?> sent = test.client.chat("lobby", "1");
        transport.says(
                ServerMessage.Ack.of(transport.take(ClientMessage.Chat.class).id()));
        assertThat(outcome(sent)).isEqualTo("bad_server");
    }

    @Test
    void errorTextsAreMadeSafeForLogs() {
        ScriptedTransport transport = test.connected();
        List<ParleyException> told = new ArrayList<>();
        test.client.chat("lobby", "1").whenComplete((ack, why) -> told.add((ParleyException) why));
        ClientMessage.Chat chat = transport.take(ClientMessage.Chat.class);
        transport.says(new ServerMessage.Error(
                chat.id(), "x".repeat(100_000), "a\nb\u001b[31m" + "x".repeat(100_000), OptionalLong.empty()));
        assertThat(told).singleElement().satisfies(why -> {
            assertThat(why.code()).hasSizeLessThan(100);
            assertThat(why.getMessage()).startsWith("a b [31mxxx").hasSizeLessThan(1_100);
        });
        transport.closes(1006);
        assertThat(ConnectionFailure.ofClose(4505, "no\nroot: all is well").why())
                .hasMessageEndingWith(": no root: all is well");
    }
}
