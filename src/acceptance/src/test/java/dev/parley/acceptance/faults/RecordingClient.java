package dev.parley.acceptance.faults;

import dev.parley.acceptance.checker.ChannelPosition;
import dev.parley.acceptance.checker.ClientId;
import dev.parley.acceptance.checker.Event;
import dev.parley.acceptance.checker.Message;
import dev.parley.acceptance.checker.Recorder;
import dev.parley.acceptance.support.Delays;
import dev.parley.acceptance.support.JsonText;
import dev.parley.acceptance.support.TextParts;
import dev.parley.acceptance.swarm.ClientRecord;
import dev.parley.acceptance.swarm.SwarmClient;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A client that follows the protocol and records everything that it observes. It reconnects with its positions, and
 * sends messages without an ack again, in order and under the same id. It uses the wire protocol only and no class of
 * Parley.
 *
 * <p>Thread rule: all state is confined to the thread of the loop, which all clients of a swarm share. Other threads
 * post tasks to it.
 */
final class RecordingClient implements SwarmClient {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String BATCHES = "parley.v1";
    private static final int BATCH_MAX = 100;

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration BACKOFF_FIRST = Duration.ofMillis(100);
    private static final Duration BACKOFF_MAX = Duration.ofSeconds(2);
    private static final int BACKOFF_DOUBLINGS_MAX = 10;
    /** Time to wait for an ack before everything unacked is sent again. */
    private static final Duration ACK_TIMEOUT = Duration.ofSeconds(2);
    /**
     * Silence after which the client sends a ping; {@link #DEAD}: silence after which the connection counts as dead.
     */
    private static final Duration QUIET = Duration.ofSeconds(2);

    private static final Duration DEAD = Duration.ofSeconds(6);
    private static final long RETRY_MILLIS = 500;

    private static final int BROKEN = 1006;
    private static final Set<Integer> COME_BACK = Set.of(1001, 1005, BROKEN, 1011, 1012, 1013);
    private static final Set<String> RETRYABLE = Set.of("rate_limited", "store_unavailable", "internal");

    /** State of the client: of an attempt, its connection, and the pause before the next attempt. */
    enum State {
        IDLE,
        CONNECTING,
        OPEN,
        WAITING,
        CLOSED
    }

    /**
     * The configuration of one client.
     *
     * @param chats where it connects, in turn
     * @param batches whether it uses the subprotocol {@code parley.v1}
     * @param rooms rooms in addition to the lobby
     * @param patient whether it never treats a silent connection as dead
     */
    record ClientSpec(
            ClientId clientId, List<URI> chats, String token, boolean batches, Set<String> rooms, boolean patient) {}

    private final ClientSpec spec;
    private final ClientRecord record;
    private final Delays delays;
    private final ScheduledExecutorService loop;
    private final Random random;

    private volatile State state = State.IDLE;
    private volatile int closeCode;
    private volatile int unackedCount;

    private final Map<String, Outgoing> unacked = new LinkedHashMap<>();
    private Connection connection = new Connection();
    /** Attempts since the client was open; {@link #attempts}: all. */
    private int attempt;

    private int attempts;
    private int sentCount;

    /** A message without an ack. It is written again on each new connection. */
    private static final class Outgoing {
        private final Event.Sent sent;
        private final JsonObject json;
        /** Monotonic time of the write on the current connection. */
        private Optional<Long> writtenAt = Optional.empty();

        Outgoing(Event.Sent sent, JsonObject json) {
            this.sent = sent;
            this.json = json;
        }
    }

    RecordingClient(ClientSpec spec, Recorder recorder, Delays delays, ScheduledExecutorService loop, Random random) {
        this.spec = spec;
        this.record = new ClientRecord(spec.clientId(), recorder);
        this.delays = delays;
        this.loop = loop;
        this.random = random;
    }

    @Override
    public ClientId who() {
        return spec.clientId();
    }

    @Override
    public Set<String> rooms() {
        return spec.rooms();
    }

    State state() {
        return state;
    }

    /** The close code that ended the client; valid in {@link State#CLOSED}. */
    int closeCode() {
        return closeCode;
    }

    /** Number of messages without an ack. */
    int unacked() {
        return unackedCount;
    }

