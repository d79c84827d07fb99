package dev.parley.server.session;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.auth.Identity;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One sweep over all sessions, instead of a timer for each or the container's idle timeout (Tyrus schedules a task per
 * message for that): asks silent peers for a sign of life and closes what is dead, late or expired.
 *
 * <p>Thread rule: {@link #sweep} is called by one thread at a time, every {@link #period}.
 */
public final class Heartbeat {
    /** How long a close may wait for what was queued before it. */
    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(1);

    private static final Duration PERIOD_MIN = Duration.ofMillis(20);
    private static final Duration PERIOD_MAX = Duration.ofSeconds(1);

    private final Sessions sessions;
    private final Limits limits;
    private final InstantSource clock;
    private final Consumer<Session> loginOverdue;

    /** All measured by the monotonic clock. */
    public record Limits(Duration interval, Duration timeout, Duration login, Duration frame) {
        /** Short enough that every limit is noticed soon after it has passed. */
        public Duration period() {
            Duration shortest = interval;
            for (Duration other : new Duration[] {timeout, login, frame}) {
                shortest = other.compareTo(shortest) < 0 ? other : shortest;
            }
            Duration period = shortest.dividedBy(10);
            if (period.compareTo(PERIOD_MIN) < 0) {
                return PERIOD_MIN;
            }
            return period.compareTo(PERIOD_MAX) > 0 ? PERIOD_MAX : period;
        }
    }

    /**
     * @param clock wall clock, for the expiry of credentials only
     * @param loginOverdue told of each session whose time to sign in is over, at every sweep until it has signed in or
     *     ended
     */
    public Heartbeat(Sessions sessions, Limits limits, InstantSource clock, Consumer<Session> loginOverdue) {
        this.sessions = sessions;
        this.limits = limits;
        this.clock = clock;
        this.loginOverdue = loginOverdue;
    }

    public Duration period() {
        return limits.period();
    }

    public void sweep() {
        Instant now = clock.instant();
        sessions.all().forEach(session -> check(session, now));
    }

    private void check(Session session, Instant now) {
        session.outbox().closeIfOverdue(CLOSE_DEADLINE.toNanos());
        Optional<Instant> expiry = session.identity().flatMap(Identity::expiresAt);
        boolean isLineBroken =
                session.outbox().sendingForNanos() > limits.timeout().toNanos()
                        || session.incompleteFor() > limits.frame().toNanos();
        if (isLineBroken) {
            session.closeNow(CloseCode.HEARTBEAT_TIMEOUT);
        } else if (!session.isSignedIn() && session.age() > limits.login().toNanos()) {
            loginOverdue.accept(session);
        } else if (expiry.isPresent() && !now.isBefore(expiry.get())) {
            session.answer(ServerMessage.Error.of(
                    Optional.empty(),
                    ErrorCode.TOKEN_EXPIRED,
                    "Your token expired at " + expiry.get() + ". Sign in with a new one."));
            session.close(CloseCode.TOKEN_EXPIRED);
        }
        checkLife(session);
    }

    private void checkLife(Session session) {
        var unanswered = session.pingUnansweredFor();
        if (unanswered.isPresent()) {
            if (unanswered.getAsLong() >= limits.timeout().toNanos()) {
                session.closeNow(CloseCode.HEARTBEAT_TIMEOUT);
            }
            return;
        }
        // Two periods early: a dead peer is closed within interval + timeout although a sweep may come a period late.
        if (session.silence()
                >= limits.interval().minus(limits.period().multipliedBy(2)).toNanos()) {
            session.ping();
        }
    }
}
