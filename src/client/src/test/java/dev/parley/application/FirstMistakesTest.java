package dev.parley.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.client.ClientState;
import dev.parley.client.NotificationRequest;
import dev.parley.client.ParleyClient;
import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import java.net.URI;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What somebody meets in the first hour with the client. */
@Timeout(60)
class FirstMistakesTest {
    private static final int PATIENCE_SECONDS = 20;

    private final TalkingServer server = new TalkingServer();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void forgottenConnectIsAnErrorAtOnce() {
        try (ParleyClient client = ParleyClient.builder(server.uri()).build()) {
            assertForgotten(() -> client.chat("lobby", "x"));
            assertForgotten(() -> client.message("bert", "x"));
            assertForgotten(() -> client.notification(NotificationRequest.toEveryone("x")));
            assertForgotten(() -> client.metric("cpu", 1));
            assertForgotten(() -> client.upload("lobby", "a.txt", "text/plain", new byte[1]));
            assertForgotten(() -> client.history(Channel.Room.LOBBY, OptionalLong.empty(), 10));
            assertForgotten(() -> client.read(Channel.Room.LOBBY, 1));
            assertForgotten(() -> client.leave("lobby"));
            assertForgotten(() -> client.unsubscribe("cpu"));
        }
    }

    private static void assertForgotten(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalStateException.class).hasMessageContaining("Call connect() first");
    }

    @Test
    void closedClientSaysThatItIsClosedThoughItNeverConnected() {
        ParleyClient client = ParleyClient.builder(server.uri()).build();
        client.close();
        assertThatThrownBy(
                        () -> client.chat("lobby", "x").toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .cause()
                .hasFieldOrPropertyWithValue("code", "closed");
    }

    @Test
    void joinAndSubscribeMayComeBeforeConnect() {
        try (ParleyClient client =
                ParleyClient.builder(server.uri()).username("early").build()) {
            client.join("builds", message -> {});
            client.subscribe("cpu", (metricId, value, at) -> {});
            client.connect();
            try (TalkingServer.Connection connection = server.signIn()) {
                assertThat(connection.next(ClientMessage.Join.class).room()).isEqualTo("builds");
                assertThat(connection.next(ClientMessage.Subscribe.class).metricId())
                        .isEqualTo("cpu");
            }
            client.forceClose();
        }
    }

    @Test
    void reconnectCountsAsConnect() {
        try (ParleyClient client = ParleyClient.builder(server.uri()).build()) {
            client.reconnect();
            client.chat("lobby", "x");
            try (TalkingServer.Connection connection = server.signIn()) {
                assertThat(connection.next(ClientMessage.Chat.class).content()).isEqualTo("x");
            }
            client.forceClose();
        }
    }

    @ParameterizedTest
    @CsvSource({"'', /chat", "/, /chat", "'?ticket=%41', /chat?ticket=%41", "/monitor, /monitor", "/a/, /a/"})
    void uriWithoutAPathMeansChat(String given, String asked) {
        URI uri = URI.create("ws://" + server.uri().getAuthority() + given);
        try (ParleyClient client = ParleyClient.builder(uri).build()) {
            client.connect();
            try (TalkingServer.Connection connection = server.accept()) {
                assertThat(connection.handshake()).startsWith("GET " + asked + " HTTP");
            }
            client.forceClose();
        }
    }

    @Test
    void seqOfAnAckIsANumber() throws Exception {
        try (ParleyClient client = ParleyClient.builder(server.uri()).build()) {
            client.connect();
            CompletableFuture<Long> seq =
                    client.chat("lobby", "x").toCompletableFuture().thenApply(ack -> ack.seq());
            try (TalkingServer.Connection connection = server.signIn()) {
                connection.acks(connection.next(ClientMessage.Chat.class), 42);
                assertThat(seq.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo(42);
            }
            client.forceClose();
        }
    }

    @Test
    void ownCloseIsNotLoggedAsAFailure() throws Exception {
        Queue<String> lines = new ConcurrentLinkedQueue<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                lines.add(line.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger("dev.parley.client");
        logger.addHandler(handler);
        try (ParleyClient client =
                ParleyClient.builder(server.uri()).name("calm").build()) {
            client.connect();
            try (TalkingServer.Connection connection = server.signIn()) {
                connection.chat("lobby", 11);
                client.forceClose().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
            assertThat(client.state()).isEqualTo(ClientState.CLOSED);
        } finally {
            logger.removeHandler(handler);
        }
        assertThat(lines).contains("Parley client calm is CLOSED.").noneMatch(line -> line.contains("build another"));
    }
}
