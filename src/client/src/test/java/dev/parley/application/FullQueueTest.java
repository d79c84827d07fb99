package dev.parley.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.parley.client.Ack;
import dev.parley.client.ParleyClient;
import dev.parley.client.ParleyClientBuilder;
import dev.parley.client.SendOptions;
import dev.parley.protocol.ClientMessage;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A service that sends faster than the server acknowledges. */
@Timeout(60)
class FullQueueTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final SendOptions WAITING = SendOptions.DEFAULT.waitAtMost(PATIENCE);

    private final TalkingServer server = new TalkingServer();
    private final ParleyClientBuilder builder =
            ParleyClient.builder(server.uri()).username("feed").maxUnacked(1, 1_000);

    @AfterEach
    void stop() {
        server.close();
    }

    private static Throwable failure(CompletionStage<?> stage) throws Exception {
        return stage.handle((result, why) -> why).toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static ParleyClient connect(ParleyClientBuilder builder) {
        ParleyClient client = builder.build();
        client.connect();
        return client;
    }

    /** Sends on a thread of its own, and returns when that thread waits for room. */
    private static CompletableFuture<Ack> sendWhileFull(ParleyClient client) {
        CompletableFuture<Ack> result = new CompletableFuture<>();
        Thread sender = new Thread(() -> client.chat("feed", "second", WAITING).whenComplete((ack, why) -> {
            if (why == null) {
                result.complete(ack);
            } else {
                result.completeExceptionally(why);
            }
        }));
        sender.start();
        Awaitility.await().atMost(PATIENCE).until(() -> sender.getState() == Thread.State.TIMED_WAITING);
        return result;
    }

    @Test
    void sendWaitsForTheAckThatMakesRoom() throws Exception {
        try (ParleyClient client = connect(builder);
                TalkingServer.Connection connection = server.signIn()) {
            client.chat("feed", "first");
            ClientMessage.Chat first = connection.next(ClientMessage.Chat.class);
            CompletableFuture<Ack> second = sendWhileFull(client);
            assertThat(client.unacked()).isEqualTo(1);
            connection.acks(first, 1);
            ClientMessage.Chat next = connection.next(ClientMessage.Chat.class);
            assertThat(next.content()).isEqualTo("second");
            connection.acks(next, 2);
            assertThat(second.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).seq()).isEqualTo(2);
            client.forceClose();
        }
    }

    @Test
    void fullQueueNamesItsSettingAtOnceOrAfterTheWait() throws Exception {
        try (ParleyClient client = connect(builder)) {
            client.chat("feed", "first");
            assertThat(failure(client.chat("feed", "second")))
                    .hasFieldOrPropertyWithValue("code", "queue_full")
                    .hasMessageContaining("1 of 1")
                    .hasMessageContaining("maxUnacked");
            Duration wait = Duration.ofMillis(50);
            long begun = System.nanoTime();
            assertThat(failure(client.chat("feed", "second", SendOptions.DEFAULT.waitAtMost(wait))))
                    .hasFieldOrPropertyWithValue("code", "queue_full")
                    .hasMessageContaining("maxUnacked");
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThanOrEqualTo(wait);
            client.forceClose();
        }
    }

    @Test
    void messageThatCanNeverFitDoesNotWait() throws Exception {
        try (ParleyClient client = connect(builder)) {
            assertThat(failure(client.chat(
                            "feed", "x".repeat(1_000), SendOptions.DEFAULT.waitAtMost(Duration.ofDays(100_000)))))
                    .hasFieldOrPropertyWithValue("code", "queue_full");
            client.forceClose();
        }
    }

    @Test
    void closeEndsTheWait() {
        try (ParleyClient client = connect(builder)) {
            client.chat("feed", "first");
            CompletableFuture<Ack> second = sendWhileFull(client);
            client.forceClose();
            assertThatThrownBy(() -> second.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .cause()
                    .hasFieldOrPropertyWithValue("code", "closed");
        }
    }

    @Test
    void interruptEndsTheWaitAndStays() throws Exception {
        try (ParleyClient client = connect(builder)) {
            client.chat("feed", "first");
            Thread.currentThread().interrupt();
            CompletionStage<Ack> second = client.chat("feed", "second", WAITING);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(failure(second))
                    .hasFieldOrPropertyWithValue("code", "queue_full")
                    .hasMessageContaining("interrupted");
            client.forceClose();
        }
    }

    @Test
    void negativeWaitIsRefused() {
        assertThatThrownBy(() -> SendOptions.DEFAULT.waitAtMost(Duration.ofMillis(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("waitAtMost");
    }

    @Test
    void threadsOfTheClientMustNotWait() throws Exception {
        CompletableFuture<Throwable> onResult = new CompletableFuture<>();
        CompletableFuture<Throwable> onListener = new CompletableFuture<>();
        try (ParleyClient client = builder.name("own").build()) {
            client.join(
                    "lobby",
                    message -> onListener.complete(catchThrowable(() -> client.chat("feed", "second", WAITING))));
            client.connect()
                    .thenRun(() -> onResult.complete(catchThrowable(() -> client.chat("feed", "second", WAITING))));
            try (TalkingServer.Connection connection = server.signIn()) {
                connection.chat("lobby", 11);
                assertThat(onResult.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("waitAtMost")
                        .hasMessageContaining("parley-own-results");
                assertThat(onListener.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("parley-own-listener");
            }
            client.forceClose();
        }
    }
}
