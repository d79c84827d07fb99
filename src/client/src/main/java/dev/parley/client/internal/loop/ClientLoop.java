package dev.parley.client.internal.loop;

import dev.parley.client.ClientState;
import dev.parley.client.ParleyException;
import dev.parley.client.internal.inbound.ChannelPositions;
import dev.parley.client.internal.inbound.GapDetector;
import dev.parley.client.internal.inbound.ListenerDispatcher;
import dev.parley.client.internal.inbound.ListenerQueue;
import dev.parley.client.internal.inbound.StuckListenerDetector;
import dev.parley.client.internal.outbound.FrameWriter;
import dev.parley.client.internal.outbound.OutboundQueue;
import dev.parley.client.internal.outbound.Results;
import dev.parley.client.internal.transport.BoundedTransportListener;
import dev.parley.client.internal.transport.Cancellable;
import dev.parley.client.internal.transport.ClientErrors;
import dev.parley.client.internal.transport.ConnectionFailure;
import dev.parley.client.internal.transport.Dialer;
import dev.parley.client.internal.transport.Transport;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ServerMessage;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The event loop of one client. It performs the effects that {@link Lifecycle} decides, feeds the writer of the current
 * connection and passes on the messages of the server.
 *
 * <p>Thread rule: all state is confined to the event loop. Connections, dialers and listeners call from their own
 * threads and hand their events over with {@link #post}.
 */
public final class ClientLoop {
    private static final Logger LOG = System.getLogger(ClientLoop.class.getName());

    /** Minimum backlog: even with a small frame limit, many frames may arrive at once. */
    private static final long BACKLOG_MIN = 1024 * 1024;

    private static final int SESSION_MAX = 128;

    private final ClientSettings settings;
    private final Scheduler eventLoop;
    private final Dialer dialer;
    private final Function<ClientMessage, String> encoder;
    private final ListenerQueue listeners;
    private final ListenerDispatcher dispatcher;
    private final Results results;
    private final Supplier<String> ids;
    private final Runnable whenClosed;

    private final Lifecycle lifecycle;
    private final DeadlineTimer deadlineTimer;
    private final OutboundQueue outbound;
    private final GapDetector gapDetector;
    private final TokenRenewal renewal;
    private final ApplicationRequests requests;
    private final ConnectionRequests connectionRequests;
    private final ServerMessageHandler messageHandler;
    private final StuckListenerDetector stuckListeners;
    private final ActiveConnection connection = new ActiveConnection();
    private final List<CompletableFuture<ServerMessage.Welcome>> connecting = new ArrayList<>();

    private volatile ClientState state = ClientState.IDLE;
    private Optional<ServerMessage.Welcome> welcome = Optional.empty();
    private Optional<ParleyException> closeCause = Optional.empty();
    private Cancellable attemptInProgress = () -> {};
    private Cancellable attemptDeadline = () -> {};
    private Cancellable reconnectTimer = () -> {};
    private String loginId = "";
    private boolean isUnreachableLogged;

    private OptionalLong drainUntil = OptionalLong.empty();

    /**
     * What the loop needs from outside: threads, time, randomness, connections.
     *
     * @param encoder called by any thread
     * @param random supplies values in [0, 1)
     */
    public record ClientDependencies(
            Scheduler eventLoop,
            Dialer dialer,
            Function<ClientMessage, String> encoder,
            Optional<TokenFetcher> tokens,
            ListenerQueue listeners,
            Results results,
            DoubleSupplier random,
            Supplier<String> ids) {}

    public ClientLoop(
            ClientSettings settings,
            ClientDependencies dependencies,
            ListenerDispatcher dispatcher,
            OutboundQueue outbound,
            Runnable whenClosed) {
        this.settings = settings;
        this.eventLoop = dependencies.eventLoop();
        this.dialer = dependencies.dialer();
        this.encoder = dependencies.encoder();
        this.listeners = dependencies.listeners();
        this.results = dependencies.results();
        this.ids = dependencies.ids();
        this.dispatcher = dispatcher;
        this.outbound = outbound;
        this.whenClosed = whenClosed;
        this.lifecycle = new Lifecycle(settings.backoff(), dependencies.random());
        this.gapDetector = new GapDetector(
                new ChannelPositions(settings.positions()), dispatcher, settings.observer(), new GapCallbacks());
        this.renewal = new TokenRenewal(
                dependencies.tokens(),
                eventLoop,
                settings.backoff(),
                dependencies.random(),
                settings.connectTimeout(),
                new RenewalCallbacks());
        this.requests = new ApplicationRequests(outbound, gapDetector, eventLoop::nanoTime, () -> closeCause);
        this.connectionRequests = new ConnectionRequests(outbound, ids, eventLoop::nanoTime, settings.sendTimeout());
        this.messageHandler =
                new ServerMessageHandler(outbound, gapDetector, eventLoop::nanoTime, new MessageCallbacks());
        this.stuckListeners = new StuckListenerDetector(settings.name(), listeners, settings.observer());
        this.deadlineTimer = new DeadlineTimer(eventLoop, () -> post(this::checkTimeouts));
    }

    /** Any thread. */
    public ClientState state() {
        return state;
    }

    /** The application's requests, except those about the connection itself. Only for use within a {@link #post}. */
    public ApplicationRequests requests() {
        return requests;
    }

    /**
     * Any thread: runs the task on the event loop, then writes what waits and sets the timers.
     *
     * @return false if the client has ended
     */
    public boolean post(Runnable task) {
        return eventLoop.execute(() -> {
            try {
                task.run();
                connection.pump();
                closeIfDrained();
                deadlineTimer.set(nextDeadline());
            } catch (Throwable e) { // Errors too, such as a missing library: the executor would swallow them
                recoverFromBug(e);
                deadlineTimer.set(nextDeadline());
            }
        });
    }

    private void recoverFromBug(Throwable e) {
        LOG.log(Level.ERROR, "A bug in the Parley client; it continues with a new connection.", e);
        failed(ConnectionFailure.transientFailure("A bug in the client: " + e, e));
    }

    // Calls of the application.

    void connect(CompletableFuture<ServerMessage.Welcome> result) {
        if (state == ClientState.CLOSED) {
            results.fail(result, closeCause.orElseThrow());
        } else if (state == ClientState.OPEN) {
            results.complete(result, welcome.orElseThrow());
        } else {
            connecting.add(result);
            perform(lifecycle.connect());
        }
    }

    public void reconnect() {
        perform(lifecycle.reconnect());
    }

    /** Closes the client when everything is answered, or after this time. */
    public void drain(Duration atMost) {
        Duration within = atMost.compareTo(Backoff.LONGEST) > 0 ? Backoff.LONGEST : atMost;
        long until = now() + within.toNanos();
        if (drainUntil.isEmpty() || until - drainUntil.getAsLong() < 0) {
            drainUntil = OptionalLong.of(until);
        }
    }

    public void forceClose() {
        listeners.discard();
        perform(lifecycle.end(ClientErrors.closed()));
    }

    private void closeIfDrained() {
        if (drainUntil.isEmpty() || state == ClientState.CLOSED) {
            return;
        }
        boolean isDrained = outbound.isEmpty() && !connection.isBusy();
        if (isDrained || state == ClientState.IDLE || now() - drainUntil.getAsLong() >= 0) {
            perform(lifecycle.end(ClientErrors.closed()));
        }
    }

    // Effects of the lifecycle.

    private void perform(List<Lifecycle.Effect> effects) {
        Optional<Throwable> thrown = Optional.empty();
        for (Lifecycle.Effect effect : effects) {
            try {
                perform(effect);
            } catch (Throwable e) {
                // The other effects must be performed all the same: without its Wait, a client never reconnects.
                thrown = Optional.of(e);
            }
        }
        thrown.ifPresent(this::recoverFromBug);
    }

    private void perform(Lifecycle.Effect effect) {
        if (effect instanceof Lifecycle.Effect.Moved moved) {
            stateChanged(moved.state(), moved.why());
        } else if (effect instanceof Lifecycle.Effect.Begin begin) {
            startAttempt(begin.attempt());
        } else if (effect instanceof Lifecycle.Effect.Wait wait) {
            reconnectTimer.cancel();
            reconnectTimer = eventLoop.schedule(() -> post(() -> perform(lifecycle.due(wait.attempt()))), wait.delay());
        } else {
            dropConnection();
        }
    }

    private void stateChanged(ClientState next, Optional<ParleyException> why) {
        state = next;
        log(next, why);
        settings.observer().stateChanged(next);
        if (next == ClientState.OPEN) {
            connecting.forEach(result -> results.complete(result, welcome.orElseThrow()));
            connecting.clear();
        }
        if (next == ClientState.CLOSED) {
            closeCause = Optional.of(why.orElseThrow());
            connecting.forEach(result -> results.fail(result, why.orElseThrow()));
            connecting.clear();
            outbound.fail(why.orElseThrow());
        }
        dispatcher.stateChanged(next, why);
        if (next == ClientState.CLOSED) {
            deadlineTimer.cancel();
            whenClosed.run();
        }
    }

    /** Logs once when the connection is lost and once when it is back, not for every attempt. */
    private void log(ClientState next, Optional<ParleyException> why) {
        boolean isNews = next == ClientState.CLOSED
                || next == ClientState.OPEN
                || (next == ClientState.WAITING && !isUnreachableLogged && why.isPresent());
        isUnreachableLogged = next != ClientState.OPEN && (isUnreachableLogged || next == ClientState.WAITING);
        String reason = why.map(one -> ": " + one.getMessage()).orElse(".");
        LOG.log(isNews ? Level.INFO : Level.DEBUG, "Parley client " + settings.name() + " is " + next + reason);
    }

    private void startAttempt(int attempt) {
        BoundedTransportListener fresh = new BoundedTransportListener(
                Math.max(BACKLOG_MIN, 2L * settings.frameMax()),
                this::post,
                eventLoop::nanoTime,
                frame -> messageHandler.received(attempt, frame),
                failure -> failed(attempt, failure));
        connection.attemptStarted(fresh);
        attemptDeadline = eventLoop.schedule(() -> post(() -> tooLate(attempt)), settings.connectTimeout());
        attemptInProgress = dialer.dial(
                fresh, opened -> post(() -> opened(attempt, opened)), failure -> post(() -> failed(attempt, failure)));
    }

    private void tooLate(int attempt) {
        // The welcome may have arrived between the deadline and this task.
        if (state == ClientState.CONNECTING) {
            failed(
                    attempt,
                    ConnectionFailure.transientFailure(
                            "Token, handshake and login together took longer than "
                                    + settings.connectTimeout().toMillis() + " ms.",
                            null));
        }
    }

    private void dropConnection() {
        renewal.stop();
        outbound.connectionLost();
        gapDetector.connectionLost();
        attemptDeadline.cancel();
        attemptInProgress.cancel();
        connection.end();
    }

    private void failed(int attempt, ConnectionFailure failure) {
        perform(lifecycle.failed(attempt, failure, now()));
    }

    /** The current connection cannot go on. */
    private void failed(ConnectionFailure failure) {
        failed(lifecycle.attempt(), failure);
    }

    // Events of the connection.

    private void opened(int attempt, Transport opened) {
        if (!lifecycle.isCurrent(attempt) || connection.isPresent()) {
            opened.close(CloseCode.NORMAL.number(), "");
            return;
        }
        FrameWriter writer = new FrameWriter(
                opened,
                encoder,
                () -> outbound.next(state == ClientState.OPEN, connection.frameMax(), now()),
                this::post,
                eventLoop::nanoTime,
                () -> post(() ->
                        failed(attempt, ConnectionFailure.ofClose(CloseCode.ABNORMAL.number(), "a send failed"))));
        connection.opened(opened, writer);
        loginId = ids.get();
        outbound.control(new ClientMessage.Login(
                Optional.of(loginId),
                settings.username(),
                Optional.empty(),
                gapDetector.positions(),
                welcome.map(ServerMessage.Welcome::session).filter(ClientLoop::isSessionName)));
    }

    /**
     * Whether a login can carry this session name. A name that it cannot carry, invented by a bad server, must not keep
     * this client from logging in elsewhere.
     */
    private static boolean isSessionName(String session) {
        return session.length() <= SESSION_MAX && session.chars().allMatch(c -> c > ' ' && c <= '~');
    }

    private void welcomed(int attempt, ServerMessage.Welcome opened) {
        if (state != ClientState.CONNECTING || !opened.id().equals(Optional.of(loginId))) {
            return;
        }
        attemptDeadline.cancel();
        welcome = Optional.of(opened);
        connection.welcomed(opened, now());
        outbound.limit(opened.limits(), now());
        perform(lifecycle.welcomed(attempt, now()));
        renewal.welcomed(opened.expiresIn());
        gapDetector.welcomed(opened.channels());
    }

    /** Events of the message handler. */
    private final class MessageCallbacks implements ServerMessageHandler.Callbacks {
        @Override
        public boolean isCurrent(int attempt) {
            return lifecycle.isCurrent(attempt);
        }

        @Override
        public void welcomed(int attempt, ServerMessage.Welcome opened) {
            ClientLoop.this.welcomed(attempt, opened);
        }

        @Override
        public boolean refused(int attempt, ServerMessage.Error error) {
            boolean isOfLogin = state == ClientState.CONNECTING && error.id().equals(Optional.of(loginId));
            if (isOfLogin) {
                failed(attempt, ConnectionFailure.ofLogin(error));
            }
            return isOfLogin;
        }

        @Override
        public void ordered(Duration reconnectAfter) {
            lifecycle.ordered(reconnectAfter);
        }

        @Override
        public void failed(int attempt, ConnectionFailure failure) {
            ClientLoop.this.failed(attempt, failure);
        }
    }

    // Timeouts.

    private long now() {
        return eventLoop.nanoTime();
    }

    private void checkTimeouts() {
        long now = now();
        if (outbound.expire(now)) {
            failed(ConnectionFailure.transientFailure("An upload was broken off.", null));
        }
        switch (connection.check(now)) {
            case SEND_PING -> outbound.control(new ClientMessage.Ping(Optional.empty()));
            case DEAD -> failed(ConnectionFailure.ofClose(CloseCode.ABNORMAL.number(), "the connection is dead"));
            case ALIVE -> {}
        }
        stuckListeners.check(now);
    }

    private OptionalLong nextDeadline() {
        if (state == ClientState.CLOSED) {
            return OptionalLong.empty();
        }
        long now = now();
        List<Long> deadlines = outbound.deadlines(state == ClientState.OPEN, connection.isIdle(), now);
        drainUntil.ifPresent(deadlines::add);
        connection.nextCheck().ifPresent(deadlines::add);
        stuckListeners.nextCheck().ifPresent(deadlines::add);
        // Compared by their distance from now: the clock may overflow.
        OptionalLong wait = deadlines.stream().mapToLong(due -> due - now).min();
        return wait.isPresent() ? OptionalLong.of(now + wait.getAsLong()) : wait;
    }

    /** Requests and events of the gap detector. */
    private final class GapCallbacks implements GapDetector.Callbacks {
        @Override
        public void ask(Function<Optional<String>, ClientMessage> question, Consumer<ParleyException> whenRefused) {
            connectionRequests.ask(question, why -> unanswered(why, whenRefused));
        }

        private void unanswered(ParleyException why, Consumer<ParleyException> whenRefused) {
            if (why.code().equals(ParleyException.TIMEOUT)) {
                failed(ConnectionFailure.transientFailure("The server did not answer in time.", why));
            } else if (state != ClientState.CLOSED) {
                whenRefused.accept(why);
                gapDetector.refused(why);
            }
        }

        @Override
        public void slow() {
            perform(lifecycle.hold(true));
            failed(ConnectionFailure.tooSlow(
                    ParleyException.SLOW_LISTENER,
                    "The listeners are too slow; the connection is closed until they have caught up."));
            listeners.whenDrained(() -> post(() -> perform(lifecycle.hold(false))));
        }

        @Override
        public void failed(ConnectionFailure failure) {
            ClientLoop.this.failed(failure);
        }
    }

    /** Requests of the token renewal. */
    private final class RenewalCallbacks implements TokenRenewal.Callbacks {
        @Override
        public void post(Runnable task) {
            ClientLoop.this.post(task);
        }

        @Override
        public void login(String token, Consumer<ServerMessage.Welcome> welcomed, Consumer<String> failed) {
            connectionRequests.renew(token, welcomed, failed);
        }
    }
}
