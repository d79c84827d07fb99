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
 * State machine of a client: decides when to connect, when to wait and when to stop. Events come in, effects go out. It
 * knows no connection, no thread and no clock.
 *
 * <p>Every attempt has a number. Events of earlier attempts are ignored, so there are never two at a time.
 */
final class Lifecycle {
    /** An action of the event loop. Effects are performed in the order of the list. */
    sealed interface Effect {
        /** Report the new state to the application. */
        record Moved(ClientState state, Optional<ParleyException> why) implements Effect {}

        /** Fetch a token and open a connection. */
        record Begin(int attempt) implements Effect {}

        /** Drop the current attempt or connection. */
        record Drop() implements Effect {}

        /** Call {@link #due} after this delay. */
        record Wait(int attempt, Duration delay) implements Effect {}
    }

    private final Backoff backoff;
    private final DoubleSupplier random;

    private ClientState state = ClientState.IDLE;
    private int attempt;
    private int failures;
    private long openedAt;
    private Duration ordered = Duration.ZERO;
    /** Whether a token has been refused since the last welcome. */
    private boolean isTokenRefused;

    private boolean isHeld;
    /** The delay is over. While held, the attempt waits for the listeners to catch up. */
    private boolean isDue;

    /** @param random supplies values in [0, 1), for the jitter */
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

    /** The server accepted the login of this attempt. */
    List<Effect> welcomed(int number, long nanoTime) {
        if (!isCurrent(number) || state != ClientState.CONNECTING) {
            return List.of();
        }
        openedAt = nanoTime;
        ordered = Duration.ZERO;
        isTokenRefused = false;
        return List.of(move(ClientState.OPEN, Optional.empty()));
    }

    /** The server will close the connection and demands this delay before the next attempt. */
    void ordered(Duration reconnectAfter) {
        ordered = RetryAfter.clamp(reconnectAfter);
    }

    /** This attempt, or its connection, has ended. */
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
            // Without another attempt, the refusal is a better reason than GAVE_UP.
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

    /** The delay of {@link Effect.Wait} is over. */
    List<Effect> due(int number) {
        if (number != attempt || state != ClientState.WAITING) {
            return List.of();
        }
        isDue = true;
        return isHeld ? List.of() : begin();
    }

    /** Holds the client back or releases it. While held, no attempt starts after a delay. */
    List<Effect> hold(boolean held) {
        isHeld = held;
        return !held && isDue && state == ClientState.WAITING ? begin() : List.of();
    }

    /** The application asks for a new connection now: the network is back, or it suspects the connection. */
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

    /** Closes the client for good. */
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

    /** The permitted transitions. */
    static boolean mayMove(ClientState from, ClientState to) {
        return switch (from) {
            case IDLE, WAITING -> to == ClientState.CONNECTING || to == ClientState.CLOSED;
            case CONNECTING -> to == ClientState.OPEN || to == ClientState.WAITING || to == ClientState.CLOSED;
            case OPEN -> to == ClientState.WAITING || to == ClientState.CLOSED;
            case CLOSED -> false;
        };
    }
}
