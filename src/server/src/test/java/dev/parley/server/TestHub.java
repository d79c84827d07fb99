package dev.parley.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.UserKey;
import dev.parley.protocol.binary.BinaryCodec;
import dev.parley.protocol.binary.DecodedBinary;
import dev.parley.protocol.binary.ServerBinary;
import dev.parley.server.auth.FailedAttempts;
import dev.parley.server.auth.Identity;
import dev.parley.server.auth.TokenVerdict;
import dev.parley.server.backplane.Backplane;
import dev.parley.server.backplane.ClusterLists;
import dev.parley.server.backplane.LocalBackplane;
import dev.parley.server.config.SettingSource;
import dev.parley.server.config.Settings;
import dev.parley.server.dispatch.Announcements;
import dev.parley.server.dispatch.Dispatcher;
import dev.parley.server.dispatch.Epochs;
import dev.parley.server.dispatch.InboundMemoryBudget;
import dev.parley.server.dispatch.InboundQueue;
import dev.parley.server.dispatch.ProtocolDetector;
import dev.parley.server.dispatch.SessionOpener;
import dev.parley.server.dispatch.requests.ChannelReads;
import dev.parley.server.dispatch.requests.MessagePosts;
import dev.parley.server.dispatch.requests.UserRates;
import dev.parley.server.endpoint.LineDecoder;
import dev.parley.server.session.EndpointType;
import dev.parley.server.session.Framing;
import dev.parley.server.session.HandshakeResult;
import dev.parley.server.session.ManualClock;
import dev.parley.server.session.RecordingTransport;
import dev.parley.server.session.Session;
import dev.parley.server.store.NodeLease;
import dev.parley.server.store.jdbc.SwitchedDatabase;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.NodeReport;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.ByteArrayOutputStream;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jdbi.v3.core.Jdbi;

/**
 * The message pipeline of a node as production wires it, without a container. The test's parts are at the ports: an H2
 * in memory whose transactions can fail or wait, a manual clock, recorders as transports, and tokens that are not
 * signed. Periodic tasks do not run; a test calls them.
 */
public final class TestHub implements AutoCloseable {
    private static final ThreadFactory THREADS = task -> {
        Thread thread = new Thread(task, "test hub");
        thread.setDaemon(true);
        return thread;
    };

    public static final int SESSIONS_MAX = 20;
    public static final int CHANNELS_A_MINUTE = 2;
    public static final int MESSAGE_MAX = 1024 * 1024;
    public static final int FILE_MAX = 1024 * 1024;

    /** Files of the longest length that a user may keep. */
    public static final int FILES_MAX = 8;

    /** Bytes that a user may send in one burst. */
    public static final long BYTES_AT_ONCE = 2L * FILE_MAX + 8L * MESSAGE_MAX;

    public static final Duration TIMEOUT = Duration.ofSeconds(15);

    private static final Map<String, String> SETTINGS = Map.of(
            "parley.sessions.user", Integer.toString(SESSIONS_MAX),
            "parley.rate.channels", Integer.toString(CHANNELS_A_MINUTE),
            "parley.message.max", Integer.toString(MESSAGE_MAX),
            "parley.attachment.max", Integer.toString(FILE_MAX),
            "parley.attachment.user", Integer.toString(FILES_MAX * FILE_MAX),
            "parley.frame.timeout", TIMEOUT.toSeconds() + "s");

    private final InboundMemoryBudget inboundMemory = new InboundMemoryBudget(32 * FILE_MAX);
    private final ManualClock clock = new ManualClock();
    private final SwitchedDatabase database;
    private final Connection keepsDatabase;
    private final MessagePipeline pipeline;
    private final Peer probe;
    private Optional<NodeLease> lease = Optional.empty();

    public static TestHub openToGuests() {
        return new TestHub(true, 0);
    }

    public static TestHub withTokensOnly() {
        return new TestHub(false, 0);
    }

    public static TestHub withRate(int messagesPerSecond) {
        return new TestHub(true, messagesPerSecond);
    }

    /** @param settings by name, in place of the defaults */
    public static TestHub with(Map<String, String> settings) {
        return new TestHub(
                true,
                0,
                UUID.randomUUID().toString(),
                "alone",
                false,
                (cluster, listener) -> new LocalBackplane("alone", new LocalBackplane.Network(), listener),
                settings);
    }

    /** One node, open to guests, with this backplane. */
    public static TestHub over(Backplane backplane) {
        return new TestHub(
                true, 0, UUID.randomUUID().toString(), "alone", false, (cluster, listener) -> backplane, Map.of());
    }

