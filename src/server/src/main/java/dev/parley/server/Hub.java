package dev.parley.server;

import dev.parley.server.api.attachments.AttachmentServlet;
import dev.parley.server.auth.AllowedOrigins;
import dev.parley.server.auth.AsyncTokenVerifier;
import dev.parley.server.auth.Credentials;
import dev.parley.server.auth.FailedAttempts;
import dev.parley.server.auth.TicketKey;
import dev.parley.server.auth.Tickets;
import dev.parley.server.auth.TokenVerifier;
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
import dev.parley.server.store.AttachmentStore;
import dev.parley.server.store.GuestStore;
import dev.parley.server.store.MessageStore;
import dev.parley.server.store.NodeLease;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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

    /**
     * How long a node that ends waits for the clients' answers to its closes. The container takes a session for ended
     * when the close has left, and says no more; WildFly logs errors if it then finds the application gone.
     */
    private static final Duration ECHOES = Duration.ofMillis(500);

    /** How long a node that ends waits until the responses are written. */
    private static final Duration RESPONSES_DEADLINE = Duration.ofSeconds(2);

    private static final Logger LOG = System.getLogger(Hub.class.getName());

    private final Parts parts;
    private final TokenVerifier tokens;
    private final AsyncTokenVerifier loginTokens;
    private final MessagePipeline pipeline;
    private final GracefulShutdown shutdown;
    private final Heartbeat heartbeat;
    private final NodeMetrics nodeMetrics;
    private final NodeLease lease;
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
            RateLimiter rateLimiter,
            Revocations revocations,
            PrivateRooms privateRooms,
            Epochs epochs,
            Announcements announcements,
            HttpReaders httpReaders,
            MessagePosts messagePosts,
            SessionExecutor downloads,
            ResponseThreads responses,
            NodeHealth health) {}

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
                        failures),
                names);

        // Handshake.
        shutdown = new GracefulShutdown(pipeline.sessions, names.random());
        AllowedOrigins origins = new AllowedOrigins(settings.origins(), settings.originRequired());
        Tickets tickets = new Tickets(TicketKey.random(), names::ticketId, clock, System::nanoTime);
        Credentials credentials = new Credentials(tokens::check, tickets, pipeline.revocations::judge, failures);
        Handshake handshake = new Handshake(
                origins,
                credentials,
                new Handshake.Rules(settings.credentialRequired(), settings.refusalsExplained()),
                pipeline.sessions,
                shutdown::isShuttingDown);

        // Periodic tasks.
        lease = new NodeLease(
                pipeline.database,
                names.nodeId(),
                ManagementFactory.getRuntimeMXBean().getName());
        heartbeat =
                new Heartbeat(pipeline.sessions, heartbeatLimits(settings), clock, pipeline.dispatcher::loginOverdue);
        nodeMetrics =
                new NodeMetrics(pipeline.metrics, pipeline.sessions, pipeline.traffic, pipeline.store::commits, clock);
        tasks = new PeriodicTasks(threads, System::nanoTime);

        // Requests of users without a WebSocket.
        UserRates userRates = new UserRates(pipeline.rateLimiter, pipeline.store);
        HttpReaders httpReaders = new HttpReaders(
                new ChannelReads(pipeline.store, userRates),
                pipeline.watch,
                pipeline.sessions,
                new HttpReaders.Rules(
                        settings.sessionsUser(), pipeline.revocations::isRevoked, shutdown::isShuttingDown),
                clock,
                System::nanoTime,
                names.random());
        pipeline.revocations.onRevoked(httpReaders::revoked);
        ResponseThreads responses = new ResponseThreads(threads);
        shutdown.onDrain(() -> {
            httpReaders.drain();
            awaitWritten(responses.written());
        });

        Connections connections = new Connections(pipeline.opener, settings.frameMax(), threads);
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
                pipeline.rateLimiter,
                pipeline.revocations,
                pipeline.privateRooms,
                new Epochs(pipeline.store, pipeline.fanOut, pipeline.watch),
                new Announcements(pipeline.store, names::messageId),
                httpReaders,
                new MessagePosts(pipeline.publisher, userRates, pipeline.traffic, names::messageId),
                new SessionExecutor(threads, AttachmentServlet.DOWNLOADS_MAX, AttachmentServlet.DOWNLOADS_MAX),
                responses,
                health(connections));
    }

    private static void awaitEchoes() {
        try {
            Thread.sleep(ECHOES.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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

    private static Heartbeat.Limits heartbeatLimits(Settings settings) {
        return new Heartbeat.Limits(
                settings.heartbeatInterval(),
                settings.heartbeatTimeout(),
                settings.loginTimeout(),
                settings.frameTimeout());
    }

    private NodeHealth health(Connections connections) {
        List<ThreadLiveness> threads = Stream.concat(
                        Stream.of(
                                pipeline.loop.liveness(),
                                pipeline.metricsLoop.liveness(),
                                tasks.liveness(),
                                connections.liveness()),
                        pipeline.store.liveness().stream())
                .toList();
        return new NodeHealth(
                threads,
                new StoreProbe(pipeline.store::ping, System::nanoTime),
                shutdown::isShuttingDown,
                pipeline.store::problem,
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
        pipeline.revocations.start();
        warnIfTheDatabaseLosesMessages();
        tokens.start();
        pipeline.start();
        tasks.every(heartbeat.period(), heartbeat::sweep);
        tasks.every(heartbeat.period(), pipeline.dispatcher::expire);
        tasks.every(ReadMarks.SWEEP, pipeline.readMarks::sweep);
        tasks.every(HttpReaders.PERIOD, parts.httpReaders()::check);
        tasks.every(SECOND, parts.connections()::sweep);
        tasks.every(SECOND, nodeMetrics::publish);
        tasks.every(SECOND, pipeline.store::resolveUncertainCommits);
        tasks.every(SECOND, pipeline.revocations::listen);
        tasks.every(SECOND, pipeline.store::trim);
        tasks.every(GuestStore.TRIM_PERIOD, () -> pipeline.guests.trim(pipeline.sessions.guestKeys()));
        tasks.every(NodeLease.RENEWAL, lease::renew);
        // Last: from here on close() waits for a thread, and a start that fails must not.
        lease.renew();
    }

    public Parts parts() {
        return parts;
    }

    GracefulShutdown shutdown() {
        return shutdown;
    }

    /** Sends each session a goodbye, stores the waiting messages, ends the threads. Blocks for some seconds at most. */
    @Override
    public void close() {
        boolean hadSessions = pipeline.sessions.count() > 0;
        shutdown.drain();
        parts.connections().close();
        if (hadSessions) {
            awaitEchoes();
        }
        parts.downloads().close();
        parts.responses().close();
        tasks.close();
        lease.close();
        pipeline.close();
        loginTokens.close();
        tokens.close();
    }
}