    @Override
    public Map<String, ChannelPosition> reached() {
        return record.reached();
    }

    void start() {
        loop.execute(this::connect);
    }

    @Override
    public void chat(String room, String content) {
        send(
                List.of(ClientRecord.room(room)),
                content,
                Json.createObjectBuilder().add("type", "chat").add("room", room));
    }

    @Override
    public void message(String to, String content) {
        send(
                record.inboxes(to),
                content,
                Json.createObjectBuilder().add("type", "message").add("to", to));
    }

    @Override
    public void broadcast(String content) {
        send(
                List.of(ClientRecord.BROADCAST),
                content,
                Json.createObjectBuilder().add("type", "notification"));
    }

    private void send(List<String> channels, String content, JsonObjectBuilder json) {
        loop.execute(() -> {
            sentCount++;
            // Random for the server; the number shows people the order of messages in the checker's sentences.
            String id = Long.toString(random.nextInt() & 0xFFFF_FFFFL, 36) + "-" + who().device() + "-" + sentCount;
            Message message = new Message(who().user(), id, content);
            unacked.put(
                    id,
                    new Outgoing(
                            new Event.Sent(who(), channels, message),
                            json.add("id", id).add("content", content).build()));
            unackedCount = unacked.size();
            writeUnacked();
        });
    }

    private void connect() {
        if (state == State.CLOSED) {
            return;
        }
        state = State.CONNECTING;
        Connection fresh = new Connection();
        connection = fresh;
        WebSocket.Builder builder = HTTP.newWebSocketBuilder().connectTimeout(CONNECT_TIMEOUT);
        if (spec.batches()) {
            builder.subprotocols(BATCHES);
        }
        builder.buildAsync(spec.chats().get(attempts++ % spec.chats().size()), fresh)
                .whenCompleteAsync(fresh::connected, loop);
    }

    /** Schedules the next attempt: exponential backoff with full jitter, also for the first attempt. */
    private void comeBack(long atLeastMillis) {
        state = State.WAITING;
        long ceiling =
                Math.min(BACKOFF_MAX.toMillis(), BACKOFF_FIRST.toMillis() << Math.min(attempt, BACKOFF_DOUBLINGS_MAX));
        attempt++;
        loop.schedule(this::connect, atLeastMillis + random.nextInt((int) ceiling), TimeUnit.MILLISECONDS);
    }

    private void writeUnacked() {
        if (state != State.OPEN || connection.isHeld) {
            return;
        }
        List<JsonObject> fresh = new ArrayList<>();
        for (Outgoing outgoing : unacked.values()) {
            if (outgoing.writtenAt.isEmpty()) {
                outgoing.writtenAt = Optional.of(System.nanoTime());
                record.sent(outgoing.sent);
                delays.sent(outgoing.sent.message());
                fresh.add(outgoing.json);
            }
        }
        if (!spec.batches()) {
            fresh.forEach(json -> connection.write(json.toString()));
            return;
        }
        for (int i = 0; i < fresh.size(); i += BATCH_MAX) {
            connection.write(Json.createArrayBuilder(fresh.subList(i, Math.min(fresh.size(), i + BATCH_MAX)))
                    .build()
                    .toString());
        }
    }

    private void forgetWritten() {
        unacked.values().forEach(outgoing -> outgoing.writtenAt = Optional.empty());
    }

    /** Time at which the oldest message without an ack was written. */
    private Optional<Long> unackedSince() {
        return unacked.values().stream().findFirst().flatMap(outgoing -> outgoing.writtenAt);
    }

    private void writeAllAgain() {
        forgetWritten();
        writeUnacked();
    }

    /** Drops the connection, as if the cable was unplugged. The client reconnects. */
    void cut() {
        loop.execute(() -> connection.lost(BROKEN));
    }

    void close() {
        loop.execute(() -> {
            State before = state;
            state = State.CLOSED;
            closeCode = 1000;
            if (before == State.OPEN || before == State.CONNECTING) {
                connection.abort();
            }
        });
    }

    private String channelOf(JsonObject message) {
        if (message.getBoolean("broadcast", false)) {
            return ClientRecord.BROADCAST;
        }
        return message.getBoolean("inbox", false) ? record.inbox() : ClientRecord.room(message.getString("room"));
    }

