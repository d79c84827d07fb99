package dev.parley.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.CloseCode;
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
    private final RecordingLine line = RecordingLine.holding();
    private final Sessions sessions = new Sessions(new Sessions.Caps(0, 0, 0));
    private final List<Session> overdue = new ArrayList<>();
    private final Heartbeat heartbeat =
            new Heartbeat(sessions, new Heartbeat.Limits(INTERVAL, TIMEOUT, LOGIN, FRAME), clock, overdue::add);

    private Session open() {
        Session session =
                TestSession.on(line).clock(clock).whenEnded(sessions::remove).open();
        sessions.add(session);
        return session;
    }

    private Session signedIn() {
        Session session = open();
        session.signIn(Identity.guest("Ana"));
        return session;
    }

    /** Lets time pass, with a sweep each period, the last one at the end. */
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
        line.assertExhausted();
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
        assertThat(line.takePings()).isZero();
        passSeconds(3);
        assertThat(line.takePings()).isOne();
        passSeconds(5);
    }

    @Test
    void anySignOfLifeStartsTheIntervalAnew() {
        Session session = signedIn();
        passSeconds(25);
        session.heard();
        passSeconds(27);
        assertThat(line.takePings()).isZero();
        passSeconds(1);
        assertThat(line.takePings()).isOne();
    }

    @Test
    void unansweredPingEndsTheSessionWithinIntervalAndTimeout() {
        Session session = signedIn();
        pass(INTERVAL);
        assertThat(line.takePings()).isOne();
        assertThat(session.isEnded()).isFalse();
        pass(TIMEOUT);
        assertThat(session.isEnded()).isTrue();
        assertThat(line.takeCloses()).containsExactly(CloseCode.HEARTBEAT_TIMEOUT);
    }

    @Test
    void sessionThatAnswersPingsStaysOpenForAnHour() {
        Session session = signedIn();
        int pings = 0;
        for (int second = 0; second < 3_600; second++) {
            passSeconds(1);
            int sent = line.takePings();
            pings += sent;
            if (sent > 0) {
                session.heard();
            }
        }
        assertThat(session.isEnded()).isFalse();
        assertThat(pings).isBetween(3_600 / 30, 3_600 / 27);
    }

    @Test
    void pingThatCouldNotLeaveIsNotOwedAnAnswer() {
        Session session = signedIn();
        passSeconds(25);
        // A busy reader: a send is in flight whenever the sweep comes by, but none for long.
        for (int second = 0; second < 20; second++) {
            session.offer(Encoded.of("1"));
            session.flush();
            passSeconds(1);
            line.complete();
        }
        line.takeFrames();
        assertThat(session.isEnded()).isFalse();
        passSeconds(1);
        assertThat(line.takePings()).isOne();
    }

    @Test
    void sendInFlightForTheTimeoutEndsTheSession() {
        Session session = signedIn();
        session.offer(Encoded.of("1"));
        session.flush();
        line.takeFrame();
        passSeconds(10);
        assertThat(session.isEnded()).isFalse();
        session.heard();
        passSeconds(1);
        assertThat(line.takeCloses()).containsExactly(CloseCode.HEARTBEAT_TIMEOUT);
    }

    @Test
    void unfinishedFrameIsABrokenLine() {
        Session session = signedIn();
        session.incomplete();
        for (int second = 0; second < 15; second++) {
            passSeconds(1);
            session.heard();
            session.incomplete();
        }
        assertThat(line.takeCloses()).isEmpty();
        passSeconds(1);
        assertThat(line.takeCloses()).containsExactly(CloseCode.HEARTBEAT_TIMEOUT);
    }

    @Test
    void finishedMessageIsForgiven() {
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
        session.signIn(Identity.guest("Ana"));
        passSeconds(2);
        assertThat(overdue).hasSize(2);
    }

    @Test
    void expiredTokenIsSaidAndEndsTheSession() {
        Session session = open();
        session.signIn(Identity.user("Ana", Set.of(), clock.instant().plusSeconds(5), Optional.empty()));
        passSeconds(4);
        assertThat(line.takeFrames()).isEmpty();
        passSeconds(1);
        assertThat(line.takeFrame()).contains("\"type\":\"error\"").contains("\"code\":\"token_expired\"");
        assertThat(line.takeCloses()).isEmpty();
        line.complete();
        assertThat(line.takeCloses()).containsExactly(CloseCode.TOKEN_EXPIRED);
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
    void closeThatIsNotTakenWithinASecondHappensAtOnce() {
        Session session = signedIn();
        session.offer(Encoded.of("1"));
        session.flush();
        line.takeFrame();
        session.close(CloseCode.GOING_AWAY);
        passSeconds(1);
        assertThat(line.takeCloses()).containsExactly(CloseCode.GOING_AWAY);
    }
}
