package dev.parley.client;

import static dev.parley.client.TestClient.outcome;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ServerMessage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A token of 1,000 s on an open line. */
class TokenRenewalTest {
    private static final Duration LIFE = Duration.ofSeconds(1_000);

    private final TestClient test = new TestClient();

    @BeforeEach
    void letTokensRunOut() {
        test.expiresIn = OptionalLong.of(LIFE.toMillis());
        test.random = 0.5;
    }

    /** Keeps the line alive meanwhile. */
    private void passes(ScriptedLine line, Duration time) {
        for (long left = time.toSeconds(); left > 0; left -= 10) {
            line.says(new ServerMessage.Pong(Optional.empty()));
            test.time.advance(Duration.ofSeconds(Math.min(10, left)));
        }
    }

    private static void welcomesAgain(ScriptedLine line, ClientMessage.Login login, long expiresInMillis) {
        line.says(new ServerMessage.Welcome(
                login.id(),
                "anna",
                "s1",
                List.of("user"),
                ServerMessage.Welcome.PROTOCOL,
                new ServerMessage.Heartbeat(30_000, 10_000),
                new ServerMessage.Limits(65_536, 1_048_576, 0, 3),
                OptionalLong.of(expiresInMillis),
                Map.of("room:lobby", TestClient.opened(99, false))));
    }

    @Test
    void beforeATokenRunsOutAFreshOneIsSentOnTheOpenLine() {
        ScriptedLine line = test.connected();
        passes(line, Duration.ofSeconds(799));
        assertThat(test.fetches).isEmpty();
        passes(line, Duration.ofSeconds(1));
        test.fetches.remove().fetched().accept("fresh");
        ClientMessage.Login login = line.take(ClientMessage.Login.class);
        assertThat(login.token()).contains("fresh");
        assertThat(login.positions()).isEmpty();
        welcomesAgain(line, login, 500_000);
        line.chat("lobby", 11);
        assertThat(test.heard).as("goes on where it was").containsExactly("lobby 11");
        assertThat(test.missed).isEmpty();
        assertThat(test.states).containsExactly("CONNECTING", "OPEN");
        passes(line, Duration.ofSeconds(400));
        assertThat(test.fetches).as("the next one in its turn").hasSize(1);
    }

    @Test
    void aSupplierThatFailsIsAskedAgainAndTheLineGoesOn() {
        ScriptedLine line = test.connected();
        passes(line, Duration.ofSeconds(800));
        test.fetches.remove().failed().accept("The identity provider is away.");
        assertThat(test.fetches).isEmpty();
        CompletionStage<?> sent = test.client.chat("lobby", "1");
        line.acks(line.take(ClientMessage.Chat.class));
        assertThat(outcome(sent)).isEqualTo("ok");
        passes(line, Duration.ofSeconds(5));
        test.fetches.remove().fetched().accept("fresh");
        assertThat(line.take(ClientMessage.Login.class).token()).contains("fresh");
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);
    }

    @Test
    void aSupplierThatBlocksIsGivenUpAndAskedAgain() {
        ScriptedLine line = test.connected();
        passes(line, Duration.ofSeconds(800));
        TestClient.Fetch stuck = test.fetches.peek();
        passes(line, TestClient.CONNECT_TIMEOUT);
        assertThat(test.fetches).isEmpty();
        passes(line, Duration.ofSeconds(5));
        assertThat(test.fetches).hasSize(1);
        stuck.fetched().accept("late");
        assertThat(line.written()).noneMatch(ClientMessage.Login.class::isInstance);
    }

    @Test
    void aServerThatCannotCheckItNowIsAskedAgain() {
        ScriptedLine line = test.connected();
        passes(line, Duration.ofSeconds(800));
        test.fetches.remove().fetched().accept("fresh");
        ClientMessage.Login login = line.take(ClientMessage.Login.class);
        line.refuses(login, "internal", 1_000);
        passes(line, Duration.ofSeconds(1));
        assertThat(line.take(ClientMessage.Login.class)).isEqualTo(login);
        passes(line, TestClient.SEND_TIMEOUT.plusSeconds(5));
        assertThat(test.fetches).as("after no answer").hasSize(1);
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);
        assertThat(test.refused).isEmpty();
    }

    @Test
    void anotherLineHasItsOwnToken() {
        ScriptedLine line = test.connected();
        passes(line, Duration.ofSeconds(800));
        test.fetches.peek().fetched().accept("fresh");
        line.take(ClientMessage.Login.class);
        line.closes(4003);
        test.time.advance(Duration.ofSeconds(1));
        ScriptedLine next = test.open();
        assertThat(next.written()).isEmpty();
    }

    @Test
    void whileTheLineIsAwayNothingIsRenewed() {
        ScriptedLine line = test.connected();
        passes(line, Duration.ofSeconds(800));
        line.closes(1006);
        assertThat(test.fetches).as("given up with the line").isEmpty();
        test.time.advance(LIFE);
        assertThat(test.fetches).isEmpty();
    }

    @Test
    void noServerMakesTheClientFetchTokensWithoutPause() {
        test.expiresIn = OptionalLong.of(Long.MIN_VALUE);
        ScriptedLine line = test.connected();
        for (int i = 0; i < 3; i++) {
            test.time.advance(Duration.ofMillis(4_999));
            assertThat(test.fetches).isEmpty();
            test.time.advance(Duration.ofMillis(1));
            test.fetches.remove().fetched().accept("fresh");
            welcomesAgain(line, line.take(ClientMessage.Login.class), i);
        }
    }
}
