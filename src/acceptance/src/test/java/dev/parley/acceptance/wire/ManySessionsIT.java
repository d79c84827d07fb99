package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.ServerJvm;
import dev.parley.acceptance.support.TextParts;
import dev.parley.acceptance.support.WireClient;
import dev.parley.launcher.RunningServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Promises 2 and 5 under load: 1,000 sessions in one room, 100 messages a second for 10 s. */
class ManySessionsIT {
    private static final int SESSIONS = 1_000;
    private static final int MESSAGES = 1_000;
    private static final int MESSAGES_A_SECOND = 100;
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    /**
     * Permitted heap growth for the database's cache and the JVM. One retained message for each session would be 200
     * MB.
     */
    private static final long GROWTH_MAX = 48L * 1024 * 1024;

    @Test
    void sessionsGetAllMessagesInOrderWithoutHeapGrowth() throws Exception {
        ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();
        try (RunningServer server = OwnServer.named(
                        "many",
                        Map.of(
                                "parley.guests", "true",
                                "parley.rate.messages", "0",
                                // All sessions come from one address.
                                "parley.sessions.unsigned", "0",
                                // Long, because a busy machine may delay these clients; this test is not about
                                // heartbeats.
                                "parley.heartbeat.timeout", "5m"))
                .start()) {
            URI chat = OwnServer.chat(server);
            CountDownLatch complete = new CountDownLatch(SESSIONS);
            List<Listening> sessions = connect(chat, complete);
            long before = new ServerJvm(server.pid()).liveBytes();

            try (WireClient sender = WireClient.guest(chat, "sender")) {
                AtomicInteger sent = new AtomicInteger();
                CompletableFuture<Void> allSent = new CompletableFuture<>();
                pace.scheduleAtFixedRate(
                        () -> {
                            int number = sent.incrementAndGet();
                            if (number > MESSAGES) {
                                allSent.complete(null);
                            } else {
                                sender.send("{'type':'chat','id':'m" + number + "','content':'message " + number
                                        + " of a hundred bytes, about as long as what people write to each other'}");
                            }
                        },
                        0,
                        1_000_000 / MESSAGES_A_SECOND,
                        TimeUnit.MICROSECONDS);
                allSent.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                pace.shutdownNow();
                boolean isComplete = complete.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                assertThat(sessions).extracting(session -> session.problem).containsOnly("");
                assertThat(isComplete).as("every session has every message").isTrue();
            }

            ServerJvm jvm = new ServerJvm(server.pid());
            assertThat(jvm.liveBytes() - before)
                    .as("growth of the live heap in bytes")
                    .isLessThan(GROWTH_MAX);
            // Undertow's; other servers have no objects of this class.
            assertThat(jvm.instances())
                    .as("requests of handshakes that sessions keep")
                    .noneMatch(kept -> kept.className().equals("io.undertow.server.HttpServerExchange")
                            && kept.count() > SESSIONS / 10);
            sessions.forEach(session -> session.socket.abort());
        } finally {
            pace.shutdownNow();
        }
    }

    private static List<Listening> connect(URI chat, CountDownLatch complete) {
        HttpClient http = HttpClient.newHttpClient();
        List<Listening> sessions = new ArrayList<>();
        for (int i = 0; i < SESSIONS; i++) {
            Listening session = new Listening(complete);
            session.socket =
                    http.newWebSocketBuilder().buildAsync(chat, session).join();
            session.socket
                    .sendText("{\"type\":\"login\",\"username\":\"listener-" + i + "\"}", true)
                    .join();
            sessions.add(session);
        }
        Awaitility.await().atMost(PATIENCE).until(() -> sessions.stream().allMatch(session -> session.isWelcome));
        return sessions;
    }

    /** Checks the order of messages as they arrive, and keeps none of them. */
    private static final class Listening implements WebSocket.Listener {
        private static final Pattern SEQ = Pattern.compile("\"type\":\"chat\".*\"seq\":(\\d+)");

        private final TextParts parts = new TextParts();
        private final CountDownLatch complete;
        private WebSocket socket;
        private int last;
        private volatile boolean isWelcome;
        private volatile String problem = "";

        Listening(CountDownLatch complete) {
            this.complete = complete;
        }

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean isLast) {
            parts.add(data, isLast).ifPresent(this::received);
            webSocket.request(1);
            return null;
        }

        private void received(String text) {
            if (text.startsWith("{\"type\":\"welcome\"")) {
                isWelcome = true;
                return;
            }
            Matcher chat = SEQ.matcher(text);
            if (!chat.find()) {
                return;
            }
            int seq = Integer.parseInt(chat.group(1));
            if (seq != last + 1) {
                problem = "seq " + seq + " came after " + last;
            }
            last = seq;
            if (last == MESSAGES) {
                complete.countDown();
            }
        }

        @Override
        public CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
            problem = "closed with " + statusCode + " " + reason;
            return null;
        }

        @Override
        public void onError(WebSocket webSocket, Throwable error) {
            problem = "failed with " + error;
        }
    }
}
