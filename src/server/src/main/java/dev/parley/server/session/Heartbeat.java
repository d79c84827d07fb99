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
 * Pings silent peers and closes sessions that are dead, late to sign in or expired. One sweep over all sessions
 * replaces a timer per session, and the container's idle timeout, for which Tyrus schedules a task per message.
 *
 * <p>Thread rule: {@link #sweep} is called by one thread at a time, every {@link #period}.
 */
public final class Heartbeat {
    /** How long a close may wait for the messages that were queued before it. */
    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(1);

    private static final Duration PERIOD_MIN = Duration.ofMillis(20);
    private static final Duration PERIOD_MAX = Duration.ofSeconds(1);

    private final Sessions sessions;
    private final Limits limits;
    private final InstantSource clock;
    private final Consumer<Session> loginOverdue;

    /** The time limits of a session, all measured by the monotonic clock. */
    public record Limits(Duration interval, Duration timeout, Duration login, Duration frame) {
        /**
         * Interval of the sweeps: a tenth of the shortest limit, between 20 ms and 1 s, so that every expiry is noticed
         * soon.
         */
        Duration period() {
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
     * @param loginOverdue called with each session whose time to sign in is over, at every sweep until it has signed in
     *     or ended
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
        boolean isStalled =
                session.outbox().sendingForNanos() > limits.timeout().toNanos()
                        || session.incompleteFor() > limits.frame().toNanos();
        if (isStalled) {
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
