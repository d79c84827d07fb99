package dev.parley.server;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.auth.FailedAttempts;
import dev.parley.server.auth.TokenVerdict;
import dev.parley.server.backplane.Backplane;
import dev.parley.server.backplane.Cluster;
import dev.parley.server.config.Settings;
import dev.parley.server.dispatch.ChunkAssembler;
import dev.parley.server.dispatch.Dispatcher;
import dev.parley.server.dispatch.InboundMemoryBudget;
import dev.parley.server.dispatch.PrivateRooms;
import dev.parley.server.dispatch.RateLimiter;
import dev.parley.server.dispatch.SessionOpener;
import dev.parley.server.dispatch.handlers.BinaryHandler;
import dev.parley.server.dispatch.handlers.ChatHandler;
import dev.parley.server.dispatch.handlers.GuestSignIn;
import dev.parley.server.dispatch.handlers.Handlers;
import dev.parley.server.dispatch.handlers.HistoryHandler;
import dev.parley.server.dispatch.handlers.LoginHandler;
import dev.parley.server.dispatch.handlers.MetricHandler;
import dev.parley.server.dispatch.handlers.PrivateRoomHandler;
import dev.parley.server.dispatch.handlers.Publisher;
import dev.parley.server.dispatch.handlers.Recipients;
import dev.parley.server.dispatch.handlers.RoomHandler;
import dev.parley.server.dispatch.handlers.SignIn;
import dev.parley.server.dispatch.handlers.UploadHandler;
import dev.parley.server.dispatch.marks.ReadMarks;
import dev.parley.server.fanout.ChannelWatch;
import dev.parley.server.fanout.EventLoop;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.fanout.MetricFanOut;
import dev.parley.server.handshake.Revocations;
import dev.parley.server.http.UntrustedProxyWarning;
import dev.parley.server.session.MessageEncoding;
import dev.parley.server.session.Outbox;
import dev.parley.server.session.OutboxMemoryBudget;
import dev.parley.server.session.Session;
import dev.parley.server.session.SessionExecutor;
import dev.parley.server.session.Sessions;
import dev.parley.server.session.TrafficCounters;
import dev.parley.server.store.AttachmentStore;
import dev.parley.server.store.DatabaseClock;
import dev.parley.server.store.GrowthStore;
import dev.parley.server.store.GuestStore;
import dev.parley.server.store.MessageStore;
import dev.parley.server.store.NodeLease;
import dev.parley.server.store.RevocationStore;
import dev.parley.server.store.RoomStore;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.Schema;
import dev.parley.server.store.model.FileQuotas;
import dev.parley.server.store.model.Retention;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadFactory;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import javax.sql.DataSource;

/**
 * The parts that a message passes in this node, from a session on a transport through dispatch, store and fan-out to
 * other sessions. {@link Hub} adds the handshake, the HTTP API and the periodic tasks.
 */
final class MessagePipeline implements AutoCloseable {
    private static final long FILES_AT_ONCE = 2;
    private static final long MESSAGES_AT_ONCE = 8;

    final Sessions sessions;
    final Database database;
    private final DatabaseClock storeClock;
    final MessageStore store;
    final AttachmentStore attachments;
    final GuestStore guests;
    final Revocations revocations;
    final EventLoop loop;
    final EventLoop metricsLoop;
    final FanOut fanOut;
    final MetricFanOut metrics;
    final ChannelWatch watch;
    final Optional<GrowthStore> growth;
    final Cluster cluster;
    final TrafficCounters traffic = new TrafficCounters();
    final UntrustedProxyWarning proxyWarning = new UntrustedProxyWarning();
    final RateLimiter rateLimiter;
    final ReadMarks readMarks;
    final PrivateRooms privateRooms;
    final Publisher publisher;
    final Dispatcher dispatcher;
    final SessionOpener opener;

    private final Settings settings;
    private final Ports ports;
    private final RandomNames names;
    private final SessionExecutor sessionTasks;

    /**
     * The dependencies on the environment.
     *
     * @param clock the wall clock
     * @param nanoTime the monotonic clock
     * @param threads creates the few threads of the node: sessions, store, fan-out
     * @param inboundMemory budget for messages and files that are incomplete
     * @param encoding encodes what is stored and sent
     * @param loginTokens checks the token of a login; the second argument is the client's address
     * @param failures counts refused credentials by address
     * @param nodes this node among others
     */
    record Ports(
            DataSource dataSource,
            InstantSource clock,
            LongSupplier nanoTime,
            ThreadFactory threads,
            InboundMemoryBudget inboundMemory,
            MessageEncoding encoding,
            BiFunction<String, String, CompletionStage<TokenVerdict>> loginTokens,
            FailedAttempts failures,
            Nodes nodes) {}

