package dev.parley.server.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Identity;
import dev.parley.server.auth.TokenVerdict;
import dev.parley.server.dispatch.handlers.ChatHandler;
import dev.parley.server.dispatch.handlers.Handlers;
import dev.parley.server.dispatch.handlers.HistoryHandler;
import dev.parley.server.dispatch.handlers.LoginHandler;
import dev.parley.server.dispatch.handlers.MetricHandler;
import dev.parley.server.dispatch.handlers.PrivateRoomHandler;
import dev.parley.server.dispatch.handlers.RoomHandler;
import dev.parley.server.dispatch.handlers.SignIn;
import dev.parley.server.dispatch.handlers.UploadHandler;
import dev.parley.server.fanout.EventLoop;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.fanout.MetricFanOut;
import dev.parley.server.session.EndpointType;
import dev.parley.server.session.Framing;
import dev.parley.server.session.ManualClock;
import dev.parley.server.session.RecordingTransport;
import dev.parley.server.session.Session;
import dev.parley.server.session.Sessions;
import dev.parley.server.session.TestSession;
import dev.parley.server.session.TrafficCounters;
import dev.parley.server.store.AttachmentStore;
import dev.parley.server.store.MessageStore;
import dev.parley.server.store.RoomStore;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.Schema;
import dev.parley.server.store.jdbc.SwitchedDatabase;
import dev.parley.server.store.model.Retention;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.ByteArrayOutputStream;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jdbi.v3.core.Jdbi;

/** A whole hub without a container: the real parts on an H2 in memory; the lines are recorders. */
public final class TestHub implements AutoCloseable {
    private static final ThreadFactory THREADS = task -> {
        Thread thread = new Thread(task, "test hub");
        thread.setDaemon(true);
        return thread;
    };

    private static final Retention KEEPS_ALL = new Retention(
            new Retention.Kind(1_000_000, Duration.ofDays(1)),
            new Retention.Kind(1_000_000, Duration.ofDays(1)),
            Duration.ofDays(1));

    public static final int SESSIONS_MAX = 20;
    public static final int CHANNELS_A_MINUTE = 2;
    public static final long BYTES_AT_ONCE = 64L * 1024 * 1024;
    static final int MESSAGE_MAX = 1024 * 1024;
    public static final int FILE_MAX = 1024 * 1024;
    public static final Duration TIMEOUT = Duration.ofSeconds(15);

    private final InboundMemoryBudget inboundMemory = new InboundMemoryBudget(32 * FILE_MAX);
    private final ManualClock clock = new ManualClock();
    private final AtomicInteger names = new AtomicInteger();
    private final Set<UserKey> shutOut = ConcurrentHashMap.newKeySet();
    private final Sessions sessions = new Sessions(new Sessions.Caps(0, SESSIONS_MAX, 0));
    private final ExecutorService turns = Executors.newFixedThreadPool(2, THREADS);
    private final EventLoop loop = new EventLoop("fan-out", THREADS);
    private final Connection keepsDatabase;
    private final SwitchedDatabase database;
    private final Database stores;
    private final AttachmentStore attachments;
    private final MessageStore store;
    private final FanOut fanOut;
    private final EventLoop metricsLoop = new EventLoop("metrics", THREADS);
    private final MetricFanOut metrics = new MetricFanOut(metricsLoop);
    private final Dispatcher dispatcher;
    private final Peer probe;

    public static TestHub openToGuests() {
        return new TestHub(true, 0);
    }

    public static TestHub withTokensOnly() {
        return new TestHub(false, 0);
    }

    public static TestHub withRate(int messagesPerSecond) {
        return new TestHub(true, messagesPerSecond);
    }

