package dev.parley.server;

import dev.parley.protocol.ServerMessage;
import dev.parley.server.auth.AllowedOrigins;
import dev.parley.server.auth.AsyncTokenVerifier;
import dev.parley.server.auth.Credentials;
import dev.parley.server.auth.FailedAttempts;
import dev.parley.server.auth.TicketKey;
import dev.parley.server.auth.Tickets;
import dev.parley.server.auth.TokenVerifier;
import dev.parley.server.config.Settings;
import dev.parley.server.dispatch.Announcements;
import dev.parley.server.dispatch.ChunkAssembler;
import dev.parley.server.dispatch.Dispatcher;
import dev.parley.server.dispatch.InboundMemoryBudget;
import dev.parley.server.dispatch.PrivateRooms;
import dev.parley.server.dispatch.RateLimiter;
import dev.parley.server.dispatch.handlers.ChatHandler;
import dev.parley.server.dispatch.handlers.Handlers;
import dev.parley.server.dispatch.handlers.HistoryHandler;
import dev.parley.server.dispatch.handlers.LoginHandler;
import dev.parley.server.dispatch.handlers.MetricHandler;
import dev.parley.server.dispatch.handlers.PrivateRoomHandler;
import dev.parley.server.dispatch.handlers.RoomHandler;
import dev.parley.server.dispatch.handlers.SignIn;
import dev.parley.server.dispatch.handlers.UploadHandler;
import dev.parley.server.endpoint.Connections;
import dev.parley.server.fanout.EventLoop;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.fanout.MetricFanOut;
import dev.parley.server.fanout.NodeMetrics;
import dev.parley.server.handshake.Handshake;
import dev.parley.server.handshake.Revocations;
import dev.parley.server.http.TrustedProxies;
import dev.parley.server.session.GracefulShutdown;
import dev.parley.server.session.Heartbeat;
import dev.parley.server.session.NodeHealth;
import dev.parley.server.session.PeriodicTasks;
import dev.parley.server.session.SessionExecutor;
import dev.parley.server.session.Sessions;
import dev.parley.server.session.StoreProbe;
import dev.parley.server.session.TrafficCounters;
import dev.parley.server.store.AttachmentStore;
import dev.parley.server.store.MessageStore;
import dev.parley.server.store.NodeLease;
import dev.parley.server.store.RevocationStore;
import dev.parley.server.store.RoomStore;
import dev.parley.server.store.StoredBacklog;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.Schema;
import dev.parley.server.store.model.Retention;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * All parts of one node, wired by hand: with CDI only around it, a test makes a hub from a DataSource and threads. Made
 * once, started once, closed once.
 */
public final class Hub implements AutoCloseable {
    /** Of the heap, for what clients have begun to send. */
    private static final int UNFINISHED_SHARE = 8;

    private static final long FILES_AT_ONCE = 2;
    private static final long MESSAGES_AT_ONCE = 8;

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Logger LOG = System.getLogger(Hub.class.getName());

    private final AllowedOrigins origins;
    private final TrustedProxies proxies;
    private final Tickets tickets;
    private final Credentials credentials;
    private final Handshake handshake;
    private final Connections connections;
    private final Database database;
    private final MessageStore store;
    private final AttachmentStore attachments;
    private final Dispatcher dispatcher;
    private final TokenVerifier tokens;
    private final AsyncTokenVerifier loginTokens;
    private final Settings settings;
    private final Sessions sessions;
    private final SessionExecutor sessionTasks;
    private final RateLimiter rateLimiter;
    private final Revocations revocations;
    private final PrivateRooms privateRooms;
    private final Announcements announcements;
    private final EventLoop loop;
    private final FanOut fanOut;
    private final EventLoop metricsLoop;
    private final GracefulShutdown draining;
    private final Heartbeat heartbeat;
    private final NodeMetrics nodeMetrics;
    private final NodeLease lease;
    private final NodeHealth health;
    private final PeriodicTasks tasks;

