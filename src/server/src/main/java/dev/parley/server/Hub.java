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
import dev.parley.server.dispatch.Epochs;
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
import dev.parley.server.session.ThreadLiveness;
import dev.parley.server.session.TrafficCounters;
import dev.parley.server.store.AttachmentStore;
import dev.parley.server.store.MessageStore;
import dev.parley.server.store.NodeLease;
import dev.parley.server.store.RevocationStore;
import dev.parley.server.store.RoomStore;
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
    private static final int INBOUND_SHARE = 8;

    private static final long FILES_AT_ONCE = 2;
    private static final long MESSAGES_AT_ONCE = 8;

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Logger LOG = System.getLogger(Hub.class.getName());

    private final Parts parts;
    private final TokenVerifier tokens;
    private final AsyncTokenVerifier loginTokens;
    private final Database database;
    private final EventLoop loop;
    private final EventLoop metricsLoop;
    private final GracefulShutdown shutdown;
    private final SessionExecutor sessionTasks;
    private final Dispatcher dispatcher;
    private final Heartbeat heartbeat;
    private final NodeMetrics nodeMetrics;
    private final NodeLease lease;
    private final PeriodicTasks tasks;

    /** The parts that endpoints, filters and resources get injected; each of them becomes a bean of its type. */
    public record Parts(
            Settings settings,
            AllowedOrigins origins,
            TrustedProxies proxies,
            Tickets tickets,
            Credentials credentials,
            Handshake handshake,
            Connections connections,
            MessageStore store,
            AttachmentStore attachments,
            FanOut fanOut,
            Sessions sessions,
            RateLimiter rateLimiter,
            Revocations revocations,
            PrivateRooms privateRooms,
            Epochs epochs,
            Announcements announcements,
            NodeHealth health) {}

    /**
     * @param clock the wall clock
     * @param threads for the hub's own few threads: sessions, store, fan-out, sweep
     */
    public Hub(Settings settings, DataSource dataSource, InstantSource clock, ThreadFactory threads) {
        RandomNames names = new RandomNames();
        Sessions sessions = sessions(settings);
        shutdown = new GracefulShutdown(sessions, names.random());

        // Who may come in.
        FailedAttempts failures = new FailedAttempts(System::nanoTime);
        tokens = new TokenVerifier(settings, clock, System::nanoTime, threads);
        loginTokens = new AsyncTokenVerifier(tokens, failures, threads);
        AllowedOrigins origins = new AllowedOrigins(settings.origins(), settings.originRequired());
        Tickets tickets = new Tickets(TicketKey.random(), names::ticketId, clock, System::nanoTime);
        warnIfNobodyCanSignIn(settings);

        // What is stored.
        Schema.migrate(dataSource);
        database = new Database(dataSource, threads);
        MessageStore store = new MessageStore(database, retention(settings), threads, clock, names::epoch);
        AttachmentStore attachments = new AttachmentStore(database, clock);
        RoomStore rooms = new RoomStore(database, names::epoch);
        Revocations revocations = new Revocations(new RevocationStore(database), sessions, clock, settings.tokenSkew());
        lease = new NodeLease(
                database, names.nodeId(), ManagementFactory.getRuntimeMXBean().getName());
        Credentials credentials = new Credentials(tokens::check, tickets, revocations::judge, failures);
        Handshake handshake = new Handshake(origins, credentials, sessions, shutdown::isShuttingDown);

        // What is delivered.
        loop = new EventLoop("fan-out", threads);
        metricsLoop = new EventLoop("metrics", threads);
        FanOut fanOut = new FanOut(loop, store);
        MetricFanOut metrics = new MetricFanOut(metricsLoop);
        deliverWhatIsStored(store, rooms, fanOut);

        // What messages mean.
        TrafficCounters traffic = new TrafficCounters();
        RateLimiter rateLimiter = rateLimiter(settings);
        PrivateRooms privateRooms = new PrivateRooms(rooms, fanOut, names::privateRoom);
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
                new InboundMemoryBudget(Runtime.getRuntime().maxMemory() / INBOUND_SHARE),
                traffic,
                new Dispatcher.Executors(
                        sessionTasks,
                        fanOut::runAfterDeliveries,
                        action -> store.afterAppends(() -> fanOut.runAfterDeliveries(action))),
                settings.attachmentMax(),
                System::nanoTime);
        fanOut.onEvicted(dispatcher::evicted);
        Connections connections =
                new Connections(settings, dispatcher, sessions, traffic, names::sessionId, session -> {
                    sessions.remove(session);
                    dispatcher.sessionEnded(session);
                    fanOut.sessionEnded(session);
                    metrics.sessionEnded(session);
                });

        // What happens again and again.
        heartbeat = new Heartbeat(sessions, heartbeatLimits(settings), clock, dispatcher::loginOverdue);
        nodeMetrics = new NodeMetrics(metrics, sessions, traffic, store::commits, clock);
        tasks = new PeriodicTasks(threads, System::nanoTime);

        parts = new Parts(
                settings,
                origins,
                new TrustedProxies(settings.forwardedTrusted()),
                tickets,
                credentials,
                handshake,
                connections,
                store,
                attachments,
                fanOut,
                sessions,
                rateLimiter,
                revocations,
                privateRooms,
                new Epochs(store, fanOut),
                new Announcements(store, names::messageId),
                health(store));
    }

    private static Sessions sessions(Settings settings) {
        return new Sessions(
                new Sessions.Caps(settings.sessionsNode(), settings.sessionsUser(), settings.sessionsUnsigned()));
    }

    private static RateLimiter rateLimiter(Settings settings) {
        return new RateLimiter(new RateLimiter.Limits(
                settings.rateMessages(),
                settings.rateBytes(),
                settings.rateChannels(),
                FILES_AT_ONCE * settings.attachmentMax() + MESSAGES_AT_ONCE * settings.messageMax(),
                settings.sessionsUser()));
    }

    private static void deliverWhatIsStored(MessageStore store, RoomStore rooms, FanOut fanOut) {
        store.onStored(copy -> fanOut.deliver(copy.channel(), copy.seq(), copy.message(), copy.aclVersion()));
        store.onHead(fanOut::headSeen);
        rooms.onAclChanged(fanOut::aclChanged);
    }

    private static Heartbeat.Limits heartbeatLimits(Settings settings) {
        return new Heartbeat.Limits(
                settings.heartbeatInterval(),
                settings.heartbeatTimeout(),
                settings.loginTimeout(),
                settings.frameTimeout());
    }

    private NodeHealth health(MessageStore store) {
        List<ThreadLiveness> threads = Stream.concat(
                        Stream.of(loop.liveness(), metricsLoop.liveness(), tasks.liveness()), store.liveness().stream())
                .toList();
        return new NodeHealth(
                threads,
                new StoreProbe(store::ping, System::nanoTime),
                shutdown::isShuttingDown,
                store::problem,
                lease::problem);
    }

    private void warnIfNobodyCanSignIn(Settings settings) {
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
        parts.revocations().start();
        tokens.start();
        lease.renew();
        tasks.every(heartbeat.period(), heartbeat::sweep);
        tasks.every(heartbeat.period(), dispatcher::expire);
        tasks.every(SECOND, nodeMetrics::publish);
        tasks.every(SECOND, parts.store()::resolveUncertainCommits);
        tasks.every(SECOND, parts.revocations()::listen);
        tasks.every(SECOND, parts.store()::trim);
        tasks.every(NodeLease.RENEWAL, lease::renew);
    }

    public Parts parts() {
        return parts;
    }

    GracefulShutdown shutdown() {
        return shutdown;
    }

    /** Says goodbye to everyone, stores what waits, ends its threads. Blocks for some seconds at most. */
    @Override
    public void close() {
        shutdown.shutdown();
        tasks.close();
        lease.close();
        parts.store().close();
        database.close();
        sessionTasks.close();
        loop.close();
        metricsLoop.close();
        loginTokens.close();
        tokens.close();
    }
}
