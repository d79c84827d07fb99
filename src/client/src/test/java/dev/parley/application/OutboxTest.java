package dev.parley.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.client.Ack;
import dev.parley.client.NotificationRequest;
import dev.parley.client.ParleyClient;
import dev.parley.client.SendOptions;
import dev.parley.protocol.Attachment;
import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A service that keeps each message with its id until the ack, and sends it again after a crash of its own. */
@Timeout(60)
class OutboxTest {
    private static final int PATIENCE_SECONDS = 20;
    private static final SendOptions KEPT = SendOptions.DEFAULT.id("order-4711");

    private final TalkingServer server = new TalkingServer();

    @AfterEach
    void stop() {
        server.close();
    }

    private ParleyClient start() {
        ParleyClient client =
                ParleyClient.builder(server.uri()).username("orders").build();
        client.connect();
        return client;
    }

    @Test
    void messageOfACrashedServiceIsSentAgainUnderItsId() throws Exception {
        try (ParleyClient crashed = start();
                TalkingServer.Connection connection = server.signIn()) {
            crashed.chat("orders", "paid", KEPT);
            assertThat(connection.next(ClientMessage.Chat.class).id()).contains("order-4711");
            crashed.forceClose();
        }
        try (ParleyClient successor = start();
                TalkingServer.Connection connection = server.signIn()) {
            CompletableFuture<Ack> ack = successor.chat("orders", "paid", KEPT).toCompletableFuture();
            ClientMessage.Chat again = connection.next(ClientMessage.Chat.class);
            assertThat(again.id()).contains("order-4711");
            connection.acks(again, 7);
            assertThat(ack.get(PATIENCE_SECONDS, TimeUnit.SECONDS).id()).isEqualTo("order-4711");
            assertThat(ack.get().seq()).isEqualTo(7);
            assertThat(ack.get().channel()).isEqualTo(Channel.Room.LOBBY);
            successor.forceClose();
        }
    }

    @Test
    void everyKindOfMessageTakesAnId() {
        Attachment file = new Attachment("f", "a.txt", "text/plain", 1, "files/f");
        try (ParleyClient client = start();
                TalkingServer.Connection connection = server.signIn()) {
            client.chat("orders", "with a file", file, SendOptions.DEFAULT.id("a"));
            client.message("bert", "x", SendOptions.DEFAULT.id("b"));
            client.notification(NotificationRequest.toEveryone("x"), SendOptions.DEFAULT.id("c"));
            assertThat(connection.next(ClientMessage.Chat.class).id()).contains("a");
            assertThat(connection.next(ClientMessage.Message.class).id()).contains("b");
            assertThat(connection.next(ClientMessage.Notification.class).id()).contains("c");
            client.forceClose();
        }
    }

    @Test
    void idWithoutAnAckIsNotSentASecondTime() throws Exception {
        try (ParleyClient client = start();
                TalkingServer.Connection connection = server.signIn()) {
            CompletableFuture<Ack> first = client.chat("orders", "paid", KEPT).toCompletableFuture();
            CompletableFuture<Ack> second = client.chat("orders", "paid", KEPT).toCompletableFuture();
            assertThatThrownBy(() -> second.get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .cause()
                    .hasFieldOrPropertyWithValue("code", "duplicate")
                    .hasMessageContaining("'order-4711'");
            client.chat("orders", "next");
            connection.acks(connection.next(ClientMessage.Chat.class), 1);
            assertThat(first.get(PATIENCE_SECONDS, TimeUnit.SECONDS).seq()).isEqualTo(1);
            assertThat(connection.next(ClientMessage.Chat.class).content()).isEqualTo("next");
            client.forceClose();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "order 4711",
                "käufe",
                "a/b",
                "0123456789012345678901234567890123456789012345678901234567890123x"
            })
    void invalidIdIsRefusedAtOnceWithItsValue(String id) {
        assertThatThrownBy(() -> SendOptions.DEFAULT.id(id))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'id' must be 1-64 characters of A-Z, a-z, 0-9, _ and -, but is '")
                .hasMessageContaining(id.substring(0, Math.min(10, id.length())));
    }
}