    private static JsonObject json(ChannelPosition position) {
        return Json.createObjectBuilder()
                .add("epoch", position.epoch())
                .add("seq", position.seq())
                .build();
    }

    private static ChannelPosition toPosition(JsonObject position) {
        return new ChannelPosition(
                position.getString("epoch"), position.getJsonNumber("seq").longValueExact());
    }

    /**
     * One connection, from the handshake to its end. The listener's methods run on the JDK's threads, all others on the
     * loop's.
     */
    private final class Connection implements WebSocket.Listener {
        private final TextParts parts = new TextParts();
        private final Queue<String> toWrite = new ArrayDeque<>();
        private final Map<String, String> roomByJoinId = new LinkedHashMap<>();
        private final Set<String> opened = new HashSet<>();
        private Map<String, ChannelPosition> asked = Map.of();
        private Optional<WebSocket> socket = Optional.empty();
        private boolean isWriting;
        private boolean isOver;
        /** A retryable error has arrived: nothing is sent until everything unacked is sent again, in order. */
        private boolean isHeld;

        private boolean isAsked;
        private long heardAt = System.nanoTime();
        private long reconnectAfter;

        private boolean isCurrent() {
            return !isOver && connection == this;
        }

        private void connected(WebSocket webSocket, Throwable failure) {
            if (failure != null) {
                if (isCurrent()) {
                    isOver = true;
                    comeBack(0);
                }
                return;
            }
            socket = Optional.of(webSocket);
            if (!isCurrent() || state == State.CLOSED) {
                webSocket.abort();
                return;
            }
            record.connected();
            forgetWritten();
            heardAt = System.nanoTime();
            watch();
            login();
        }

        /**
         * Sends the login with the positions of a random part of the rooms. The others are joined with their positions,
         * so both ways of recovery are tested.
         */
        private void login() {
            Map<String, ChannelPosition> together = new LinkedHashMap<>(record.reached());
            spec.rooms().stream()
                    .map(ClientRecord::room)
                    .filter(room -> random.nextBoolean())
                    .forEach(together::remove);
            asked = Map.copyOf(together);
            JsonObjectBuilder known = Json.createObjectBuilder();
            asked.forEach((channel, position) -> known.add(ClientRecord.wireKey(channel), json(position)));
            write(Json.createObjectBuilder()
                    .add("type", "login")
                    .add("id", "login")
                    .add("token", spec.token())
                    .add("positions", known)
                    .build()
                    .toString());
        }

        private void write(String text) {
            toWrite.add(text);
            writeNext();
        }

        /** The JDK accepts one send at a time. */
        private void writeNext() {
            if (isWriting || isOver || toWrite.isEmpty()) {
                return;
            }
            isWriting = true;
            socket.orElseThrow()
                    .sendText(toWrite.remove(), true)
                    .whenCompleteAsync(
                            (done, failure) -> {
                                isWriting = false;
                                if (failure != null) {
                                    lost(BROKEN);
                                } else {
                                    writeNext();
                                }
                            },
                            loop);
        }

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean isLast) {
            long now = System.nanoTime();
            Optional<String> text = parts.add(data, isLast);
            if (text.isEmpty()) {
                webSocket.request(1);
                return null;
            }
            loop.execute(() -> {
                if (isCurrent()) {
                    heardAt = now;
                    isAsked = false;
                    JsonText.messages(text.get()).forEach(this::received);
                }
                webSocket.request(1);
            });
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
            loop.execute(() -> lost(statusCode));
            return null;
        }

        @Override
        public void onError(WebSocket webSocket, Throwable error) {
            loop.execute(() -> lost(BROKEN));
        }

        private void received(JsonObject message) {
            switch (message.getString("type")) {
                case "welcome" -> welcome(message);
                case "joined" -> joined(message);
                case "chat", "message", "notification" -> stored(message);
                case "ack" -> ack(message);
                case "error" -> error(message);
                case "goodbye" -> reconnectAfter = message.getInt("reconnectAfter", 0);
                default -> {
                    // Presence and similar events, for which there are no promises.
                }
            }
        }

