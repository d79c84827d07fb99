package dev.parley.acceptance.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.Tokens;
import dev.parley.client.Ack;
import dev.parley.client.ClientState;
import dev.parley.client.ParleyClient;
import dev.parley.client.RoomListener;
import dev.parley.client.SendOptions;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import dev.parley.protocol.Attachment;
import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.binary.ServerBinary;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
    void binaryFramesGoFromClientToClient() throws Exception {
        BlockingQueue<ServerBinary> heard = new LinkedBlockingQueue<>();
        try (ParleyClient sensor = signedIn("sensor");
                ParleyClient display = ParleyClient.builder(chat)
                        .username("display")
                        .binaryListener(heard::add)
                        .build()) {
            await(sensor.connect());
            await(display.connect());
            await(sensor.join("live", message -> {}));
            await(display.join("live", message -> {}));
            byte[] values = {0, 1, (byte) 0xff};
            assertThat(sensor.sendBinary("live", "application/octet-stream", ByteBuffer.wrap(values)))
                    .isTrue();
            assertThat(heard.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isEqualTo(new ServerBinary(
                            "live", "sensor", Optional.empty(), "application/octet-stream", ByteBuffer.wrap(values)));
        }
    }

    /** The service crashes between the commit and the moment at which it notes the ack. */
    @Test
    void messageOfACrashedServiceIsStoredOnce() throws Exception {
        SendOptions kept = SendOptions.DEFAULT.id("order-4711").waitAtMost(PATIENCE);
        Ack first;
        try (ParleyClient crashed = signedIn("outbox")) {
            await(crashed.connect());
            first = await(crashed.chat("orders", "paid", kept));
            crashed.forceClose();
        }
        try (ParleyClient successor = signedIn("outbox")) {
            await(successor.connect());
            assertThat(await(successor.chat("orders", "paid", kept))).isEqualTo(first);
            assertThatThrownBy(() -> await(successor.chat("orders", "cancelled", kept)))
                    .cause()
                    .hasFieldOrPropertyWithValue("code", "conflict");
            ServerMessage.History page = await(successor.history(first.channel(), OptionalLong.empty(), 5));
            assertThat(page.messages())
                    .extracting(message -> ((ServerMessage.Stored) message).id())
                    .containsExactly(first.id());
        }
    }

    private static ParleyClient signedIn(String user) {
        return ParleyClient.builder(chat).token(() -> Tokens.of(user)).build();
    }

    @Test
    void roomIsReadFromAGivenPosition() throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        try (ParleyClient writer = guest("author");
                ParleyClient reader = guest("late-reader")) {
            await(writer.connect());
            Position start = await(writer.join("pages", message -> {})).position();
            await(writer.chat("pages", "one"));
            await(writer.chat("pages", "two"));
            await(reader.connect());
            await(reader.join("pages", start, new RoomListener() {
                @Override
                public void received(ServerMessage.Stored message) {
                    heard.add(message.content());
                }

                @Override
                public void recovered(Position position) {
                    heard.add("recovered " + position.seq());
                }

                @Override
                public void left() {
                    heard.add("left");
                }
            }));
            assertThat(next(heard)).isEqualTo("recovered " + start.seq());
            assertThat(next(heard)).isEqualTo("one");
            assertThat(next(heard)).isEqualTo("two");
            await(reader.leave("pages"));
            assertThat(next(heard)).isEqualTo("left");
        }
    }

    private static String next(BlockingQueue<String> queue) throws InterruptedException {
        return queue.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void firstProgramOfTheReadmeRuns(@TempDir Path folder) throws Exception {
        String readme = Files.readString(Path.of("../client/README.md"));
        String program = readme.substring(readme.indexOf("```java") + "```java".length());
        Path source = Files.writeString(
                folder.resolve("FirstProgram.java"),
                program.substring(0, program.indexOf("```"))
                        .replace("ws://localhost:8080", "ws://" + chat.getAuthority()));
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-classpath",
                        System.getProperty("java.class.path"),
                        source.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            Awaitility.await().atMost(PATIENCE).untilAsserted(() -> assertThat(Files.readString(output))
                    .contains("builder: Build 42 is green.")
                    .contains("stored as 1"));
            process.destroy();
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
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
