package dev.parley.client.internal.loop;

import dev.parley.client.ClientState;
import dev.parley.client.ParleyException;
import dev.parley.client.ServerFrame;
import dev.parley.client.internal.inbound.ChannelPositions;
import dev.parley.client.internal.inbound.GapDetector;
import dev.parley.client.internal.inbound.ListenerDispatcher;
import dev.parley.client.internal.outbound.FrameWriter;
import dev.parley.client.internal.outbound.OutboundQueue;
import dev.parley.client.internal.transport.Cancellable;
import dev.parley.client.internal.transport.ConnectionFailure;
import dev.parley.client.internal.transport.Transport;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.binary.BinaryCodec;
import dev.parley.protocol.binary.DecodedBinary;
import dev.parley.protocol.binary.ServerBinary;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Keeps the client connected: passes the events of attempts and connections to {@link Lifecycle}, and performs the
 * effects that it decides. Confined to the event loop.
 */
final class Reconnector implements Attempt.Callbacks, ServerMessageHandler.Callbacks, GapDetector.Callbacks {
    private static final Logger LOG = System.getLogger(Reconnector.class.getName());

    private static final int GUEST_SECRET_MAX = 128;

    /** Deadline for the server's close after a send that failed. */
    private static final Duration CLOSE_EXPECTED = Duration.ofMillis(500);

    private final ClientSettings settings;
    private final ClientLoop.ClientDependencies dependencies;
    private final Executor loop;
    private final OutboundQueue outbound;
    private final ActiveConnection connection;
    private final ReportedState state;
    private final Lifecycle lifecycle;
    private final ListenerDispatcher dispatcher;
    private final GapDetector gapDetector;
    private final ConnectionRequests requests;
    private final TokenRenewal renewal;
    private final ServerMessageHandler messageHandler;

    private Cancellable delay = () -> {};
    /** What the server said about the current attempt before its welcome, without being asked: why it closes. */
    private Optional<ServerMessage.Error> refusal = Optional.empty();
    /** For the logins of a guest, so that it stays the same guest for the life of the client. */
    private Optional<String> guestSecret = Optional.empty();

    /** @param loop runs tasks on the event loop, from any thread */
    Reconnector(
            ClientSettings settings,
            ClientLoop.ClientDependencies dependencies,
            Executor loop,
            ListenerDispatcher dispatcher,
            OutboundQueue outbound,
            ActiveConnection connection,
            ReportedState state) {
        this.settings = settings;
        this.dependencies = dependencies;
        this.loop = loop;
        this.outbound = outbound;
        this.connection = connection;
        this.state = state;
        Scheduler eventLoop = dependencies.eventLoop();
        this.dispatcher = dispatcher;
        this.lifecycle = new Lifecycle(settings.backoff(), dependencies.random());
        this.gapDetector =
                new GapDetector(new ChannelPositions(settings.positions()), dispatcher, settings.observer(), this);
        this.requests =
                new ConnectionRequests(outbound, dependencies.ids(), eventLoop::nanoTime, settings.sendTimeout());
        this.renewal = new TokenRenewal(
                dependencies.tokens(),
                eventLoop,
                settings.backoff(),
                dependencies.random(),
                settings.connectTimeout(),
                loop,
                requests);
        this.messageHandler = new ServerMessageHandler(outbound, gapDetector, eventLoop::nanoTime, this);
    }

    GapDetector gapDetector() {
        return gapDetector;
    }

    private long now() {
        return dependencies.eventLoop().nanoTime();
    }

    // Calls of the application.

    void connect(CompletableFuture<ServerMessage.Welcome> result) {
        state.await(result);
        perform(lifecycle.connect());
    }

    void reconnect() {
        perform(lifecycle.reconnect());
    }