    /**
     * @param clock the wall clock
     * @param threads for the hub's own few threads: sessions, store, fan-out, sweep
     */
    public Hub(Settings settings, DataSource dataSource, InstantSource clock, ThreadFactory threads) {
        RandomNames names = new RandomNames();
        sessions = new Sessions(
                new Sessions.Caps(settings.sessionsNode(), settings.sessionsUser(), settings.sessionsUnsigned()));
        TrafficCounters traffic = new TrafficCounters();
        rateLimiter = new RateLimiter(new RateLimiter.Limits(
                settings.rateMessages(),
                settings.rateBytes(),
                settings.rateChannels(),
                FILES_AT_ONCE * settings.attachmentMax() + MESSAGES_AT_ONCE * settings.messageMax(),
                settings.sessionsUser()));
        tokens = new TokenVerifier(settings, clock, System::nanoTime, threads);
        FailedAttempts failures = new FailedAttempts(System::nanoTime);
        loginTokens = new AsyncTokenVerifier(tokens, failures, threads);
        this.settings = settings;
        draining = new GracefulShutdown(sessions, names.random());
        origins = new AllowedOrigins(settings.origins(), settings.originRequired());
        proxies = new TrustedProxies(settings.forwardedTrusted());
        tickets = new Tickets(TicketKey.random(), names::ticketId, clock, System::nanoTime);

        Schema.migrate(dataSource);
        loop = new EventLoop("fan-out", threads);
        database = new Database(dataSource, threads);
        store = new MessageStore(database, retention(settings), threads, clock, names::epoch);
        attachments = new AttachmentStore(database, clock);
        RoomStore rooms = new RoomStore(database, names::epoch);
        revocations = new Revocations(new RevocationStore(database), sessions, clock, settings.tokenSkew());
        credentials = new Credentials(tokens::check, tickets, revocations::judge, failures);
        handshake = new Handshake(origins, credentials, sessions, draining::isShuttingDown);
        metricsLoop = new EventLoop("metrics", threads);
        MetricFanOut metrics = new MetricFanOut(metricsLoop);
        fanOut = new FanOut(loop, new StoredBacklog(store, rooms));
        store.onStored(placed -> fanOut.deliver(placed.channel(), placed.seq(), placed.message(), placed.aclVersion()));
        store.onHead(fanOut::headSeen);
        rooms.onAclChanged(fanOut::aclChanged);
        privateRooms = new PrivateRooms(rooms, fanOut, names::privateRoom);
        announcements = new Announcements(store, names::messageId);

        InboundMemoryBudget inboundMemory =
                new InboundMemoryBudget(Runtime.getRuntime().maxMemory() / UNFINISHED_SHARE);
        LoginHandler.Rules rules = loginRules(settings, rateLimiter);
        Handlers handlers = new Handlers(
                new LoginHandler(
                        rules,
                        loginTokens::check,
                        names::guest,
                        store,
                        new SignIn(rules, store, fanOut, sessions, revocations::isRevoked, clock)),
                new ChatHandler(store, attachments, fanOut, settings.guests(), settings.messageMax(), names::messageId),
                new RoomHandler(store, fanOut),
                new PrivateRoomHandler(privateRooms),
                new HistoryHandler(store, fanOut),
                new MetricHandler(metrics, clock),
                new UploadHandler(
                        attachments,
                        new UploadHandler.Limits(settings.attachmentMax(), settings.frameTimeout()),
                        names::attachmentId,
                        System::nanoTime));
        sessionTasks = new SessionExecutor(threads);
        dispatcher = new Dispatcher(
                handlers,
                new ChunkAssembler(settings.messageMax(), settings.frameTimeout()),
                rateLimiter,
                inboundMemory,
                traffic,
                new Dispatcher.Executors(
                        sessionTasks,
                        fanOut::runAfterDeliveries,
                        action -> store.afterAppends(() -> fanOut.runAfterDeliveries(action))),
                settings.attachmentMax(),
                System::nanoTime);
        fanOut.onEvicted(dispatcher::evicted);
        connections = new Connections(settings, dispatcher, sessions, traffic, names::sessionId, session -> {
            sessions.remove(session);
            dispatcher.sessionEnded(session);
            fanOut.sessionEnded(session);
            metrics.sessionEnded(session);
        });
        heartbeat = new Heartbeat(
                sessions,
                new Heartbeat.Limits(
                        settings.heartbeatInterval(),
                        settings.heartbeatTimeout(),
                        settings.loginTimeout(),
                        settings.frameTimeout()),
                clock,
                dispatcher::loginOverdue);
        nodeMetrics = new NodeMetrics(metrics, sessions, traffic, store::commits, clock);
        lease = new NodeLease(
                database, names.nodeId(), ManagementFactory.getRuntimeMXBean().getName());
        tasks = new PeriodicTasks(threads, System::nanoTime);
        health = new NodeHealth(
                Stream.of(List.of(loop.liveness(), metricsLoop.liveness(), tasks.liveness()), store.liveness())
                        .flatMap(List::stream)
                        .toList(),
                new StoreProbe(store::ping, System::nanoTime),
                draining::isShuttingDown,
                store::problem,
                lease::problem);
        if (!tokens.isConfigured() && !settings.guests()) {
            LOG.log(
                    Level.WARNING,
                    "Nobody can sign in: set parley.token.jwks or parley.token.secret for people with tokens, or"
                            + " parley.guests=true.");
        }
    }