    /**
     * One of several nodes, open to guests.
     *
     * @param database name of the database that all of them use
     * @param network over which they hear each other
     */
    public static TestHub node(String database, LocalBackplane.Network network) {
        return node(database, network, Map.of());
    }

    /** @param settings by name, in place of the defaults */
    public static TestHub node(String database, LocalBackplane.Network network, Map<String, String> settings) {
        String id = UUID.randomUUID().toString();
        return new TestHub(
                true,
                0,
                database,
                id,
                true,
                (cluster, listener) -> new LocalBackplane(id, network, listener),
                settings);
    }

    /** @param messagesPerSecond rate of each user; 0 turns all rates off */
    private TestHub(boolean isOpenToGuests, int messagesPerSecond) {
        this(
                isOpenToGuests,
                messagesPerSecond,
                UUID.randomUUID().toString(),
                "alone",
                false,
                (cluster, listener) -> new LocalBackplane("alone", new LocalBackplane.Network(), listener),
                Map.of());
    }

    private TestHub(
            boolean isOpenToGuests,
            int messagesPerSecond,
            String name,
            String id,
            boolean hasOthers,
            BiFunction<String, Backplane.Listener, Backplane> backplane,
            Map<String, String> settings) {
        Map<String, String> properties = new HashMap<>(SETTINGS);
        properties.put("parley.guests", Boolean.toString(isOpenToGuests));
        properties.put("parley.rate.messages", Integer.toString(messagesPerSecond));
        properties.putAll(settings);
        database = new SwitchedDatabase("jdbc:h2:mem:" + name + ";DB_CLOSE_ON_EXIT=FALSE");
        try {
            keepsDatabase = database.getConnection();
        } catch (SQLException e) {
            throw new IllegalStateException("No H2.", e);
        }
        pipeline = new MessagePipeline(
                Settings.read(new SettingSource(properties, Map.of(), Map.of())),
                new MessagePipeline.Ports(
                        database,
                        clock,
                        clock,
                        THREADS,
                        inboundMemory,
                        MessageCodec::encode,
                        (token, address) -> CompletableFuture.completedFuture(verdict(token)),
                        new FailedAttempts(clock),
                        new MessagePipeline.Nodes(id, hasOthers, backplane)),
                new RandomNames());
        if (hasOthers) {
            lease = Optional.of(new NodeLease(
                    pipeline.database,
                    new NodeLease.Self(pipeline.nodes().id(), "test", "1", true),
                    () -> new NodeReport(0, false, Optional.empty())));
            lease.get().take();
        }
        pipeline.start();
        probe = connect(EndpointType.CHAT, Optional.of(identity("probe")));
    }

    /** A token is {@code NAME} or {@code NAME:ROLE,ROLE}, or one of the words for the other verdicts. */
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

    public InboundMemoryBudget inboundMemory() {
        return inboundMemory;
    }

