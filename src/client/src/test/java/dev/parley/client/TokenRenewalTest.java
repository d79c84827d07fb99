package dev.parley.client;

import static dev.parley.client.TestClient.outcome;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ServerMessage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The renewal of a token with a lifetime of 1,000 s on an open connection. */
class TokenRenewalTest {
    private static final Duration LIFE = Duration.ofSeconds(1_000);

    private final TestClient test = new TestClient();

    @BeforeEach
    void letTokensExpire() {
        test.expiresIn = OptionalLong.of(LIFE.toMillis());
        test.random = 0.5;
    }

    /** Lets time pass and keeps the connection alive. */
    private void passes(ScriptedTransport transport, Duration time) {
        for (long left = time.toSeconds(); left > 0; left -= 10) {
            transport.says(new ServerMessage.Pong(Optional.empty()));
            test.time.advance(Duration.ofSeconds(Math.min(10, left)));
        }
    }

    private static void welcomesAgain(ScriptedTransport transport, ClientMessage.Login login, long expiresInMillis) {
        transport.says(new ServerMessage.Welcome(
                login.id(),
                "anna",
                Optional.empty(),
                Optional.empty(),
                "s1",
                List.of("user"),
                ServerMessage.Welcome.PROTOCOL,
                new ServerMessage.Heartbeat(30_000, 10_000),
                new ServerMessage.Limits(65_536, 1_048_576, 0, 3, OptionalInt.empty()),
                OptionalLong.of(expiresInMillis),
                Map.of("room:lobby", TestClient.opened(99, false))));
    }

    @Test
    void tokenIsRenewedOnTheOpenConnectionBeforeItExpires() {
        ScriptedTransport transport = test.connected();
        passes(transport, Duration.ofSeconds(799));
        assertThat(test.fetches).isEmpty();
        passes(transport, Duration.ofSeconds(1));
        test.fetches.remove().fetched().accept("fresh");
        ClientMessage.Login login = transport.take(ClientMessage.Login.class);
        assertThat(login.token()).contains("fresh");
        assertThat(login.positions()).isEmpty();
        welcomesAgain(transport, login, 500_000);
        transport.chat("lobby", 11);
        assertThat(test.heard).as("reading continues").containsExactly("lobby 11");
        assertThat(test.missed).isEmpty();
        assertThat(test.states).containsExactly("CONNECTING", "OPEN");
        passes(transport, Duration.ofSeconds(400));
        assertThat(test.fetches).as("the next renewal").hasSize(1);
    }

    @Test
    void failedSupplierIsRetriedAndTheConnectionStaysOpen() {
        ScriptedTransport transport = test.connected();
        passes(transport, Duration.ofSeconds(800));
        test.fetches.remove().failed().accept("The identity provider is away.");
        assertThat(test.fetches).isEmpty();
        CompletionStage<?> sent = test.client.chat("lobby", "1");
        transport.acks(transport.take(ClientMessage.Chat.class));
        assertThat(outcome(sent)).isEqualTo("ok");
        passes(transport, Duration.ofSeconds(5));
        test.fetches.remove().fetched().accept("fresh");
        assertThat(transport.take(ClientMessage.Login.class).token()).contains("fresh");
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);
    }

    @Test
    void blockedSupplierIsGivenUpAndRetried() {
        ScriptedTransport transport = test.connected();
        passes(transport, Duration.ofSeconds(800));
        TestClient.Fetch stuck = test.fetches.peek();
        passes(transport, TestClient.CONNECT_TIMEOUT);
        assertThat(test.fetches).isEmpty();
        passes(transport, Duration.ofSeconds(5));
        assertThat(test.fetches).hasSize(1);
        stuck.fetched().accept("late");
        assertThat(transport.written()).noneMatch(ClientMessage.Login.class::isInstance);
    }

    @Test
    void retryableLoginErrorIsRetried() {
        ScriptedTransport transport = test.connected();
        passes(transport, Duration.ofSeconds(800));
        test.fetches.remove().fetched().accept("fresh");
        ClientMessage.Login login = transport.take(ClientMessage.Login.class);
        transport.refuses(login, "internal", 1_000);
        passes(transport, Duration.ofSeconds(1));
        assertThat(transport.take(ClientMessage.Login.class)).isEqualTo(login);
        passes(transport, TestClient.SEND_TIMEOUT.plusSeconds(5));
        assertThat(test.fetches).as("after an unanswered login").hasSize(1);
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);
        assertThat(test.refused).isEmpty();
    }

    @Test
    void newConnectionUsesItsOwnToken() {
        ScriptedTransport transport = test.connected();
        passes(transport, Duration.ofSeconds(800));
        test.fetches.peek().fetched().accept("fresh");
        transport.take(ClientMessage.Login.class);
        transport.closes(4003);
        test.time.advance(Duration.ofSeconds(1));
        ScriptedTransport next = test.open();
        assertThat(next.written()).isEmpty();
    }

    @Test
    void nothingIsRenewedWithoutAConnection() {
        ScriptedTransport transport = test.connected();
        passes(transport, Duration.ofSeconds(800));
        transport.closes(1006);
        assertThat(test.fetches).as("given up with the connection").isEmpty();
        test.time.advance(LIFE);
        assertThat(test.fetches).isEmpty();
    }

    @Test
    void tokenFetchesAlwaysHaveAMinimumPause() {
        test.expiresIn = OptionalLong.of(Long.MIN_VALUE);
        ScriptedTransport transport = test.connected();
        for (int i = 0; i < 3; i++) {
            test.time.advance(Duration.ofMillis(4_999));
            assertThat(test.fetches).isEmpty();
            test.time.advance(Duration.ofMillis(1));
            test.fetches.remove().fetched().accept("fresh");
            welcomesAgain(transport, transport.take(ClientMessage.Login.class), i);
        }
    }
}
