package dev.parley.server;

import dev.parley.server.api.attachments.AttachmentServlet;
import dev.parley.server.auth.AllowedOrigins;
import dev.parley.server.auth.AsyncTokenVerifier;
import dev.parley.server.auth.Credentials;
import dev.parley.server.auth.FailedAttempts;
import dev.parley.server.auth.OwnTicketUses;
import dev.parley.server.auth.TicketKey;
import dev.parley.server.auth.TicketKeys;
import dev.parley.server.auth.TicketUses;
import dev.parley.server.auth.Tickets;
import dev.parley.server.auth.TokenVerifier;
import dev.parley.server.backplane.Cluster;
import dev.parley.server.backplane.LocalBackplane;
import dev.parley.server.backplane.RedisBackplane;
import dev.parley.server.config.Settings;
import dev.parley.server.dispatch.Announcements;
import dev.parley.server.dispatch.Epochs;
import dev.parley.server.dispatch.InboundMemoryBudget;
import dev.parley.server.dispatch.PrivateRooms;
import dev.parley.server.dispatch.RateLimiter;
import dev.parley.server.dispatch.marks.ReadMarks;
import dev.parley.server.dispatch.requests.ChannelReads;
import dev.parley.server.dispatch.requests.HttpReaders;
import dev.parley.server.dispatch.requests.MessagePosts;
import dev.parley.server.dispatch.requests.ResponseThreads;
import dev.parley.server.dispatch.requests.UserRates;
import dev.parley.server.endpoint.Connections;
import dev.parley.server.endpoint.EndpointCoders;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.fanout.NodeMetrics;
import dev.parley.server.handshake.Admission;
import dev.parley.server.handshake.Handshake;
import dev.parley.server.handshake.Revocations;
import dev.parley.server.http.TrustedProxies;
import dev.parley.server.session.Heartbeat;
import dev.parley.server.session.NodeHealth;
import dev.parley.server.session.PeriodicTasks;
import dev.parley.server.session.SessionExecutor;
import dev.parley.server.session.Sessions;
import dev.parley.server.session.StoreProbe;
import dev.parley.server.session.ThreadLiveness;
import dev.parley.server.session.drain.DrainPace;
import dev.parley.server.session.drain.GracefulShutdown;
import dev.parley.server.session.drain.SessionBalance;
import dev.parley.server.store.AttachmentStore;
import dev.parley.server.store.GrowthStore;
import dev.parley.server.store.GuestStore;
import dev.parley.server.store.MessageStore;
import dev.parley.server.store.NodeLease;
import dev.parley.server.store.TicketStore;
import dev.parley.server.store.model.NodeReport;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * All parts of one node, wired by hand: with CDI only around it, a test makes a hub from a DataSource and threads. Made
 * once, started once, closed once.
 */
public final class Hub implements AutoCloseable {
    /** The part of the heap that clients may fill with incomplete messages and files: one eighth. */
    private static final int INBOUND_SHARE = 8;

    private static final Duration SECOND = Duration.ofSeconds(1);

    private static final Duration GROWTH_TRIM = Duration.ofSeconds(10);

    /** Clients that find another node come back at once; those that wait for a restart come spread over its time. */
    private static final Duration RETURN_SPREAD = Duration.ofMillis(500);

    private static final Duration RETURN_SPREAD_ALONE = Duration.ofSeconds(4);

    /** Nobody takes the clients meanwhile: more patience would only make the restart longer. */
    private static final int DRAIN_RATE_ALONE = 1_000;

    /** How long a node that ends waits until the responses are written. */
    private static final Duration RESPONSES_DEADLINE = Duration.ofSeconds(2);

    private static final Logger LOG = System.getLogger(Hub.class.getName());

    private final Parts parts;
    private final TokenVerifier tokens;
    private final AsyncTokenVerifier loginTokens;
    private final MessagePipeline pipeline;
    private final GracefulShutdown shutdown;
    private final SessionBalance balance;
    private final Heartbeat heartbeat;
    private final NodeMetrics nodeMetrics;
    private final NodeLease lease;
    /** The tickets of a cluster; empty if this node is the only one. */
    private final Optional<TicketStore> ticketStore;

    private final PeriodicTasks tasks;

