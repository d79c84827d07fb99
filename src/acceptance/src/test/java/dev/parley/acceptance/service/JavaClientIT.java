package dev.parley.acceptance.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.Tokens;
import dev.parley.client.ClientState;
import dev.parley.client.Ack;
import dev.parley.client.ParleyClient;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import dev.parley.protocol.Attachment;
import dev.parley.protocol.Channel;
import dev.parley.protocol.ServerMessage;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The Java client with a real server that is killed meanwhile. */
class JavaClientIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int BEFORE = 200;
    private static final int IN_ALL = 400;
    private static final ServerConfiguration CONFIGURATION = OwnServer.named(
            "service",
            Map.of("parley.guests", "true", "parley.token.secret", Tokens.SECRET, "parley.rate.messages", "0"));

    private static RunningServer server;
    private static URI chat;

    @BeforeAll
    static void start() {
        server = CONFIGURATION.start();
        chat = OwnServer.chat(server);
    }

    @AfterAll
    static void end() {
        server.kill();
    }

    private static ParleyClient guest(String name) {
        return ParleyClient.builder(chat)
                .name(name)
                .username(name)
                .maxReconnectDelay(Duration.ofSeconds(1))
                .sendTimeout(Duration.ofMinutes(3))
                .build();
    }

    private static <T> T await(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void messagesArriveOnceAndInOrderThoughTheServerIsKilled() throws Exception {
        Queue<String> heard = new ConcurrentLinkedQueue<>();
        List<CompletableFuture<Ack>> sent = new ArrayList<>();
        try (ParleyClient writer = guest("writer");
                ParleyClient reader = guest("reader")) {
            await(writer.connect());
            await(reader.connect());
            await(reader.join("service", message -> heard.add(message.content())));
            for (int i = 0; i < IN_ALL; i++) {
                sent.add(writer.chat("service", "message " + i).toCompletableFuture());
                if (i == BEFORE) {
                    await(sent.get(BEFORE / 2));
                    server.kill();
                    Awaitility.await().atMost(PATIENCE).until(() -> writer.state() == ClientState.WAITING);
                }
            }
            start();
            for (CompletionStage<Ack> ack : sent) {
                await(ack);
            }
            List<String> expected = IntStream.range(0, IN_ALL)
                    .mapToObj(number -> "message " + number)
                    .toList();
            Awaitility.await().atMost(PATIENCE).until(() -> heard.size() >= IN_ALL);
            assertThat(heard).containsExactlyElementsOf(expected);

            ServerMessage.History page = await(reader.history(new Channel.Room("service"), OptionalLong.empty(), 5));
            assertThat(page.messages()).hasSize(5);
            await(writer.close(PATIENCE));
        }
    }

    @Test
    void longMessagesAndFilesArriveIntact() throws Exception {
        Queue<ServerMessage.Stored> heard = new ConcurrentLinkedQueue<>();
        try (ParleyClient client = guest("long")) {
            await(client.connect());
            await(client.join("long", heard::add));
            String content = "你\"".repeat(150_000);
            await(client.chat("long", content));
            Attachment file = await(client.upload("long", "a.bin", "application/octet-stream", new byte[300_000]));
            await(client.chat("long", "a file", file));
            Awaitility.await().atMost(PATIENCE).until(() -> heard.size() == 2);
            assertThat(heard.remove().content()).isEqualTo(content);
            assertThat(((ServerMessage.Chat) heard.remove()).attachment()).contains(file);
        }
    }

    @Test
    void expiredTokensAreReplacedByFreshOnes() throws Exception {
        Queue<String> tokens = new ConcurrentLinkedQueue<>();
        // After one refusal the client always tries another token. Two refusals show that it reads the reason.
        tokens.add(Tokens.of("service", Duration.ofHours(-2)));
        tokens.add(Tokens.of("service", Duration.ofHours(-1)));
        tokens.add(Tokens.of("service"));
        try (ParleyClient client =
                ParleyClient.builder(chat).token(tokens::remove).build()) {
            assertThat(await(client.connect()).username()).isEqualTo("service");
        }
        assertThat(tokens).isEmpty();
    }
}
