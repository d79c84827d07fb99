package dev.parley.client.internal.loop;

import dev.parley.client.ClientState;
import dev.parley.client.ParleyException;
import dev.parley.client.internal.inbound.ListenerDispatcher;
import dev.parley.client.internal.outbound.OutboundQueue;
import dev.parley.client.internal.outbound.Results;
import dev.parley.protocol.ServerMessage;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The state of the client as the application sees it: in its log, its observer and listener, and the results that wait
 * for it. Confined to the event loop, except {@link #get}.
 */
final class ReportedState {
    private static final Logger LOG = System.getLogger(ReportedState.class.getName());

    private final ClientSettings settings;
    private final ListenerDispatcher dispatcher;
    private final Results results;
    private final OutboundQueue outbound;
    private final Runnable whenClosed;
    private final List<CompletableFuture<ServerMessage.Welcome>> connecting = new ArrayList<>();

    private volatile ClientState state = ClientState.IDLE;
    private Optional<ServerMessage.Welcome> welcome = Optional.empty();
    private Optional<ParleyException> closeCause = Optional.empty();
    private boolean isUnreachableLogged;

    /** @param whenClosed called when the application has been told that the client is closed */
    ReportedState(
            ClientSettings settings,
            ListenerDispatcher dispatcher,
            Results results,
            OutboundQueue outbound,
            Runnable whenClosed) {
        this.settings = settings;
        this.dispatcher = dispatcher;
        this.results = results;
        this.outbound = outbound;
        this.whenClosed = whenClosed;
    }

    /** Any thread. */
    ClientState get() {
        return state;
    }

    /** The reason why the client closed; empty before. */
    Optional<ParleyException> closeCause() {
        return closeCause;
    }

    /** The latest welcome, of the current connection or an earlier one. */
    Optional<ServerMessage.Welcome> welcome() {
        return welcome;
    }

    void welcomed(ServerMessage.Welcome latest) {
        welcome = Optional.of(latest);
    }

    /** Completes the result when the client is open or closed. */
    void await(CompletableFuture<ServerMessage.Welcome> result) {
        connecting.add(result);
        completeResults();
    }

    private void completeResults() {
        if (state == ClientState.OPEN) {
            connecting.forEach(result -> results.complete(result, welcome.orElseThrow()));
            connecting.clear();
        } else if (state == ClientState.CLOSED) {
            connecting.forEach(result -> results.fail(result, closeCause.orElseThrow()));
            connecting.clear();
        }
    }

    /** Enters this state and reports it. After CLOSED, everything that waits has failed. */
    void moveTo(ClientState next, Optional<ParleyException> why) {
        state = next;
        log(next, why);
        settings.observer().stateChanged(next);
        if (next == ClientState.CLOSED) {
            closeCause = Optional.of(why.orElseThrow());
        }
        completeResults();
        if (next == ClientState.CLOSED) {
            outbound.fail(why.orElseThrow());
        }
        dispatcher.stateChanged(next, why);
        if (next == ClientState.CLOSED) {
            whenClosed.run();
        }
    }

    /** Logs once when the connection is lost and once when it is back, not for every attempt. */
    private void log(ClientState next, Optional<ParleyException> why) {
        boolean isNews = next == ClientState.CLOSED
                || next == ClientState.OPEN
                || (next == ClientState.WAITING && !isUnreachableLogged && why.isPresent());
        isUnreachableLogged = next != ClientState.OPEN && (isUnreachableLogged || next == ClientState.WAITING);
        // The application's own close is no failure, which needs a reason.
        String reason = why.filter(one -> !one.code().equals(ParleyException.CLOSED))
                .map(one -> ": " + one.getMessage())
                .orElse(".");
        LOG.log(isNews ? Level.INFO : Level.DEBUG, "Parley client " + settings.name() + " is " + next + reason);
    }
}
