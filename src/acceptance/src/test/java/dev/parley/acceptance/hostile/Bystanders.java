package dev.parley.acceptance.hostile;

import dev.parley.acceptance.checker.Message;
import dev.parley.acceptance.hostile.peer.Jws;
import dev.parley.acceptance.support.Delays;
import dev.parley.acceptance.support.JsonText;
import dev.parley.acceptance.support.TextParts;
import jakarta.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Users that chat all the time while the server is attacked. They measure the delays of their messages. Any thread may
 * call any method.
 */
final class Bystanders implements AutoCloseable {
    /** Messages per second: within the rate limit of each user, including the exchange after every row. */
    private static final int A_SECOND = 20;

    private static final int PEOPLE = 16;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    /** Prefix of the ids of their messages; they also receive messages of others in the lobby. */
    private static final String OWN = "said-";

    private static final String ROOM = "bystanders";
    /** Types of the frames to measure: acks and copies of their own messages. */
    private static final Set<String> HEARD = Set.of("ack", "chat");

    private final HttpClient http = HttpClient.newHttpClient();
    private final ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();
    private final List<WebSocket> people = new ArrayList<>();
    private final Map<String, Exchange> open = new ConcurrentHashMap<>();
    private final AtomicInteger said = new AtomicInteger();
    private final Delays delays = new Delays();
    private volatile boolean isMeasured = true;

    /** One message, until all copies and the ack have arrived. */
    private static final class Exchange {
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private final AtomicInteger awaited = new AtomicInteger(PEOPLE + 1);
    }

    Bystanders(URI chat) {
        for (int i = 0; i < PEOPLE; i++) {
            CompletableFuture<Void> joined = new CompletableFuture<>();
            WebSocket person = http.newWebSocketBuilder()
                    .buildAsync(chat, new FrameListener(joined))
                    .join();
            String token = Jws.good("bystander-" + i, "user");
            person.sendText("{\"type\":\"login\",\"token\":\"" + token + "\"}", true)
                    .join();
            person.sendText("{\"type\":\"join\",\"room\":\"" + ROOM + "\"}", true)
                    .join();
            joined.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
            people.add(person);
        }
        pace.scheduleAtFixedRate(() -> say(isMeasured), 0, 1_000 / A_SECOND, TimeUnit.MILLISECONDS);
    }

    private synchronized Exchange say(boolean counts) {
        int number = said.incrementAndGet();
        String id = OWN + number;
        Exchange exchange = new Exchange();
        open.put(id, exchange);
        if (counts) {
            delays.sent(message(id));
        }
        people.get(number % PEOPLE)
                .sendText(
                        "{\"type\":\"chat\",\"room\":\"" + ROOM + "\",\"content\":\"hello\",\"id\":\"" + id + "\"}",
                        true)
                .join();
        return exchange;
    }

    private static Message message(String id) {
        return new Message("bystander", id, "");
    }

    /** Sends one message, and waits for all copies and the ack. */
    void exchange() {
        try {
            say(isMeasured)
                    .done
                    .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                    .join();
        } catch (CompletionException e) {
            throw new AssertionError("The bystanders cannot talk any more.", e);
        }
    }

    /** Runs an action of the test that delays messages, such as a full collection, without measuring. */
    void unmeasured(Runnable action) {
        isMeasured = false;
        exchange();
        action.run();
        exchange();
        isMeasured = true;
    }

    /** Lets them talk for this time. */
    void talk(Duration time) {
        CompletableFuture<Void> over = new CompletableFuture<>();
        pace.schedule(() -> over.complete(null), time.toMillis(), TimeUnit.MILLISECONDS);
        over.orTimeout(time.plus(PATIENCE).toSeconds(), TimeUnit.SECONDS).join();
    }

    /** The 99th percentile of the delays of copies and acks since the last call. */
    Duration takeP99() {
        return delays.takeP99();
    }

    private void heard(String frame) {
        long at = System.nanoTime();
        // Skips messages of others in the lobby: parsing them would cost this JVM more than the server.
        if (!frame.contains(OWN)) {
            return;
        }
        JsonObject heard = JsonText.object(frame);
        String id = heard.getString("id", "");
        if (!HEARD.contains(heard.getString("type")) || !id.startsWith(OWN)) {
            return;
        }
        delays.received(message(id), at);
        Exchange exchange = open.get(id);
        if (exchange != null && exchange.awaited.decrementAndGet() == 0) {
            open.remove(id);
            exchange.done.complete(null);
        }
    }

    @Override
    public void close() {
        pace.shutdownNow();
        people.forEach(WebSocket::abort);
    }

    private final class FrameListener implements WebSocket.Listener {
        private final TextParts parts = new TextParts();
        private final CompletableFuture<Void> joined;

        FrameListener(CompletableFuture<Void> joined) {
            this.joined = joined;
        }

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean isLast) {
            parts.add(data, isLast).ifPresent(frame -> {
                if (frame.contains("\"type\":\"joined\"")) {
                    joined.complete(null);
                }
                heard(frame);
            });
            webSocket.request(1);
            return null;
        }
    }
}