    private TestHub(boolean isOpenToGuests, int messagesPerSecond) {
        database = new SwitchedDatabase("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_ON_EXIT=FALSE");
        try {
            keepsDatabase = database.getConnection();
        } catch (SQLException e) {
            throw new IllegalStateException("No H2.", e);
        }
        Schema.migrate(database);
        stores = new Database(database, THREADS);
        attachments = new AttachmentStore(stores, clock);
        store = new MessageStore(stores, KEEPS_ALL, THREADS, clock, () -> "epoch-" + names.incrementAndGet());
        RoomStore rooms = new RoomStore(stores, () -> "epoch-" + names.incrementAndGet());
        fanOut = new FanOut(loop, store);
        store.onStored(placed -> fanOut.deliver(placed.channel(), placed.seq(), placed.message(), placed.aclVersion()));
        store.onHead(fanOut::headSeen);
        rooms.onAclChanged(fanOut::aclChanged);
        RateLimiter rateLimiter = new RateLimiter(
                new RateLimiter.Limits(messagesPerSecond, 1024 * 1024, CHANNELS_A_MINUTE, BYTES_AT_ONCE, SESSIONS_MAX));
        LoginHandler.Rules rules = new LoginHandler.Rules(
                isOpenToGuests, new ServerMessage.Heartbeat(30_000, 10_000), new ServerMessage.Limits(1, 2, 3, 4));
        Handlers handlers = new Handlers(
                new LoginHandler(
                        rules,
                        (token, address) -> CompletableFuture.completedFuture(verdict(token)),
                        () -> "guest-" + names.incrementAndGet(),
                        store,
                        new SignIn(rules, store, fanOut, sessions, who -> shutOut.contains(who.key()), clock)),
                new ChatHandler(
                        store,
                        attachments,
                        fanOut,
                        isOpenToGuests,
                        MESSAGE_MAX,
                        () -> "made-" + names.incrementAndGet()),
                new RoomHandler(store, fanOut),
                new PrivateRoomHandler(
                        new PrivateRooms(rooms, fanOut, name -> "_" + name + "-" + names.incrementAndGet())),
                new HistoryHandler(store, fanOut),
                new MetricHandler(metrics, clock),
                new UploadHandler(
                        attachments,
                        new UploadHandler.Limits(FILE_MAX, TIMEOUT),
                        () -> "file-" + names.incrementAndGet(),
                        clock));
        dispatcher = new Dispatcher(
                handlers,
                new ChunkAssembler(MESSAGE_MAX, TIMEOUT),
                rateLimiter,
                inboundMemory,
                new TrafficCounters(),
                new Dispatcher.Executors(
                        turns,
                        fanOut::runAfterDeliveries,
                        action -> store.afterAppends(() -> fanOut.runAfterDeliveries(action))),
                FILE_MAX,
                clock);
        fanOut.onEvicted(dispatcher::evicted);
        loop.start();
        metricsLoop.start();
        probe = connect(EndpointType.CHAT, Optional.of(identity("probe")));
    }

    /** A token is {@code NAME} or {@code NAME:ROLE,ROLE}; {@code wrong} and the other words are what they say. */
    private TokenVerdict verdict(String token) {
        return switch (token) {
            case "wrong" -> new TokenVerdict.Refused(ErrorCode.LOGIN_REFUSED, "Wrong.");
            case "unknown" -> new TokenVerdict.Unknown("Nobody knows.");
            case "guessed" -> new TokenVerdict.Refused(ErrorCode.RATE_LIMITED, "Too many.");
            case "expired" -> new TokenVerdict.Refused(ErrorCode.TOKEN_EXPIRED, "Expired.");
            default -> new TokenVerdict.Accepted(identity(token));
        };
    }

    private Identity identity(String token) {
        String[] parts = token.split(":");
        Set<String> roles = parts.length == 1 ? Set.of() : Set.of(parts[1].split(","));
        return Identity.user(parts[0], roles, clock.instant().plus(Duration.ofHours(1)), Optional.of(clock.instant()));
    }

    public InboundMemoryBudget unfinished() {
        return inboundMemory;
    }