    private static Retention retention(Settings settings) {
        return new Retention(
                new Retention.Kind(settings.retentionCount(), settings.retentionAge()),
                new Retention.Kind(settings.retentionInboxCount(), settings.retentionInboxAge()),
                settings.dedupeAge());
    }

    private static LoginHandler.Rules loginRules(Settings settings, RateLimiter rateLimiter) {
        return new LoginHandler.Rules(
                settings.guests(),
                new ServerMessage.Heartbeat(
                        settings.heartbeatInterval().toMillis(),
                        settings.heartbeatTimeout().toMillis()),
                new ServerMessage.Limits(
                        settings.frameMax(),
                        settings.messageMax(),
                        rateLimiter.messagesPerSecond(),
                        rateLimiter.burst()));
    }

    /** Begins to work: fan-outs, heartbeat, the node's own metrics. */
    public void start() {
        loop.start();
        metricsLoop.start();
        // Before anybody comes in.
        revocations.start();
        tokens.start();
        lease.renew();
        tasks.every(heartbeat.period(), heartbeat::sweep);
        tasks.every(heartbeat.period(), dispatcher::expire);
        tasks.every(SECOND, nodeMetrics::publish);
        tasks.every(SECOND, store::resolveUncertainCommits);
        tasks.every(SECOND, revocations::listen);
        tasks.every(SECOND, store::trim);
        tasks.every(NodeLease.RENEWAL, lease::renew);
    }

    public AllowedOrigins origins() {
        return origins;
    }

    public TrustedProxies proxies() {
        return proxies;
    }

    public Tickets tickets() {
        return tickets;
    }

    public Credentials credentials() {
        return credentials;
    }

    public Handshake handshake() {
        return handshake;
    }

    public Connections connections() {
        return connections;
    }

    public MessageStore store() {
        return store;
    }

    public AttachmentStore attachments() {
        return attachments;
    }

    public FanOut fanOut() {
        return fanOut;
    }

    public Sessions sessions() {
        return sessions;
    }

    public RateLimiter rates() {
        return rateLimiter;
    }

    public Revocations revocations() {
        return revocations;
    }

    public PrivateRooms privateRooms() {
        return privateRooms;
    }

    public Announcements announcements() {
        return announcements;
    }

    public Settings settings() {
        return settings;
    }

    public GracefulShutdown draining() {
        return draining;
    }

    public NodeHealth health() {
        return health;
    }

    /** Says goodbye to everyone, stores what waits, ends its threads. Blocks for some seconds at most. */
    @Override
    public void close() {
        draining.shutdown();
        tasks.close();
        lease.close();
        store.close();
        database.close();
        sessionTasks.close();
        loop.close();
        metricsLoop.close();
        loginTokens.close();
        tokens.close();
    }
}
