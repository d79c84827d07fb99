package dev.parley.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.client.internal.transport.RawServer;
import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client with real threads on Tyrus, against a raw server. */
@Timeout(60)
class RealTransportTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final RawServer server = new RawServer();
    private final BlockingQueue<String> states = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final ParleyClientBuilder builder = ParleyClient.builder(server.uri())
            .name("real")
            .reconnectDelay(Duration.ofMillis(1))
            .listener(new ParleyListener() {
                @Override
                public void stateChanged(ClientState state, Optional<ParleyException> why) {
                    states.add(state + why.map(reason -> " " + reason.code()).orElse(""));
                }

                @Override
                public void received(ServerMessage.Stored message) {
                    heard.add(
                            message.content() + " on " + Thread.currentThread().getName());
                }
            });

    @AfterEach
    void stop() {
        server.close();
    }

    private String next(BlockingQueue<String> queue) throws InterruptedException {
        String next = queue.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(next).as("something within " + PATIENCE).isNotNull();
        return next;
    }

    private static ClientMessage read(RawServer.Peer peer) {
        return ((Decoded.Valid) MessageCodec.decode(peer.readText()).get(0)).message();
    }

    private static void welcome(RawServer.Peer peer, ClientMessage login) {
        welcome(peer, login, new ServerMessage.Heartbeat(30_000, 10_000));
    }

    private static void welcome(RawServer.Peer peer, ClientMessage login, ServerMessage.Heartbeat heartbeat) {
        peer.text(MessageCodec.encode(new ServerMessage.Welcome(
                login.id(),
                "anna",
                Optional.empty(),
                Optional.empty(),
                "s1",
                List.of("user"),
                ServerMessage.Welcome.PROTOCOL,
                heartbeat,
                new ServerMessage.Limits(65_536, 1_048_576, 20, 60, OptionalInt.empty()),
                OptionalLong.empty(),
                Map.of("room:lobby", new ServerMessage.Opened(new Position("e", 0), false, 0)))));
    }

    @Test
    void messagesListenersAndResultsUseTheirThreads() throws Exception {
        try (ParleyClient client = builder.token(() -> "a.b.c").build()) {
            CompletableFuture<ServerMessage.Welcome> welcome = client.connect().toCompletableFuture();
            try (RawServer.Peer peer = server.upgraded()) {
                assertThat(peer.head())
                        .contains("Authorization: Bearer a.b.c\r\n")
                        .contains("parley.v1");
                assertThat(peer.head()).doesNotContainIgnoringCase("\r\nOrigin:");
                welcome(peer, read(peer));
                assertThat(welcome.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).username())
                        .isEqualTo("anna");
                CompletableFuture<String> acked = new CompletableFuture<>();
                client.chat("lobby", "你好")
                        .thenAccept(
                                done -> acked.complete(Thread.currentThread().getName()));
                ClientMessage.Chat chat = (ClientMessage.Chat) read(peer);
                assertThat(chat.content()).isEqualTo("你好");
                String copy = MessageCodec.encode(new ServerMessage.Chat(
                        "lobby", 1, chat.id().orElseThrow(), "anna", Optional.empty(), "你好", "t", Optional.empty()));
                ServerMessage.Ack ack = ServerMessage.Ack.stored(chat.id().orElseThrow(), Channel.Room.LOBBY, 1, "t");
                peer.text("[" + MessageCodec.encode(ack) + "," + copy + "]");
                assertThat(acked.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo("parley-real-results");
                assertThat(next(heard)).isEqualTo("你好 on parley-real-listener");
                CompletableFuture<Void> closed =
                        client.close(Duration.ofSeconds(5)).toCompletableFuture();
                closed.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                peer.awaitEnd();
            }
        }
    }

    @Test
    void redirectIsNotFollowed() throws Exception {
        try (RawServer elsewhere = new RawServer();
                ParleyClient client = builder.token(() -> "a.b.c").build()) {
            client.connect();
            refuseNext("302 Found", "Location: " + elsewhere.uri());
            assertThat(next(states)).isEqualTo("CONNECTING");
            assertThat(next(states)).isEqualTo("CLOSED handshake_refused");
        }
    }

    @Test
    void secondRefusedTokenStopsTheClient() throws Exception {
        AtomicInteger tokens = new AtomicInteger();
        try (ParleyClient client =
                builder.token(() -> "token" + tokens.incrementAndGet()).build()) {
            client.connect();
            for (int attempt = 1; attempt <= 2; attempt++) {
                try (RawServer.Peer peer = server.accept()) {
                    assertThat(peer.head()).contains("Bearer token" + attempt + "\r\n");
                    peer.answer("401 Unauthorized", "WWW-Authenticate: Bearer");
                }
            }
            assertThat(List.of(next(states), next(states), next(states), next(states)))
                    .containsExactly("CONNECTING", "WAITING login_refused", "CONNECTING", "CLOSED login_refused");
        }
    }

    @Test
    void expiredTokensAreReplacedUntilOneIsAccepted() throws Exception {
        AtomicInteger tokens = new AtomicInteger();
        try (ParleyClient client =
                builder.token(() -> "token" + tokens.incrementAndGet()).build()) {
            client.connect();
            for (int attempt = 1; attempt <= 3; attempt++) {
                try (RawServer.Peer peer = server.accept()) {
                    assertThat(peer.head()).contains("Bearer token" + attempt + "\r\n");
                    peer.answer(
                            "401 Unauthorized",
                            "WWW-Authenticate: Bearer error=\"invalid_token\", error_description=\"token_expired\"");
                }
            }
            try (RawServer.Peer peer = server.upgraded()) {
                assertThat(peer.head()).contains("Bearer token4\r\n");
                welcome(peer, read(peer));
                Awaitility.await().atMost(PATIENCE).until(() -> client.state() == ClientState.OPEN);
            }
            assertThat(states).contains("WAITING token_expired").doesNotContain("WAITING login_refused");
            client.forceClose();
        }
    }

    @Test
    void missingTokenStopsTheClientIfOneIsRequired() throws Exception {
        try (ParleyClient client = builder.build()) {
            client.connect();
            refuseNext("401 Unauthorized", "WWW-Authenticate: Bearer");
            next(states);
            assertThat(next(states)).isEqualTo("CLOSED login_refused");
        }
    }

    @Test
    void forbiddenStopsTheClientWithItsReason() throws Exception {
        try (ParleyClient client = builder.build()) {
            client.connect();
            refuseNext("403 Forbidden");
            next(states);
            assertThat(next(states)).isEqualTo("CLOSED forbidden");
        }
    }

    @Test
    void unavailableServerIsRetriedAfterItsDelayWithAFreshToken() throws Exception {
        AtomicInteger tokens = new AtomicInteger();
        try (ParleyClient client =
                builder.token(() -> "token" + tokens.incrementAndGet()).build()) {
            client.connect();
            long refusedAt;
            try (RawServer.Peer peer = server.accept()) {
                assertThat(peer.head()).contains("Bearer token1\r\n");
                refusedAt = System.nanoTime();
                peer.answer("503 Service Unavailable", "Retry-After: 1");
            }
            try (RawServer.Peer peer = server.accept()) {
                assertThat(Duration.ofNanos(System.nanoTime() - refusedAt))
                        .isGreaterThanOrEqualTo(Duration.ofSeconds(1));
                assertThat(peer.head()).contains("Bearer token2\r\n");
            }
            client.forceClose();
        }
    }

    @Test
    void exceptionInTheTokenSupplierIsAFailedAttempt() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        try (ParleyClient client = builder.token(() -> {
                    if (calls.incrementAndGet() == 1) {
                        throw new IllegalStateException("The identity provider is away.");
                    }
                    return calls.get() == 2 ? "no\r\ntoken: " : "good";
                })
                .build()) {
            client.connect();
            try (RawServer.Peer peer = server.accept()) {
                assertThat(peer.head()).contains("Bearer good\r\n");
            }
            assertThat(calls.get()).isGreaterThanOrEqualTo(3);
            client.forceClose();
        }
    }

    @Test
    void blockedTokenSupplierTimesOutAndIsNeverCalledInParallel() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger asking = new AtomicInteger();
        AtomicInteger calls = new AtomicInteger();
        try (ParleyClient client = builder.connectTimeout(Duration.ofMillis(50))
                .token(() -> {
                    calls.incrementAndGet();
                    if (asking.incrementAndGet() > 1) {
                        throw new AssertionError("Two at a time.");
                    }
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        // The interrupt is expected.
                    }
                    asking.decrementAndGet();
                    return "late";
                })
                .build()) {
            client.connect();
            Awaitility.await().atMost(PATIENCE).until(() -> calls.get() >= 3);
            assertThat(states).contains("WAITING unreachable");
            client.forceClose();
        }
    }

    @Test
    void endlessFrameEndsTheConnection() throws Exception {
        try (ParleyClient client = builder.maxFrame(100_000).build()) {
            client.connect();
            try (RawServer.Peer peer = server.upgraded()) {
                read(peer);
                byte[] part = new byte[60_000];
                peer.frame(RawServer.TEXT, part);
                peer.frame(RawServer.CONTINUATION, part);
                peer.awaitEnd();
            }
            next(states);
            assertThat(next(states)).isEqualTo("WAITING abnormal");
            client.forceClose();
        }
    }

    @Test
    void peerThatStopsReadingIsDetected() throws Exception {
        try (ParleyClient client = builder.maxUnacked(1_000, 100_000_000).build()) {
            client.connect();
            try (RawServer.Peer peer = server.upgraded()) {
                welcome(peer, read(peer), new ServerMessage.Heartbeat(1_000, 1_000));
                next(states);
                assertThat(next(states)).isEqualTo("OPEN");
                for (int i = 0; i < 60; i++) {
                    client.chat("lobby", "x".repeat(1_000_000));
                }
                assertThat(next(states)).isEqualTo("WAITING abnormal");
                assertThat(peer.awaitEnd()).as("bytes sent of 60 MB").isLessThan(30_000_000);
            }
            client.forceClose();
        }
    }

    @Test
    void unansweredHandshakeLeavesNoConnection() throws Exception {
        try (ParleyClient client =
                builder.connectTimeout(Duration.ofMillis(300)).build()) {
            client.connect();
            try (RawServer.Peer peer = server.accept()) {
                peer.awaitEnd();
            }
            client.forceClose();
        }
    }

    /** Tyrus never sends 1012 and 1013, but must report them when received. */
    @ParameterizedTest
    @ValueSource(ints = {1001, 1012, 1013, 4001})
    void retryableCloseCodesCauseAReconnect(int code) throws Exception {
        try (ParleyClient client = builder.build()) {
            client.connect();
            try (RawServer.Peer peer = server.upgraded()) {
                welcome(peer, read(peer));
                next(states);
                assertThat(next(states)).isEqualTo("OPEN");
                peer.closeFrame(code);
                assertThat(next(states))
                        .isEqualTo("WAITING " + CloseCode.of(code).orElseThrow().wireName());
            }
            try (RawServer.Peer again = server.upgraded()) {
                welcome(again, read(again));
                next(states);
                assertThat(next(states)).isEqualTo("OPEN");
            }
            client.forceClose();
        }
    }

    @Test
    void unansweredCloseEndsTheConnection() throws Exception {
        try (ParleyClient client = builder.build()) {
            client.connect();
            try (RawServer.Peer peer = server.upgraded()) {
                welcome(peer, read(peer));
                next(states);
                assertThat(next(states)).isEqualTo("OPEN");
                client.reconnect();
                peer.awaitEnd();
            }
            client.forceClose();
        }
    }

    @Test
    void manySmallFramesInOneReadAreAccepted() throws Exception {
        try (ParleyClient client = builder.maxFrame(2_000).build()) {
            client.connect();
            try (RawServer.Peer peer = server.upgraded()) {
                welcome(peer, read(peer));
                next(states);
                assertThat(next(states)).isEqualTo("OPEN");
                List<String> frames = new ArrayList<>();
                for (int seq = 1; seq <= 50; seq++) {
                    frames.add(MessageCodec.encode(new ServerMessage.Chat(
                            "lobby", seq, "i", "bert", Optional.empty(), "x".repeat(500), "t", Optional.empty())));
                }
                peer.texts(frames);
                for (int seq = 1; seq <= 50; seq++) {
                    next(heard);
                }
                assertThat(client.state()).isEqualTo(ClientState.OPEN);
            }
            client.forceClose();
        }
    }

    @Test
    void codersOfTheEndpointsAnnotationAreUsed() throws Exception {
        try (ParleyClient client =
                builder.endpoint(SwappedEndpoint.class, SwappedEndpoint::new).build()) {
            client.connect();
            try (RawServer.Peer peer = server.upgraded()) {
                assertThat(peer.head()).containsPattern("Sec-WebSocket-Protocol: parley.v1, ?swapped\r\n");
                welcome(peer, read(peer));
                client.chat("lobby", "coffee");
                assertThat(((ClientMessage.Chat) read(peer)).content()).isEqualTo("tea");
                peer.text(MessageCodec.encode(new ServerMessage.Chat(
                        "lobby", 1, "i", "bert", Optional.empty(), "water", "t", Optional.empty())));
                assertThat(next(heard)).isEqualTo("milk on parley-real-listener");
            }
            client.forceClose();
        }
    }

    @Test
    void passwordChallengeCountsAsARefusedToken() throws Exception {
        try (ParleyClient client = builder.token(() -> "a.b.c").build()) {
            client.connect();
            for (int attempt = 1; attempt <= 2; attempt++) {
                try (RawServer.Peer peer = server.accept()) {
                    peer.answer("401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"");
                    next(states);
                    assertThat(next(states)).isEqualTo((attempt == 1 ? "WAITING" : "CLOSED") + " login_refused");
                }
            }
        }
    }

    @Test
    void tooManyRequestsIsRetriedAfterItsDelay() throws Exception {
        try (ParleyClient client = builder.build()) {
            client.connect();
            long refusedAt;
            try (RawServer.Peer peer = server.accept()) {
                refusedAt = System.nanoTime();
                peer.answer("429 Too Many Requests", "Retry-After: 1");
            }
            try (RawServer.Peer peer = server.accept()) {
                assertThat(Duration.ofNanos(System.nanoTime() - refusedAt))
                        .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(9));
                assertThat(peer.head()).startsWith("GET /chat");
            }
            client.forceClose();
        }
    }

    @Test
    void binaryFramesAreDroppedBeforeAndAfterTheWelcome() throws Exception {
        AtomicInteger ignored = new AtomicInteger();
        builder.observer(new ClientObserver() {
            @Override
            public void binaryIgnored() {
                ignored.incrementAndGet();
                throw new IllegalStateException("a bug in the application");
            }
        });
        try (ParleyClient client = builder.build()) {
            client.connect();
            try (RawServer.Peer peer = server.upgraded()) {
                ClientMessage login = read(peer);
                peer.frame(RawServer.FIN | RawServer.BINARY, new byte[] {1});
                welcome(peer, login);
                peer.frame(RawServer.FIN | RawServer.BINARY, new byte[100_000]);
                peer.text(MessageCodec.encode(new ServerMessage.Chat(
                        "lobby", 1, "i", "bert", Optional.empty(), "next", "t", Optional.empty())));
                assertThat(next(heard)).isEqualTo("next on parley-real-listener");
                assertThat(ignored).hasValue(2);
                assertThat(states).containsExactly("CONNECTING", "OPEN");
            }
            client.forceClose();
        }
    }

    @Test
    void closeLeavesNoThread() throws Exception {
        ParleyClient client = builder.name("gone").build();
        client.connect();
        try (RawServer.Peer peer = server.upgraded()) {
            welcome(peer, read(peer));
            next(states);
            assertThat(next(states)).isEqualTo("OPEN");
            client.close();
            peer.awaitEnd();
        }
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> assertThat(
                        Thread.getAllStackTraces().keySet())
                .extracting(thread -> thread.getName().toLowerCase(Locale.ROOT))
                .noneMatch(name -> name.startsWith("parley-gone") || name.matches(".*(tyrus|grizzly).*")));
    }

    /** Answers the handshake of the next attempt with a refusal. */
    private void refuseNext(String status, String... headers) throws IOException {
        try (RawServer.Peer peer = server.accept()) {
            peer.answer(status, headers);
        }
    }
}