    /** The bytes of a file, as they are stored. */
    public byte[] file(String id) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try {
            assertThat(pipeline.attachments.find(id).toCompletableFuture().get(10, TimeUnit.SECONDS))
                    .isPresent();
            for (int number = 0; ; number++) {
                Optional<byte[]> part = pipeline.attachments
                        .part(id, number)
                        .toCompletableFuture()
                        .get(10, TimeUnit.SECONDS);
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

    /** Stores a part of each file that is being uploaded, so that the store refuses the peer's first part. */
    public void makePartsOfUploadsConflict() {
        Jdbi.create(database)
                .useHandle(sql -> sql.execute("insert into parley_attachment_part (attachment_id, number, bytes)"
                        + " select id, 0, X'00' from parley_attachment"));
    }

    /** Revokes the tokens of this user. */
    public void revoke(String user) {
        try {
            pipeline.revocations.revoke(user).toCompletableFuture().get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("The tokens of " + user + " are not revoked.", e);
        }
    }

    /** Reads what was revoked on other nodes, as the periodic task does. */
    public void readRevocations() {
        assertThat(pipeline.revocations.listen())
                .succeedsWithin(Duration.ofSeconds(10))
                .isEqualTo(true);
    }

    /** Deletes all files, as retention does. */
    public void deleteFiles() {
        Jdbi.create(database).useHandle(sql -> sql.execute("delete from parley_attachment"));
    }

    /** Number of files in the store, complete or not. */
    public int fileCount() {
        return Jdbi.create(database).withHandle(sql -> sql.createQuery("select count(*) from parley_attachment")
                .mapTo(Integer.class)
                .one());
    }

    /** Looks for what other nodes stored, as the periodic task does. */
    public void lookAround() {
        settle();
        pipeline.cluster.maintain();
        settle();
    }

    /** The id of this node. */
    public String nodeId() {
        return pipeline.nodes().id();
    }

    /** Only these other nodes have a lease. */
    public void onlyAlive(Set<String> nodes) {
        pipeline.cluster.nodesAlive(nodes);
    }

    /** Closes a session as an administrator does, and returns whether it was on this node. */
    public boolean closeSession(Peer peer) {
        return pipeline.cluster.closeSession(peer.session().id(), CloseCode.FORBIDDEN);
    }

    /** What administrators see of all nodes. */
    public ClusterLists lists() {
        return pipeline.cluster.lists();
    }

    /** Renews the epochs of all channels, as an administrator does. */
    public void renewEpochs() {
        renewed(Epochs::renewAll);
    }

    /** Renews the epoch of a room, as an administrator does. */
    public void renewEpoch(Channel.Room room) {
        renewed(epochs -> epochs.renew(room));
    }

    private void renewed(Function<Epochs, CompletionStage<?>> which) {
        try {
            which.apply(new Epochs(pipeline.store, pipeline.cluster))
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("The epochs are not renewed.", e);
        }
    }

    /** Tells everybody something, as a service does over HTTP. */
    public void announce(String content) {
        ClientMessage.Notification notification = new ClientMessage.Notification(
                Optional.empty(), content, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
        assertThat(new Announcements(pipeline.store, new RandomNames()::messageId)
                        .announce(identity("service"), notification))
                .succeedsWithin(Duration.ofSeconds(10))
                .isInstanceOf(Appended.Stored.class);
    }

    public ManualClock clock() {
        return clock;
    }

    /** What administrators see of the clock of this node; empty if nothing is wrong with it. */
    public Optional<String> clockProblem() {
        return pipeline.clockProblem();
    }

    public SwitchedDatabase database() {
        return database;
    }

    public Dispatcher dispatcher() {
        return pipeline.dispatcher;
    }

    /** The messages that users send in requests. */
    public MessagePosts posts() {
        return new MessagePosts(pipeline.publisher, userRates(), pipeline.traffic, new RandomNames()::messageId);
    }

    /** The channels as readers over HTTP read them. */
    public ChannelReads reads() {
        return new ChannelReads(pipeline.store, userRates(), pipeline.cluster);
    }

    private UserRates userRates() {
        return new UserRates(pipeline.rateLimiter, pipeline.store);
    }

    /** Lets the time of the next read mark come, and does what is due then. */
    public void passReadMarks() {
        clock.advance(Duration.ofMillis(100));
        pipeline.readMarks.sweep();
    }

    /** A connection that has sent nothing yet. */
    public Peer connect() {
        return connect(EndpointType.CHAT, Optional.empty());
    }

    public Peer connect(EndpointType endpoint) {
        return connect(endpoint, Optional.empty());
    }

    /** A connection whose handshake had this token as its credential. */
    public Peer connectWith(String token) {
        return connect(EndpointType.CHAT, Optional.of(identity(token)));
    }

    /** A new guest in the lobby. */
    public Peer guest(String name) {
        Peer peer = connect();
        peer.guestSecret = peer.ask("{'type':'login','username':'" + name + "'}", "welcome")
                .getString("guestSecret");
        return peer;
    }

    /** Another session of the same guest. */
    public Peer again(Peer guest) {
        Peer peer = connect();
        peer.ask("{'type':'login','guestSecret':'" + guest.guestSecret() + "'}", "welcome");
        peer.guestSecret = guest.guestSecret();
        return peer;
    }

    /** Deletes what exceeds the retention limits, as the periodic task does. */
    public void trim() {
        try {
            pipeline.store.trim().toCompletableFuture().get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("Retention does not end.", e);
        }
    }

    /** Forgets guests whose time is over, as the periodic task does. */
    public void trimGuests() {
        try {
            pipeline.guests
                    .trim(pipeline.sessions.guestKeys())
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("The guests are not trimmed.", e);
        }
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
     * Waits for the queued work of the store and of the fan-outs. A task of a session that waits elsewhere may still
     * follow, so this shows that nothing more was sent, not that something will be.
     */
    public void settle() {
        // A session's task may query the store twice before its last answer.
        for (int round = 0; round < 3; round++) {
            try {
                pipeline.store
                        .exists(Channel.Room.LOBBY, UserKey.user("anna"))
                        .toCompletableFuture()
                        .handle((exists, failure) -> "")
                        .get(10, TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new AssertionError("The store does not come to rest.", e);
            }
        }
        pipeline.fanOut.presence(probe.session(), Optional.empty(), Channel.Room.LOBBY);
        probe.transport.takeFrame();
        pipeline.metrics.unsubscribe(probe.session(), Optional.empty(), "nothing");
        probe.transport.takeFrame();
    }

    @Override
    public void close() {
        pipeline.closeStore();
        lease.ifPresent(NodeLease::close);
        pipeline.close();
        try {
            keepsDatabase.close();
        } catch (SQLException e) {
            throw new IllegalStateException("H2 does not close.", e);
        }
    }

    /** One connection: what the test sends and receives as its peer. */
    public final class Peer {
        private final RecordingTransport transport = RecordingTransport.completing();
        private final SessionOpener.Opened opened;
        private final Function<String, List<Decoded>> decoder;
        private String guestSecret = "";

        private Peer(EndpointType endpoint, Optional<Identity> credential) {
            Framing.Detected detected = Framing.detected();
            opened = pipeline.opener.open(
                    endpoint,
                    new HandshakeResult(credential, "192.0.2.1"),
                    transport,
                    switch (endpoint) {
                        case TEXT -> Framing.lines();
                        case ROOT -> detected;
                        case CHAT, MONITOR -> Framing.OBJECT;
                    },
                    MessageCodec::decode);
            decoder = endpoint == EndpointType.ROOT
                    ? new ProtocolDetector(inbound(), detected, MessageCodec::decode, line -> new LineDecoder()
                            .decode(line)
                            .messages())
                    : MessageCodec::decode;
            transport.whenMarked(session()::ponged);
        }

        public Session session() {
            return opened.session();
        }

        /** With which the guest of this session comes back. */
        public String guestSecret() {
            return guestSecret;
        }

        /** The tag of the guest of this session. */
        public String tag() {
            return session().signedInAs().guest().orElseThrow();
        }

        public InboundQueue inbound() {
            return opened.inbound();
        }

        public RecordingTransport transport() {
            return transport;
        }

        /** Sends a frame: a message or an array of them, with ' in the place of ". */
        public Peer say(String json) {
            return sayText(json.replace('\'', '"'));
        }

        /** Sends a frame of exactly this text. */
        public Peer sayText(String text) {
            inbound().received(() -> decoder.apply(text), text.length());
            return this;
        }

        /** Sends a binary frame. */
        public Peer sayBinary(byte[] frame) {
            inbound().received(frame);
            return this;
        }

        /** Takes the next message, which must be a binary frame. */
        public ServerBinary hearsBinary() {
            String frame = transport.takeFrame();
            if (frame.startsWith("{") && isNews(parse(frame))) {
                return hearsBinary();
            }
            DecodedBinary<ServerBinary> decoded = BinaryCodec.decodeFromServer(RecordingTransport.binary(frame));
            assertThat(decoded).isInstanceOf(DecodedBinary.Valid.class);
            return ((DecodedBinary.Valid<ServerBinary>) decoded).frame();
        }

        /** Sends a message and takes its answer, which must be the next message. */
        public JsonObject ask(String json, String type) {
            return say(json).hears(type);
        }

        /** Takes the next message, which must be of this type. */
        public JsonObject hears(String type) {
            JsonObject next = next();
            assertThat(next.getString("type")).as(next.toString()).isEqualTo(type);
            return next;
        }

        public JsonObject hearsAny() {
            return next();
        }

        /** Takes the next message of this type, and skips those before it. */
        public JsonObject hearsAtLast(String type) {
            JsonObject next = next();
            return next.getString("type").equals(type) ? next : hearsAtLast(type);
        }

        /** Takes the next message, which must be an error with this code. */
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

        public CloseCode takeClose() {
            return transport.takeClose();
        }

        private JsonObject next() {
            JsonObject message = parse(transport.takeFrame());
            return isNews(message) ? next() : message;
        }

        /** Takes all messages so far. */
        public List<JsonObject> takesAll() {
            List<JsonObject> messages = new ArrayList<>();
            transport.takeFrames().forEach(frame -> messages.add(parse(frame)));
            messages.removeIf(Peer::isNews);
            return messages;
        }

        /** Whether this is a change of presence, which the fan-out's tick sends at any time. */
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
