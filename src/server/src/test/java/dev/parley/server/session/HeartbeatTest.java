package dev.parley.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.CloseCode;
import dev.parley.server.auth.Identity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HeartbeatTest {
    private static final Duration INTERVAL = Duration.ofSeconds(30);
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration LOGIN = Duration.ofSeconds(12);
    private static final Duration FRAME = Duration.ofSeconds(15);

    private final ManualClock clock = new ManualClock();
    private final RecordingTransport transport = RecordingTransport.holding();
    private final Sessions sessions = new Sessions(new Sessions.Caps(0, 0, 0));
    private final List<Session> overdue = new ArrayList<>();
    private final Heartbeat heartbeat =
            new Heartbeat(sessions, new Heartbeat.Limits(INTERVAL, TIMEOUT, LOGIN, FRAME), clock, overdue::add);

    private Session open() {
        Session session = TestSession.on(transport)
                .clock(clock)
                .whenEnded(sessions::remove)
                .open();
        sessions.add(session);
        return session;
    }

    private Session signedIn() {
        Session session = open();
        session.signIn(TestSession.guest("Ana"));
        return session;
    }

    /** Advances the clock, with a sweep after each period. */
    private void pass(Duration time) {
        for (Duration left = time; !left.isZero(); left = left.minus(heartbeat.period())) {
            clock.advance(heartbeat.period());
            heartbeat.sweep();
        }
    }

    private void passSeconds(int seconds) {
        pass(Duration.ofSeconds(seconds));
    }

    @AfterEach
    void nothingElseHappened() {
        transport.assertExhausted();
    }

    @Test
    void sweepsOftenEnoughForTheShortestLimit() {
        assertThat(heartbeat.period()).isEqualTo(Duration.ofSeconds(1));
        assertThat(new Heartbeat.Limits(INTERVAL, Duration.ofMillis(400), LOGIN, FRAME).period())
                .isEqualTo(Duration.ofMillis(40));
        assertThat(new Heartbeat.Limits(INTERVAL, TIMEOUT, Duration.ofMillis(100), FRAME).period())
                .isEqualTo(Duration.ofMillis(20));
    }

    @Test
    void silentSessionGetsOnePingShortlyBeforeTheInterval() {
        signedIn();
        passSeconds(27);
        assertThat(transport.takePings()).isZero();
        passSeconds(3);
        assertThat(transport.takePings()).isOne();
        passSeconds(5);
    }

    @Test
    void anySignOfLifeRestartsTheInterval() {
        Session session = signedIn();
        passSeconds(25);
        session.received();
        passSeconds(27);
        assertThat(transport.takePings()).isZero();
        passSeconds(1);
        assertThat(transport.takePings()).isOne();
    }

    @Test
    void unansweredPingEndsTheSessionWithinIntervalAndTimeout() {
        Session session = signedIn();
        pass(INTERVAL);
        assertThat(transport.takePings()).isOne();
        assertThat(session.isEnded()).isFalse();
        pass(TIMEOUT);
        assertThat(session.isEnded()).isTrue();
        assertThat(transport.takeCloses()).containsExactly(CloseCode.HEARTBEAT_TIMEOUT);
    }

    @Test
    void sessionThatAnswersPingsStaysOpenForAnHour() {
        Session session = signedIn();
        int pings = 0;
        for (int second = 0; second < 3_600; second++) {
            passSeconds(1);
            int sent = transport.takePings();
            pings += sent;
            if (sent > 0) {
                session.received();
            }
        }
        assertThat(session.isEnded()).isFalse();
        assertThat(pings).isBetween(3_600 / 30, 3_600 / 27);
    }

    @Test
    void noAnswerIsExpectedToAPingThatCouldNotLeave() {
        Session session = signedIn();
        passSeconds(25);
        // A busy reader: a send is in flight at every sweep, but none for long.
        for (int second = 0; second < 20; second++) {
            session.offer(Encoded.of("1"));
            session.flush();
            passSeconds(1);
            transport.complete();
        }
        transport.takeFrames();
        assertThat(session.isEnded()).isFalse();
        passSeconds(1);
        assertThat(transport.takePings()).isOne();
    }

    @Test
    void sendInFlightForTheTimeoutEndsTheSession() {
        Session session = signedIn();
        session.offer(Encoded.of("1"));
        session.flush();
        transport.takeFrame();
        passSeconds(10);
        assertThat(session.isEnded()).isFalse();
        session.received();
        passSeconds(1);
        assertThat(transport.takeCloses()).containsExactly(CloseCode.HEARTBEAT_TIMEOUT);
    }

    @Test
    void incompleteFrameEndsTheSession() {
        Session session = signedIn();
        session.incomplete();
        for (int second = 0; second < 15; second++) {
            passSeconds(1);
            session.received();
            session.incomplete();
        }
        assertThat(transport.takeCloses()).isEmpty();
        passSeconds(1);
        assertThat(transport.takeCloses()).containsExactly(CloseCode.HEARTBEAT_TIMEOUT);
    }

    @Test
    void completedFrameResetsTheTimeout() {
        Session session = signedIn();
        session.incomplete();
        passSeconds(14);
        session.complete();
        passSeconds(2);
        session.incomplete();
        passSeconds(2);
        assertThat(session.isEnded()).isFalse();
    }

    @Test
    void sessionThatDoesNotSignInIsOverdueUntilItDoes() {
        Session session = open();
        pass(LOGIN);
        assertThat(overdue).isEmpty();
        passSeconds(2);
        assertThat(overdue).containsExactly(session, session);
        session.signIn(TestSession.guest("Ana"));
        passSeconds(2);
        assertThat(overdue).hasSize(2);
    }

    @Test
    void expiredTokenIsReportedAndEndsTheSession() {
        Session session = open();
        session.signIn(Identity.user("Ana", Set.of(), clock.instant().plusSeconds(5), Optional.empty()));
        passSeconds(4);
        assertThat(transport.takeFrames()).isEmpty();
        passSeconds(1);
        assertThat(transport.takeFrame()).contains("\"type\":\"error\"").contains("\"code\":\"token_expired\"");
        assertThat(transport.takeCloses()).isEmpty();
        transport.complete();
        assertThat(transport.takeCloses()).containsExactly(CloseCode.TOKEN_EXPIRED);
    }

    @Test
    void renewedTokenKeepsTheSession() {
        Session session = open();
        session.signIn(Identity.user("Ana", Set.of(), clock.instant().plusSeconds(5), Optional.empty()));
        passSeconds(4);
        session.signIn(Identity.user("Ana", Set.of(), clock.instant().plusSeconds(60), Optional.empty()));
        passSeconds(10);
        assertThat(session.isEnded()).isFalse();
    }

    @Test
    void closeThatWaitsForASecondIsForced() {
        Session session = signedIn();
        session.offer(Encoded.of("1"));
        session.flush();
        transport.takeFrame();
        session.close(CloseCode.GOING_AWAY);
        passSeconds(1);
        assertThat(transport.takeCloses()).containsExactly(CloseCode.GOING_AWAY);
    }
}