    /** The bytes of a file, as they are stored. */
    public byte[] file(String id) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try {
            assertThat(attachments.find(id).toCompletableFuture().get(10, TimeUnit.SECONDS))
                    .isPresent();
            for (int number = 0; ; number++) {
                Optional<byte[]> part =
                        attachments.part(id, number).toCompletableFuture().get(10, TimeUnit.SECONDS);
                if (part.isEmpty()) {
                    return file.toByteArray();
                }
                file.writeBytes(part.get());
            }
        } catch (Exception e) {
            throw new AssertionError("No file " + id, e);
        }
    }

    /** Restores a backup that was made before the first message. */
    public void restoreEmptyRooms() {
        Jdbi.create(database).useHandle(sql -> {
            sql.execute("delete from parley_message");
            sql.execute("update parley_channel set head = 0");
        });
    }

    /** Makes the store refuse the first part of every file that is under way. */
    public void spoilUploads() {
        Jdbi.create(database)
                .useHandle(sql -> sql.execute("insert into parley_attachment_part (attachment_id, number, bytes)"
                        + " select id, 0, X'00' from parley_attachment"));
    }

    /** Tokens of this user count for nothing from now on. */
    public void shutOut(String user) {
        shutOut.add(UserKey.user(user));
    }

    /** As retention does in time. */
    public void forgetFiles() {
        Jdbi.create(database).useHandle(sql -> sql.execute("delete from parley_attachment"));
    }

    /** How many files there are, whole or not. */
    public int files() {
        return Jdbi.create(database).withHandle(sql -> sql.createQuery("select count(*) from parley_attachment")
                .mapTo(Integer.class)
                .one());
    }

    public ManualClock clock() {
        return clock;
    }

    public SwitchedDatabase database() {
        return database;
    }

    public Dispatcher dispatcher() {
        return dispatcher;
    }

    /** A connection that has said nothing yet. */
    public Peer connect() {
        return connect(EndpointType.CHAT, Optional.empty());
    }

    Peer connect(EndpointType endpoint) {
        return connect(endpoint, Optional.empty());
    }

    /** A connection whose handshake brought this token. */
    public Peer connectWith(String token) {
        return connect(EndpointType.CHAT, Optional.of(identity(token)));
    }

    /** A guest in the lobby. */
    public Peer guest(String name) {
        Peer peer = connect();
        peer.ask("{'type':'login','username':'" + name + "'}", "welcome");
        return peer;
    }

    /** A user in the lobby. */
    public Peer user(String token) {
        Peer peer = connect();
        peer.ask("{'type':'login','token':'" + token + "'}", "welcome");
        return peer;
    }

    private Peer connect(EndpointType endpoint, Optional<Identity> credential) {
        return new Peer(endpoint, credential);
    }

    /**
     * Returns when what the store and the fan-out have in hand is done. A turn that waits elsewhere may come later, so
     * this shows that nothing more came, not that something did.
     */
    private void settle() {
        // A turn may ask the store twice before its last answer.
        for (int round = 0; round < 3; round++) {
            try {
                store.exists(Channel.LOBBY, UserKey.user("anna"))
                        .toCompletableFuture()
                        .handle((there, away) -> "")
                        .get(10, TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new AssertionError("The store does not come to rest.", e);
            }
        }
        fanOut.presence(probe.session, Optional.empty(), Channel.LOBBY);
        probe.transport.takeFrame();
        metrics.unsubscribe(probe.session, Optional.empty(), "nothing");
        probe.transport.takeFrame();
    }

    @Override
    public void close() {
        store.close();
        stores.close();
        loop.close();
        metricsLoop.close();
        turns.shutdownNow();
        try {
            keepsDatabase.close();
        } catch (SQLException e) {
            throw new IllegalStateException("H2 does not close.", e);
        }
    }

    /** One connection: what it says, what it hears. */
    public final class Peer {
        private final RecordingTransport transport = RecordingTransport.completing();
        private final Session session;
        private final InboundQueue inbound;

        private Peer(EndpointType endpoint, Optional<Identity> credential) {
            TestSession made = TestSession.on(transport)
                    .door(endpoint)
                    .framing(endpoint == EndpointType.TEXT ? Framing.LINE : Framing.OBJECT)
                    .maxBytes(4 * 1024 * 1024)
                    .clock(clock)
                    .whenEnded(ended -> {
                        sessions.remove(ended);
                        dispatcher().sessionEnded(ended);
                        fanOut.sessionEnded(ended);
                        metrics.sessionEnded(ended);
                    });
            credential.ifPresent(made::credential);
            session = made.open();
            transport.whenMarked(session::ponged);
            sessions.add(session);
            inbound = dispatcher().open(session);
        }

        public Session session() {
            return session;
        }

        public InboundQueue intake() {
            return inbound;
        }

        public RecordingTransport line() {
            return transport;
        }

        /** @param json with ' for " */
        public Peer say(String json) {
            String text = json.replace('\'', '"');
            inbound.received(() -> MessageCodec.decode(text), text.length());
            return this;
        }

        /** @param text as it is */
        Peer sayText(String text) {
            inbound.received(() -> MessageCodec.decode(text), text.length());
            return this;
        }

        /** Says something and takes its answer, which must come next. */
        public JsonObject ask(String json, String type) {
            return say(json).hears(type);
        }

        /** The next message, which must be of this type. */
        public JsonObject hears(String type) {
            JsonObject next = next();
            assertThat(next.getString("type")).as(next.toString()).isEqualTo(type);
            return next;
        }

        public JsonObject hearsAny() {
            return next();
        }

        /** The next message of this type; what comes before it is of no interest. */
        public JsonObject hearsAtLast(String type) {
            JsonObject next = next();
            return next.getString("type").equals(type) ? next : hearsAtLast(type);
        }

        /** The next message, which must be an error with this code. */
        public JsonObject hearsError(String code) {
            JsonObject error = hears("error");
            assertThat(error.getString("code")).as(error.toString()).isEqualTo(code);
            return error;
        }

        public Peer hearsNothing() {
            settle();
            assertThat(takesAll()).isEmpty();
            return this;
        }

        public CloseCode isClosed() {
            return transport.takeClose();
        }

        private JsonObject next() {
            JsonObject message = parse(transport.takeFrame());
            return isNews(message) ? next() : message;
        }

        /** All messages so far. */
        List<JsonObject> takesAll() {
            List<JsonObject> messages = new ArrayList<>();
            transport.takeFrames().forEach(frame -> messages.add(parse(frame)));
            messages.removeIf(Peer::isNews);
            return messages;
        }

        /** Who came and went: comes when the clock ticks. */
        private static boolean isNews(JsonObject message) {
            return message.getString("type").equals("presence") && !message.containsKey("present");
        }

        private static JsonObject parse(String frame) {
            try (JsonReader reader = Json.createReader(new StringReader(frame))) {
                return reader.readObject();
            }
        }
    }
}
