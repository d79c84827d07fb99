package dev.parley.client.internal.loop;

import dev.parley.client.ClientState;
import dev.parley.client.ParleyException;
import dev.parley.client.internal.transport.ConnectionFailure;
import dev.parley.client.internal.transport.RetryAfter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/**
 * When to connect, when to wait and when to stop: events in, effects out. Knows no connection, no thread and no clock.
 *
 * <p>Every attempt has a number, and an event of an earlier one changes nothing: so there are never two at a time.
 */
final class Lifecycle {
    /** What the event loop has to do, in this order. */
    sealed interface Effect {
        /** Tell the application. */
        record Moved(ClientState state, Optional<ParleyException> why) implements Effect {}

        /** Fetch a token and open a connection. */
        record Begin(int attempt) implements Effect {}

        /** Forget the attempt or the connection that there is. */
        record Drop() implements Effect {}

        /** Tell {@link #due} after this time. */
        record Wait(int attempt, Duration delay) implements Effect {}
    }

    private final Backoff backoff;
    private final DoubleSupplier random;

    private ClientState state = ClientState.IDLE;
    private int attempt;
    private int failures;
    private long openedAt;
    private Duration ordered = Duration.ZERO;
    /** Whether a token was refused since the last welcome. */
    private boolean isTokenRefused;

    private boolean isHeld;
    /** The wait is over, but the listeners have not caught up. */
    private boolean isDue;

    /** @param random from 0 to below 1, for the jitter */
    Lifecycle(Backoff backoff, DoubleSupplier random) {
        this.backoff = backoff;
        this.random = random;
    }

    ClientState state() {
        return state;
    }

    int attempt() {
        return attempt;
    }

    boolean isCurrent(int number) {
        return number == attempt && (state == ClientState.CONNECTING || state == ClientState.OPEN);
    }

    List<Effect> connect() {
        return state == ClientState.IDLE ? begin() : List.of();
    }

    /** The server let this attempt in. */
    List<Effect> welcomed(int number, long nanoTime) {
        if (!isCurrent(number) || state != ClientState.CONNECTING) {
            return List.of();
        }
        openedAt = nanoTime;
        ordered = Duration.ZERO;
        isTokenRefused = false;
        return List.of(move(ClientState.OPEN, Optional.empty()));
    }

    /** The server will close, and says when to come back. */
    void ordered(Duration reconnectAfter) {
        ordered = RetryAfter.clamp(reconnectAfter);
    }

    /** This attempt, or the connection that came of it, ended. */
    List<Effect> failed(int number, ConnectionFailure failure, long nanoTime) {
        if (!isCurrent(number)) {
            return List.of();
        }
        boolean isOpen = state == ClientState.OPEN;
        if (isOpen && nanoTime - openedAt >= backoff.resetAfter().toNanos()) {
            failures = 0;
        }
        if (isOpen && failure.next() == ConnectionFailure.Next.RESUME) {
            return backingOff(failure);
        }
        failures++;
        if (isFinal(failure)) {
            return end(failure.why());
        }
        if (backoff.isExhausted(failures)) {
            return end(new ParleyException(
                    ParleyException.GAVE_UP,
                    "Gave up after " + failures + " attempts; the last one: "
                            + failure.why().getMessage(),
                    Optional.empty(),
                    failure.why()));
        }
        isTokenRefused |= failure.next() == ConnectionFailure.Next.RETRY_ONCE_WITH_FRESH_TOKEN;
        return backingOff(failure);
    }

    private boolean isFinal(ConnectionFailure failure) {
        return switch (failure.next()) {
            case RETRY, RESUME -> false;
            // Without an attempt left, the refusal says more than that the client gave up.
            case RETRY_ONCE_WITH_FRESH_TOKEN -> isTokenRefused || backoff.isExhausted(failures);
            case STOP -> true;
        };
    }

    private List<Effect> backingOff(ConnectionFailure failure) {
        Duration atLeast = ordered.compareTo(failure.atLeast()) > 0 ? ordered : failure.atLeast();
        ordered = Duration.ZERO;
        Duration delay = backoff.delay(Math.max(1, failures), random.getAsDouble());
        return waiting(atLeast.plus(delay), Optional.of(failure.why()));
    }

    /** The wait of {@link Effect.Wait} is over. */
    List<Effect> due(int number) {
        if (number != attempt || state != ClientState.WAITING) {
            return List.of();
        }
        isDue = true;
        return isHeld ? List.of() : begin();
    }

    /** While held, no attempt begins. */
    List<Effect> hold(boolean held) {
        isHeld = held;
        return !held && isDue && state == ClientState.WAITING ? begin() : List.of();
    }

    /** Somebody knows that it is worth trying now: the network is back, or the connection is suspected. */
    List<Effect> reconnect() {
        return switch (state) {
            case IDLE -> begin();
            case WAITING -> due(attempt);
            case OPEN -> {
                failures = 0;
                yield waiting(Duration.ZERO, Optional.empty());
            }
            case CONNECTING, CLOSED -> List.of();
        };
    }

    /** For good. */
    List<Effect> end(ParleyException why) {
        if (state == ClientState.CLOSED) {
            return List.of();
        }
        return List.of(new Effect.Drop(), move(ClientState.CLOSED, Optional.of(why)));
    }

    private List<Effect> begin() {
        attempt++;
        isDue = false;
        return List.of(move(ClientState.CONNECTING, Optional.empty()), new Effect.Begin(attempt));
    }

    private List<Effect> waiting(Duration delay, Optional<ParleyException> why) {
        List<Effect> effects = new ArrayList<>();
        effects.add(new Effect.Drop());
        effects.add(move(ClientState.WAITING, why));
        effects.add(new Effect.Wait(attempt, delay));
        return effects;
    }

    private Effect move(ClientState next, Optional<ParleyException> why) {
        if (!mayMove(state, next)) {
            throw new IllegalStateException("A client cannot go from " + state + " to " + next + ".");
        }
        state = next;
        return new Effect.Moved(next, why);
    }

    /** The moves that there are. */
    static boolean mayMove(ClientState from, ClientState to) {
        return switch (from) {
            case IDLE, WAITING -> to == ClientState.CONNECTING || to == ClientState.CLOSED;
            case CONNECTING -> to == ClientState.OPEN || to == ClientState.WAITING || to == ClientState.CLOSED;
            case OPEN -> to == ClientState.WAITING || to == ClientState.CLOSED;
            case CLOSED -> false;
        };
    }
}