    /** Closes the client for good. */
    void end(ParleyException why) {
        perform(lifecycle.end(why));
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
            state.moveTo(moved.state(), moved.why());
        } else if (effect instanceof Lifecycle.Effect.Begin begin) {
            refusal = Optional.empty();
            Attempt attempt = new Attempt(begin.attempt(), settings, dependencies.eventLoop(), loop, this);
            connection.attemptStarted(attempt);
            attempt.dial(dependencies.dialer());
        } else if (effect instanceof Lifecycle.Effect.Wait wait) {
            delay.cancel();
            delay = dependencies
                    .eventLoop()
                    .schedule(() -> loop.execute(() -> perform(lifecycle.due(wait.attempt()))), wait.delay());
        } else {
            dropConnection();
        }
    }

    private void dropConnection() {
        renewal.stop();
        outbound.connectionLost();
        gapDetector.connectionLost();
        connection.end();
    }

    void recoverFromBug(Throwable e) {
        LOG.log(Level.ERROR, "A bug in the Parley client; it continues with a new connection.", e);
        failed(ConnectionFailure.transientFailure("A bug in the client: " + e, e));
    }

    // Events of attempts and connections.

    @Override
    public void tooLate(int attempt) {
        // The welcome may have arrived between the deadline and this task.
        if (state.get() == ClientState.CONNECTING) {
            failed(
                    attempt,
                    ConnectionFailure.transientFailure(
                            "Token, handshake and login together took longer than "
                                    + settings.connectTimeout().toMillis() + " ms.",
                            null));
        }
    }

    @Override
    public void opened(int attempt, Transport opened) {
        if (!lifecycle.isCurrent(attempt) || connection.isPresent()) {
            opened.close(CloseCode.NORMAL.number(), "");
            return;
        }
        FrameWriter writer = new FrameWriter(
                opened,
                dependencies.encoder(),
                () -> outbound.next(state.get() == ClientState.OPEN, connection.frameMax(), now()),
                loop,
                dependencies.eventLoop()::nanoTime,
                () -> sendFailed(attempt));
        connection.opened(opened, writer);
        login();
    }

    /**
     * A container may refuse a send while it takes the server's close frame, and report the close a moment later. The
     * code in that decides whether and when the client comes back.
     */
    private void sendFailed(int attempt) {
        ConnectionFailure failure = ConnectionFailure.ofClose(CloseCode.ABNORMAL.number(), "a send failed");
        dependencies.eventLoop().schedule(() -> loop.execute(() -> failed(attempt, failure)), CLOSE_EXPECTED);
    }

    private void login() {
        requests.login(
                settings.username(),
                guestSecret,
                gapDetector.positionsForLogin(),
                state.welcome().map(ServerMessage.Welcome::session),
                settings.binaryListener().isPresent());
    }

    @Override
    public void received(int attempt, ServerFrame frame) {
        messageHandler.received(attempt, frame);
    }

    /** Frames that come before the welcome, or are none of the protocol, are dropped: no message depends on them. */
    @Override
    public void binary(int attempt, byte[] frame) {
        boolean isExpected = lifecycle.isCurrent(attempt) && state.get() == ClientState.OPEN;
        if (isExpected
                && BinaryCodec.decodeFromServer(frame) instanceof DecodedBinary.Valid<ServerBinary> valid
                && dispatcher.binary(valid.frame(), frame.length)) {
            return;
        }
        settings.observer().binaryIgnored();
    }

    @Override
    public void failed(int attempt, ConnectionFailure failure) {
        ConnectionFailure explained = refusal.map(failure::because).orElse(failure);
        perform(lifecycle.failed(attempt, explained, now()));
    }

    @Override
    public void failed(ConnectionFailure failure) {
        failed(lifecycle.attempt(), failure);
    }

    // Events of the message handler.

    @Override
    public boolean isCurrent(int attempt) {
        return lifecycle.isCurrent(attempt);
    }

    @Override
    public boolean welcomed(int attempt, ServerMessage.Welcome welcome) {
        if (state.get() != ClientState.CONNECTING || !requests.isLogin(welcome.id())) {
            return false;
        }
        refusal = Optional.empty();
        guestSecret = welcome.guestSecret().filter(Reconnector::isGuestSecret).or(() -> guestSecret);
        state.welcomed(welcome);
        connection.welcomed(welcome, now());
        outbound.limit(welcome.limits(), now());
        outbound.opened(connection.frameMax());
        perform(lifecycle.welcomed(attempt, now()));
        renewal.welcomed(welcome.expiresIn());
        gapDetector.welcomed(welcome.channels());
        return true;
    }

    @Override
    public boolean refused(int attempt, ServerMessage.Error error) {
        if (state.get() != ClientState.CONNECTING) {
            return false;
        }
        if (error.id().isEmpty()) {
            refusal = Optional.of(error);
            return true;
        }
        boolean isOfLogin = requests.isLogin(error.id());
        if (isOfLogin && guestSecret.isPresent() && error.code().equals(ErrorCode.LOGIN_REFUSED.wireName())) {
            // The server has forgotten this guest, and waits for another login.
            guestSecret = Optional.empty();
            login();
        } else if (isOfLogin) {
            failed(attempt, ConnectionFailure.ofLogin(error));
        }
        return isOfLogin;
    }

    /** Whether a login can carry it; one that it cannot, invented by a bad server, must not end the client. */
    private static boolean isGuestSecret(String secret) {
        return !secret.isEmpty()
                && secret.length() <= GUEST_SECRET_MAX
                && secret.chars().allMatch(c -> c > ' ' && c <= '~');
    }

    @Override
    public void ordered(Duration reconnectAfter) {
        lifecycle.ordered(reconnectAfter);
    }

    // Requests and events of the gap detector.

    @Override
    public void ask(Function<Optional<String>, ClientMessage> question, Consumer<ParleyException> whenRefused) {
        requests.ask(question, why -> unanswered(why, whenRefused));
    }

    private void unanswered(ParleyException why, Consumer<ParleyException> whenRefused) {
        if (why.code().equals(ParleyException.TIMEOUT)) {
            failed(ConnectionFailure.transientFailure("The server did not answer in time.", why));
        } else if (state.get() != ClientState.CLOSED) {
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
        dependencies.listeners().whenDrained(() -> loop.execute(() -> perform(lifecycle.hold(false))));
    }
}