        private void welcome(JsonObject welcome) {
            JsonObject channels = welcome.getJsonObject("channels");
            for (String wireKey : channels.keySet()) {
                JsonObject start = channels.getJsonObject(wireKey);
                String channel = record.channel(wireKey);
                opened(channel, Optional.ofNullable(asked.get(channel)), start);
            }
            for (String room : spec.rooms()) {
                if (!opened.contains(ClientRecord.room(room))) {
                    join(room);
                }
            }
            openWhenIn();
        }

        private void join(String room) {
            String id = "join-" + roomByJoinId.size();
            roomByJoinId.put(id, room);
            JsonObjectBuilder join =
                    Json.createObjectBuilder().add("type", "join").add("id", id).add("room", room);
            record.reached(ClientRecord.room(room)).ifPresent(position -> join.add("position", json(position)));
            write(join.build().toString());
        }

        private void joined(JsonObject joined) {
            String channel = ClientRecord.room(joined.getString("room"));
            roomByJoinId.remove(joined.getString("id"));
            opened(channel, record.reached(channel), joined);
            openWhenIn();
        }

        private void opened(String channel, Optional<ChannelPosition> asked, JsonObject answer) {
            opened.add(channel);
            record.opened(channel, asked, toPosition(answer.getJsonObject("position")), answer.getBoolean("recovered"));
        }

        private void openWhenIn() {
            if (roomByJoinId.isEmpty()) {
                attempt = 0;
                state = State.OPEN;
                writeUnacked();
            }
        }

        private void stored(JsonObject message) {
            String channel = channelOf(message);
            long seq = message.getJsonNumber("seq").longValueExact();
            Message received =
                    new Message(message.getString("sender"), message.getString("id"), message.getString("content"));
            record.received(channel, opened.contains(channel), seq, received);
            if (!spec.patient()) {
                delays.received(received, heardAt);
            }
        }

        private void ack(JsonObject ack) {
            String id = ack.getString("id");
            record.acked(id, channelOf(ack), ack.getJsonNumber("seq").longValueExact());
            answered(id);
        }

        private void answered(String id) {
            unacked.remove(id);
            unackedCount = unacked.size();
        }

        private void error(JsonObject error) {
            String id = error.getString("id", "");
            String code = error.getString("code");
            record.refused(id, code);
            if (!unacked.containsKey(id)) {
                // Login or join: they are tried again on a new connection.
                lost(BROKEN);
            } else if (!RETRYABLE.contains(code)) {
                answered(id);
            } else if (!isHeld) {
                isHeld = true;
                loop.schedule(
                        () -> {
                            isHeld = false;
                            if (isCurrent()) {
                                writeAllAgain();
                            }
                        },
                        error.getInt("retryAfter", (int) RETRY_MILLIS),
                        TimeUnit.MILLISECONDS);
            }
        }

        /**
         * Watches the connection periodically: sends pings, sends overdue messages again, and drops a dead connection.
         */
        private void watch() {
            if (!isCurrent()) {
                return;
            }
            long now = System.nanoTime();
            long quiet = now - heardAt;
            if (quiet > DEAD.toNanos() && !spec.patient()) {
                lost(BROKEN);
                return;
            }
            if (quiet > QUIET.toNanos() && !isAsked) {
                isAsked = true;
                write("{\"type\":\"ping\"}");
            }
            boolean isOverdue = unackedSince()
                    .map(since -> now - since > ACK_TIMEOUT.toNanos())
                    .orElse(false);
            if (isOverdue && !isHeld) {
                writeAllAgain();
            }
            loop.schedule(this::watch, RETRY_MILLIS, TimeUnit.MILLISECONDS);
        }

        private void lost(int code) {
            if (!isCurrent()) {
                return;
            }
            isOver = true;
            abort();
            record.disconnected(code);
            if (state == State.CLOSED) {
                return;
            }
            if (COME_BACK.contains(code) || code >= 4000 && code < 4500) {
                comeBack(reconnectAfter);
            } else {
                closeCode = code;
                state = State.CLOSED;
            }
        }

        private void abort() {
            socket.ifPresent(WebSocket::abort);
        }
    }
}
