package dev.parley.client.internal.loop;

import dev.parley.client.ClientState;
import dev.parley.client.internal.inbound.ListenerDispatcher;
import dev.parley.client.internal.inbound.ListenerQueue;
import dev.parley.client.internal.inbound.StuckListenerDetector;
import dev.parley.client.internal.outbound.OutboundQueue;
import dev.parley.client.internal.outbound.Results;
import dev.parley.client.internal.transport.ClientErrors;
import dev.parley.client.internal.transport.ConnectionFailure;
import dev.parley.client.internal.transport.Dialer;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ServerMessage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The event loop of one client. Runs the calls of the application and the events of the connection one at a time,
 * writes what waits after each of them, and checks all deadlines.
 *
 * <p>Thread rule: all state is confined to the event loop. Connections, dialers and listeners call from their own
 * threads and hand their events over with {@link #post}.
 */
public final class ClientLoop {
    private final Scheduler eventLoop;
    private final ListenerQueue listeners;
    private final OutboundQueue outbound;
    private final ReportedState state;
    private final Reconnector reconnector;
    private final ApplicationRequests requests;
    private final StuckListenerDetector stuckListeners;
    private final DeadlineTimer deadlineTimer;
    private final ActiveConnection connection = new ActiveConnection();
    private final Drain drain = new Drain();

    /**
     * What the loop needs from outside: threads, time, randomness, connections.
     *
     * @param encoder called by any thread
     * @param random supplies values in [0, 1)
     * @param isOwnThread whether the calling thread is one of the client's
     */
    public record ClientDependencies(
            Scheduler eventLoop,
            Dialer dialer,
            Function<ClientMessage, String> encoder,
            Optional<TokenFetcher> tokens,
            ListenerQueue listeners,
            Results results,
            DoubleSupplier random,
            Supplier<String> ids,
            BooleanSupplier isOwnThread) {}

    public ClientLoop(
            ClientSettings settings,
            ClientDependencies dependencies,
            ListenerDispatcher dispatcher,
            OutboundQueue outbound,
            Runnable whenClosed) {
        this.eventLoop = dependencies.eventLoop();
        this.listeners = dependencies.listeners();
        this.outbound = outbound;
        this.deadlineTimer = new DeadlineTimer(eventLoop, () -> post(this::checkTimeouts));
        this.state = new ReportedState(settings, dispatcher, dependencies.results(), outbound, () -> {
            deadlineTimer.cancel();
            whenClosed.run();
        });
        this.reconnector = new Reconnector(settings, dependencies, this::post, dispatcher, outbound, connection, state);
        this.requests =
                new ApplicationRequests(outbound, reconnector.gapDetector(), eventLoop::nanoTime, state::closeCause);
        this.stuckListeners = new StuckListenerDetector(settings.name(), listeners, settings.observer());
    }

    /** Any thread. */
    public ClientState state() {
        return state.get();
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
                reconnector.recoverFromBug(e);
                deadlineTimer.set(nextDeadline());
            }
        });
    }

    // Calls of the application.

    void connect(CompletableFuture<ServerMessage.Welcome> result) {
        reconnector.connect(result);
    }

    public void reconnect() {
        reconnector.reconnect();
    }

    /** Closes the client when everything is answered, or after this time. */
    public void drain(Duration atMost) {
        drain.begin(atMost, eventLoop.nanoTime());
    }

    public void forceClose() {
        listeners.discard();
        reconnector.end(ClientErrors.closed());
    }

    private void closeIfDrained() {
        boolean isDrained = state() == ClientState.IDLE || (outbound.isEmpty() && !connection.isBusy());
        if (state() != ClientState.CLOSED && drain.isOver(isDrained, eventLoop.nanoTime())) {
            reconnector.end(ClientErrors.closed());
        }
    }

    // Timeouts.

    private void checkTimeouts() {
        long now = eventLoop.nanoTime();
        if (outbound.expire(now, state() == ClientState.IDLE ? ClientErrors::notConnected : ClientErrors::timeout)) {
            reconnector.failed(ConnectionFailure.transientFailure("An upload was broken off.", null));
        }
        switch (connection.check(now)) {
            case SEND_PING -> outbound.control(new ClientMessage.Ping(Optional.empty()));
            case DEAD ->
                reconnector.failed(ConnectionFailure.ofClose(CloseCode.ABNORMAL.number(), "the connection is dead"));
            case ALIVE -> {}
        }
        stuckListeners.check(now);
    }

    private OptionalLong nextDeadline() {
        if (state() == ClientState.CLOSED) {
            return OptionalLong.empty();
        }
        long now = eventLoop.nanoTime();
        List<Long> deadlines = outbound.deadlines(state() == ClientState.OPEN, connection.isIdle(), now);
        drain.deadline().ifPresent(deadlines::add);
        connection.nextCheck().ifPresent(deadlines::add);
        stuckListeners.nextCheck().ifPresent(deadlines::add);
        // Compared by their distance from now: the clock may overflow.
        OptionalLong wait = deadlines.stream().mapToLong(due -> due - now).min();
        return wait.isPresent() ? OptionalLong.of(now + wait.getAsLong()) : wait;
    }
}
