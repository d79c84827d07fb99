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
import org.junit.jupiter.api.Test;

/** A client that is a guest keeps the secret with which it stays the same guest. */
class GuestTest {
    private final TestClient test = new TestClient();

    private static ServerMessage.Welcome welcome(Optional<String> id, String username, Optional<String> secret) {
        return new ServerMessage.Welcome(
                id,
                username,
                Optional.of("k3f9"),
                secret,
                "s1",
                List.of(),
                ServerMessage.Welcome.PROTOCOL,
                new ServerMessage.Heartbeat(30_000, 10_000),
                new ServerMessage.Limits(65_536, 1_048_576, 0, 1, OptionalInt.empty()),
                OptionalLong.empty(),
                Map.of("inbox", TestClient.opened(0, false)));
    }

    private ScriptedTransport welcomedWith(String secret) {
        test.client.connect();
        ScriptedTransport transport = test.acceptAttempt();
        ClientMessage.Login login = transport.take(ClientMessage.Login.class);
        assertThat(login.guestSecret()).isEmpty();
        transport.says(welcome(login.id(), "anna", Optional.of(secret)));
        return transport;
    }

    private ScriptedTransport reconnected(ScriptedTransport transport) {
        transport.closes(1006);
        while (test.attempts.isEmpty()) {
            test.time.advance(Duration.ofSeconds(1));
        }
        return test.acceptAttempt();
    }

    @Test
    void guestComesBackWithItsSecret() {
        ScriptedTransport transport = welcomedWith("secret");
        for (int i = 0; i < 3; i++) {
            transport = reconnected(transport);
            ClientMessage.Login login = transport.take(ClientMessage.Login.class);
            assertThat(login.guestSecret()).contains("secret");
            transport.says(welcome(login.id(), "anna", Optional.empty()));
        }
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);
    }

    @Test
    void forgottenGuestSignsInAsANewOneOnTheSameConnection() {
        ScriptedTransport transport = reconnected(welcomedWith("old"));
        CompletionStage<?> chat = test.client.chat("lobby", "kept");
        transport.refuses(transport.take(ClientMessage.Login.class), "login_refused", 0);
        ClientMessage.Login login = transport.take(ClientMessage.Login.class);
        assertThat(login.guestSecret()).isEmpty();
        assertThat(login.username()).contains("anna");
        transport.says(welcome(login.id(), "anna", Optional.of("new")));
        transport.acks(transport.take(ClientMessage.Chat.class));
        assertThat(outcome(chat)).isEqualTo("ok");
        transport = reconnected(transport);
        assertThat(transport.take(ClientMessage.Login.class).guestSecret()).contains("new");
    }

    @Test
    void refusedNameOfAForgottenGuestIsFinal() {
        ScriptedTransport transport = reconnected(welcomedWith("old"));
        transport.refuses(transport.take(ClientMessage.Login.class), "login_refused", 0);
        transport.refuses(transport.take(ClientMessage.Login.class), "login_refused", 0);
        assertThat(test.client.state()).isEqualTo(ClientState.CLOSED);
    }

    @Test
    void secretThatNoLoginCanCarryIsIgnored() {
        for (String secret : List.of("x".repeat(1_000), "\u0000", "")) {
            TestClient other = new TestClient();
            other.client.connect();
            ScriptedTransport transport = other.acceptAttempt();
            transport.says(welcome(transport.take(ClientMessage.Login.class).id(), "anna", Optional.of(secret)));
            transport.closes(1006);
            other.time.advance(Duration.ofSeconds(1));
            assertThat(other.acceptAttempt().take(ClientMessage.Login.class).guestSecret())
                    .as(secret)
                    .isEmpty();
        }
    }

    @Test
    void answerToAGuestHasItsTag() {
        ScriptedTransport transport = test.connected();
        ServerMessage.Stored stored = new ServerMessage.Chat(
                "lobby", 1, "m1", "ida", Optional.of("k3f9"), "Hello", "2026-01-31T12:00:00.000Z", Optional.empty());
        test.client.message(stored.person(), "Hi");
        ClientMessage.Message toGuest = transport.take(ClientMessage.Message.class);
        assertThat(toGuest.to()).contains("ida");
        assertThat(toGuest.toGuest()).contains("k3f9");
        test.client.message(ServerMessage.Person.user("ben"), "Hi");
        ClientMessage.Message toUser = transport.take(ClientMessage.Message.class);
        assertThat(toUser.to()).contains("ben");
        assertThat(toUser.toGuest()).isEmpty();
    }

    @Test
    void newNameOfAGuestIsAnEvent() {
        ScriptedTransport transport = welcomedWith("secret");
        ServerMessage.Welcome renamed = welcome(Optional.empty(), "guest-k3f9", Optional.empty());
        transport.says(renamed);
        assertThat(test.events).containsExactly(renamed);
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);
    }
}