    /**
     * The parts that endpoints, filters and resources get injected; each of them becomes a bean of its type.
     *
     * @param downloads threads for downloads where a write waits for the reader
     */
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
            Cluster cluster,
            NodeLease lease,
            RateLimiter rateLimiter,
            Revocations revocations,
            PrivateRooms privateRooms,
            Epochs epochs,
            Announcements announcements,
            HttpReaders httpReaders,
            MessagePosts messagePosts,
            SessionExecutor downloads,
            ResponseThreads responses,
            NodeHealth health,
            GracefulShutdown shutdown) {}

    /**
     * @param clock the wall clock
     * @param threads for the hub's own few threads: sessions, store, fan-out, sweep
     */
    public Hub(Settings settings, DataSource dataSource, InstantSource clock, ThreadFactory threads) {
        this(settings, dataSource, clock, threads, EndpointCoders.ENDPOINTS);
    }

    /** @param endpoints the endpoint classes, whose annotations name the encoder */
    public Hub(
            Settings settings,
            DataSource dataSource,
            InstantSource clock,
            ThreadFactory threads,
            Collection<Class<?>> endpoints) {
        RandomNames names = new RandomNames();
        FailedAttempts failures = new FailedAttempts(System::nanoTime);
        tokens = new TokenVerifier(settings, clock, System::nanoTime, threads);
        loginTokens = new AsyncTokenVerifier(tokens, failures, threads);
        warnIfNobodyCanSignIn(settings);

        pipeline = new MessagePipeline(
                settings,
                new MessagePipeline.Ports(
                        dataSource,
                        clock,
                        System::nanoTime,
                        threads,
                        new InboundMemoryBudget(Runtime.getRuntime().maxMemory() / INBOUND_SHARE),
                        EndpointCoders.encoding(endpoints),
                        loginTokens::check,
                        failures,
                        nodes(settings, names.nodeId(), threads)),
                names);

        // Handshake.
        DrainPace pace = drainPace(settings, pipeline.nodes().hasOthers());
        shutdown = new GracefulShutdown(
                pipeline.sessions, pace, pipeline.dispatcher::sendAway, System::nanoTime, names.random());
        balance = new SessionBalance(
                settings.balancePercent(), pipeline.sessions, pace, pipeline.dispatcher::sendAway, names.random());
        AllowedOrigins origins = new AllowedOrigins(settings.origins(), settings.originRequired());
        TicketKeys ticketKeys = new TicketKeys(TicketKey.random());
        ticketStore = pipeline.nodes().hasOthers()
                ? Optional.of(new TicketStore(pipeline.database, ticketKeys, names::ticketId, settings.tokenSecret()))
                : Optional.empty();
        Tickets tickets = new Tickets(
                ticketKeys,
                ticketStore.<TicketUses>map(uses -> uses).orElseGet(() -> new OwnTicketUses(System::nanoTime)),
                names::ticketId,
                clock);
        Credentials credentials = new Credentials(tokens::check, tickets, pipeline.revocations::judge, failures);
        Handshake handshake = new Handshake(
                origins,
                credentials,
                new Handshake.Rules(settings.credentialRequired(), settings.refusalsExplained()),
                pipeline.sessions,
                shutdown::isDraining,
                new Admission(settings.admissionRate(), System::nanoTime, names.random()));

        // Periodic tasks.
        String nodeName = settings.nodeName()
                .orElseGet(() -> ManagementFactory.getRuntimeMXBean().getName());
        AtomicReference<NodeHealth> healthLater = new AtomicReference<>();
        lease = new NodeLease(
                pipeline.database,
                new NodeLease.Self(
                        pipeline.nodes().id(),
                        nodeName,
                        Version.ofThisBuild(),
                        pipeline.nodes().hasOthers()),
                reports(pipeline.sessions, shutdown, healthLater::get));
        lease.onOthers(pipeline.cluster::nodesAlive);
        if (pipeline.nodes().hasOthers()) {
            lease.onReports(evensOut(balance, shutdown));
            pipeline.store.waitFor(lease::recentOthers);
        }
        heartbeat =
                new Heartbeat(pipeline.sessions, heartbeatLimits(settings), clock, pipeline.dispatcher::loginOverdue);
        nodeMetrics = new NodeMetrics(
                pipeline.metrics,
                pipeline.sessions,
                pipeline.traffic,
                pipeline.store::commits,
                clock,
                Optional.of(nodeName).filter(name -> pipeline.nodes().hasOthers()));
        tasks = new PeriodicTasks(threads, System::nanoTime);

        // Requests of users without a WebSocket.
        UserRates userRates = new UserRates(pipeline.rateLimiter, pipeline.store);
        HttpReaders httpReaders = new HttpReaders(
                new ChannelReads(pipeline.store, userRates, pipeline.cluster),
                pipeline.watch,
                pipeline.sessions,
                new HttpReaders.Rules(settings.sessionsUser(), pipeline.revocations::isRevoked, shutdown::isDraining),
                clock,
                System::nanoTime,
                names.random());
        pipeline.revocations.onRevoked(httpReaders::revoked);
        ResponseThreads responses = new ResponseThreads(threads);
        shutdown.onLeave(httpReaders::sendAllAway);
        shutdown.onEnd(() -> {
            httpReaders.drain();
            awaitWritten(responses.written());
        });

        Connections connections = new Connections(pipeline.opener, settings.frameMax(), threads);
        NodeHealth health = health(pipeline, List.of(tasks.liveness(), connections.liveness()), shutdown, lease);
        healthLater.set(health);
        parts = new Parts(
                settings,
                origins,
                new TrustedProxies(settings.forwardedTrusted(), pipeline.proxyWarning),
                tickets,
                credentials,
                handshake,
                connections,
                pipeline.store,
                pipeline.attachments,
                pipeline.fanOut,
                pipeline.sessions,
                pipeline.cluster,
                lease,
                pipeline.rateLimiter,
                pipeline.revocations,
                pipeline.privateRooms,
                new Epochs(pipeline.store, pipeline.cluster),
                new Announcements(pipeline.store, names::messageId),
                httpReaders,
                new MessagePosts(pipeline.publisher, userRates, pipeline.traffic, names::messageId),
                new SessionExecutor(threads, AttachmentServlet.DOWNLOADS_MAX, AttachmentServlet.DOWNLOADS_MAX),
                responses,
                health,
                shutdown);
    }

    static DrainPace drainPace(Settings settings, boolean hasOthers) {
        return new DrainPace(
                hasOthers ? settings.drainDelay() : Duration.ZERO,
                hasOthers ? settings.drainRate() : DRAIN_RATE_ALONE,
                settings.drainMax(),
                hasOthers ? RETURN_SPREAD : RETURN_SPREAD_ALONE);
    }

    // What these make is reachable from servlets: it must not hold this hub, which GlassFish would keep with them.

    private static Consumer<List<NodeReport>> evensOut(SessionBalance balance, GracefulShutdown shutdown) {
        return others -> {
            if (!shutdown.isDraining()) {
                balance.counted(others.stream()
                        .filter(node -> !node.isDraining())
                        .map(node -> (long) node.sessions())
                        .toList());
            }
        };
    }

    /** What this node says of itself to administrators. */
    private static Supplier<NodeReport> reports(
            Sessions sessions, GracefulShutdown shutdown, Supplier<NodeHealth> health) {
        return () -> new NodeReport(
                sessions.count(),
                shutdown.isDraining(),
                Stream.concat(health.get().live().stream(), health.get().ready(true).stream())
                        .flatMap(check -> check.problem().stream())
                        .findFirst());
    }

    /**
     * GlassFish takes away what writes responses as soon as the node has drained; the clients of requests that are not
     * answered by then would wait for their own deadline.
     */
    private static void awaitWritten(CompletableFuture<Void> responses) {
        try {
            responses.get(RESPONSES_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.log(Level.WARNING, "Some requests were not answered before this node ended.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private static MessagePipeline.Nodes nodes(Settings settings, String id, ThreadFactory threads) {
        if (!settings.backplaneRedis()) {
            return new MessagePipeline.Nodes(
                    id, false, (cluster, listener) -> new LocalBackplane(id, new LocalBackplane.Network(), listener));
        }
        Function<String, RedisBackplane.Address> redis = redis(settings);
        return new MessagePipeline.Nodes(
                id,
                true,
                (cluster, listener) ->
                        new RedisBackplane(redis.apply(cluster), id, listener, threads, System::nanoTime));
    }

    /** Where the nodes of a cluster hear each other in Redis, by the id of the cluster. */
    static Function<String, RedisBackplane.Address> redis(Settings settings) {
        return new RedisBackplane.Address(settings.redisUri(), settings.redisPrefix())::of;
    }

    private static Heartbeat.Limits heartbeatLimits(Settings settings) {
        return new Heartbeat.Limits(
                settings.heartbeatInterval(),
                settings.heartbeatTimeout(),
                settings.loginTimeout(),
                settings.frameTimeout());
    }

    private static NodeHealth health(
            MessagePipeline pipeline, List<ThreadLiveness> others, GracefulShutdown shutdown, NodeLease lease) {
        List<ThreadLiveness> threads = Stream.of(
                        Stream.of(pipeline.loop.liveness(), pipeline.metricsLoop.liveness()),
                        others.stream(),
                        pipeline.store.liveness().stream(),
                        pipeline.cluster.liveness().stream())
                .flatMap(some -> some)
                .toList();
        return new NodeHealth(
                threads,
                new StoreProbe(pipeline.store::ping, System::nanoTime),
                shutdown::isDraining,
                pipeline.store::problem,
                () -> lease.problem().or(pipeline.cluster::problem).or(pipeline::clockProblem));
    }

    private void warnIfNobodyCanSignIn(Settings settings) {
        if (!tokens.isConfigured() && !settings.guests()) {
            LOG.log(
                    Level.WARNING,
                    "Nobody can sign in: set parley.token.jwks or parley.token.secret for people with tokens, or"
                            + " parley.guests=true.");
        }
    }

    /** A database that does not answer these questions may do its work all the same. */
    private void warnIfTheDatabaseLosesMessages() {
        try {
            pipeline.database.durabilityWarnings().forEach(warning -> LOG.log(Level.WARNING, warning));
        } catch (RuntimeException e) {
            LOG.log(
                    Level.WARNING,
                    "The database does not say whether it keeps what it has committed; see src/docs/operations.md,"
                            + " Supported databases.",
                    e);
        }
    }

    /**
     * Begins to work: fan-outs, heartbeat, the node's own metrics. Reads on the calling thread what must be known
     * before the first client connects, and waits for no thread of the factory: Open Liberty runs none of them until
     * the application has started.
     */
    public void start() {
        pipeline.growth.ifPresent(GrowthStore::start);
        pipeline.revocations.start();
        if (pipeline.nodes().hasOthers()) {
            lease.take();
        }
        ticketStore.ifPresent(TicketStore::start);
        warnIfTheDatabaseLosesMessages();
        tokens.start();
        pipeline.start();
        tasks.every(heartbeat.period(), heartbeat::sweep);
        tasks.every(heartbeat.period(), pipeline.dispatcher::expire);
        tasks.every(ReadMarks.SWEEP, pipeline.readMarks::sweep);
        tasks.every(HttpReaders.PERIOD, parts.httpReaders()::check);
        tasks.every(DrainPace.STEP, shutdown::step);
        tasks.every(DrainPace.STEP, balance::step);
        tasks.every(SECOND, parts.connections()::sweep);
        tasks.every(SECOND, nodeMetrics::publish);
        tasks.every(SECOND, pipeline.store::resolveUncertainCommits);
        tasks.every(SECOND, pipeline.revocations::listen);
        tasks.every(SECOND, this::trim);
        tasks.every(SECOND, pipeline.cluster::maintain);
        ticketStore.ifPresent(store -> tasks.every(TicketStore.REFRESH, store::refresh));
        pipeline.growth.ifPresent(growth -> tasks.every(GROWTH_TRIM, growth::trim));
        tasks.every(GuestStore.TRIM_PERIOD, () -> pipeline.guests.trim(pipeline.sessions.guestKeys()));
        tasks.every(NodeLease.RENEWAL, lease::renew);
        // Last: from here on close() waits for a thread, and a start that fails must not.
        lease.renew();
    }

    private void trim() {
        if (lease.isFirst()) {
            pipeline.store.trim();
        } else {
            pipeline.store.trimGrown();
        }
    }

    public Parts parts() {
        return parts;
    }

    GracefulShutdown shutdown() {
        return shutdown;
    }

    /**
     * Sends each session a goodbye, stores the waiting messages, ends the threads. Blocks for the time of the
     * {@link DrainPace} and some seconds more, at most.
     */
    @Override
    public void close() {
        shutdown.drain();
        // The last closes leave.
        parts.connections().close();
        shutdown.awaitEchoes();
        parts.downloads().close();
        parts.responses().close();
        tasks.close();
        pipeline.closeStore();
        // The others look for what nodes with a lease have stored.
        lease.close();
        pipeline.close();
        loginTokens.close();
        tokens.close();
    }
}