    /**
     * This node among others.
     *
     * @param id random, another one at each start
     * @param hasOthers whether other nodes use the same database
     * @param backplane creates the backplane from the id of the cluster and from what takes its events
     */
    record Nodes(String id, boolean hasOthers, BiFunction<String, Backplane.Listener, Backplane> backplane) {}

    MessagePipeline(Settings settings, Ports ports, RandomNames names) {
        this.settings = settings;
        this.ports = ports;
        this.names = names;
        sessions = new Sessions(
                new Sessions.Caps(settings.sessionsNode(), settings.sessionsUser(), settings.sessionsUnsigned()));

        // Store.
        Schema.migrate(ports.dataSource());
        database = new Database(ports.dataSource(), ports.threads(), settings.datasourceThreads(), System::nanoTime);
        storeClock = new DatabaseClock(ports.clock());
        store = new MessageStore(
                database,
                retention(settings),
                ports.threads(),
                storeClock,
                names::epoch,
                ports.encoding(),
                Optional.of(ports.nodes().id()).filter(id -> ports.nodes().hasOthers()));
        String clusterId = ports.nodes().hasOthers() ? NodeLease.clusterId(database, names.nodeId()) : "";
        growth = ports.nodes().hasOthers()
                ? Optional.of(new GrowthStore(database, ports.nodes().id(), storeClock))
                : Optional.empty();
        attachments = new AttachmentStore(
                database,
                storeClock,
                new FileQuotas(
                        settings.attachmentUser(),
                        settings.attachmentGuests(),
                        settings.attachmentTotal(),
                        settings.attachmentFree()));
        guests = new GuestStore(
                database,
                new GuestStore.Limits(settings.guestAge(), settings.guestCount()),
                storeClock,
                names::epoch,
                names::guestTagCharacter);
        revocations = new Revocations(new RevocationStore(database), sessions, storeClock, settings.tokenSkew());
        RoomStore rooms = new RoomStore(database, names::epoch);

        sessionTasks = new SessionExecutor(ports.threads());

        // Fan-out.
        loop = new EventLoop("fan-out", ports.threads());
        metricsLoop = new EventLoop("metrics", ports.threads());
        fanOut = new FanOut(loop, store, ports.encoding(), settings.recentTotal(), settings.binaryRate());
        store.pauseBy(fanOut::runAfter);
        guests.pauseBy(fanOut::runAfter);
        metrics = new MetricFanOut(metricsLoop, ports.encoding(), sessionTasks);
        watch = new ChannelWatch(sessionTasks);
        cluster = new Cluster(
                ports.nodes().id(),
                fanOut,
                metrics,
                watch,
                sessions,
                storeClock,
                ports.encoding(),
                sessionTasks,
                growth.map(log -> log),
                listener -> ports.nodes().backplane().apply(clusterId, listener));
        store.onStored(copy -> cluster.stored(
                copy.channel(), copy.position(), copy.message(), copy.aclVersion(), store.checkedServer()));
        store.onHead(cluster::grown);
        store.onLost(cluster::epochRenewed);
        cluster.onStored(store::storedElsewhere);
        growth.ifPresent(log -> log.onServer(store::checkLog));
        store.onTrimmed(fanOut::trimmed);
        rooms.onAclChanged(cluster::aclChanged);
        revocations.onOwnRevocation(cluster::tokensRevoked);
        cluster.onTokensRevoked(user -> revocations.listen());

        // Dispatch.
        rateLimiter = new RateLimiter(rates(settings), ports.nanoTime());
        readMarks = new ReadMarks(
                store::mark,
                (who, channel, seq) -> cluster.deliverEphemeral(
                        new Channel.Inbox(who.key()), ServerMessage.Read.of(channel, who.name(), who.guest(), seq)),
                rateLimiter::markDelay,
                ports.nanoTime());
        privateRooms = new PrivateRooms(rooms, cluster, names::privateRoom);
        publisher = new Publisher(
                store,
                attachments,
                new Recipients(
                        guests, sessions, settings.guests(), ports.nodes().hasOthers()),
                settings.messageMax());
        dispatcher = dispatcher();
        fanOut.onEvicted(dispatcher::evicted);
        store.onTokenUser(this::nameTaken);
        store.onNewTokenUser(cluster::nameTaken);
        cluster.onNameTaken(this::nameTaken);
        opener = new SessionOpener(
                sessions,
                dispatcher,
                ports.encoding(),
                new Outbox.Bounds(
                        settings.outboxMax(), new OutboxMemoryBudget(settings.outboxTotal(), sessions::count)),
                traffic,
                names::sessionId,
                ports.nanoTime(),
                this::sessionEnded,
                proxyWarning);
    }

    private static Retention retention(Settings settings) {
        return new Retention(
                new Retention.Kind(settings.retentionCount(), settings.retentionAge()),
                new Retention.Kind(settings.retentionInboxCount(), settings.retentionInboxAge()),
                settings.dedupeAge());
    }

    private static RateLimiter.Limits rates(Settings settings) {
        return new RateLimiter.Limits(
                settings.rateMessages(),
                settings.rateBytes(),
                settings.rateChannels(),
                FILES_AT_ONCE * settings.attachmentMax() + MESSAGES_AT_ONCE * settings.messageMax(),
                settings.sessionsUser(),
                settings.rateGuests());
    }

    private Dispatcher dispatcher() {
        return new Dispatcher(
                handlers(),
                new ChunkAssembler(settings.messageMax(), settings.frameTimeout()),
                rateLimiter,
                ports.inboundMemory(),
                traffic,
                new Dispatcher.Executors(
                        sessionTasks,
                        fanOut::runAfterDeliveries,
                        action -> store.afterAppends(() -> fanOut.runAfterDeliveries(action))),
                settings.attachmentMax(),
                ports.nanoTime());
    }

    private Handlers handlers() {
        LoginHandler.Rules rules = loginRules();
        SignIn signIn = new SignIn(rules, store, fanOut, cluster, sessions, revocations, ports.clock());
        return new Handlers(
                new LoginHandler(
                        rules,
                        ports.loginTokens(),
                        signIn,
                        new GuestSignIn(guests, sessions, signIn, ports.failures(), names)),
                new ChatHandler(publisher, store, fanOut, names::messageId),
                new RoomHandler(store, fanOut, cluster),
                new PrivateRoomHandler(privateRooms),
                new HistoryHandler(store, fanOut, readMarks, ports.encoding()),
                new MetricHandler(metrics, ports.clock()),
                new UploadHandler(
                        attachments,
                        new UploadHandler.Limits(settings.attachmentMax(), settings.frameTimeout()),
                        names::attachmentId,
                        ports.nanoTime()),
                new BinaryHandler(
                        fanOut,
                        new BinaryHandler.Rules(settings.binaryMax(), settings.binaryGuests(), settings.binaryRate())));
    }

    private LoginHandler.Rules loginRules() {
        return new LoginHandler.Rules(
                settings.guests(),
                new ServerMessage.Heartbeat(
                        settings.heartbeatInterval().toMillis(),
                        settings.heartbeatTimeout().toMillis()),
                limits(settings.binaryMax()),
                limits(settings.binaryGuests() ? settings.binaryMax() : 0));
    }

    private ServerMessage.Limits limits(int binaryMax) {
        return new ServerMessage.Limits(
                settings.frameMax(),
                settings.messageMax(),
                rateLimiter.messagesPerSecond(),
                rateLimiter.burst(),
                OptionalInt.of(binaryMax));
    }

    /** No guest keeps the name of a user. */
    private void nameTaken(String name) {
        sessions.guestsNamed(name).forEach(session -> dispatcher.nameTaken(session, name));
    }

    private void sessionEnded(Session session) {
        sessions.remove(session);
        cluster.ended(session);
        dispatcher.sessionEnded(session);
        fanOut.sessionEnded(session);
        metrics.sessionEnded(session);
    }

    /** What is wrong with the clock of this node; empty if nothing is. */
    Optional<String> clockProblem() {
        return storeClock.problem();
    }

    Nodes nodes() {
        return ports.nodes();
    }

    /** Starts the event loops. The store works from its creation on. */
    void start() {
        loop.start();
        metricsLoop.start();
    }

    /** Stores the waiting messages; no more are taken. Blocks for some seconds at most. */
    void closeStore() {
        readMarks.close();
        store.close();
    }

    /** After {@link #closeStore}: ends the threads. Blocks for some seconds at most. */
    @Override
    public void close() {
        cluster.close();
        database.close();
        sessionTasks.close();
        loop.close();
        metricsLoop.close();
    }
}
