package dev.parley.server.session.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.ManualClock;
import dev.parley.server.session.RecordingTransport;
import dev.parley.server.session.Session;
import dev.parley.server.session.Sessions;
import dev.parley.server.session.TestSession;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GracefulShutdownTest {
    private static final Duration DELAY = Duration.ofSeconds(5);
    private static final Duration SPREAD = Duration.ofMillis(500);

    private final ManualClock clock = new ManualClock();
    private final Sessions sessions = new Sessions(new Sessions.Caps(0, 0, 0));
    private final List<RecordingTransport> transports =
            Stream.generate(RecordingTransport::completing).limit(20).toList();
    private final GracefulShutdown shutdown = new GracefulShutdown(
            sessions,
            new DrainPace(Duration.ZERO, 1_000, Duration.ofSeconds(20), SPREAD),
            GracefulShutdownTest::sendAway,
            System::nanoTime,
            new Random(1));

    private static void sendAway(Session session, Duration reconnectAfter) {
        session.sendGoodbye(CloseCode.SERVICE_RESTART, reconnectAfter);
        session.close(CloseCode.SERVICE_RESTART);
    }

    /** Sends its sessions away when the test says that time has passed: 100 a second, after 5 s, within 20 s. */
    private GracefulShutdown stepwise() {
        return new GracefulShutdown(
                sessions,
                new DrainPace(DELAY, 100, Duration.ofSeconds(20), SPREAD),
                GracefulShutdownTest::sendAway,
                clock,
                new Random(1));
    }

    private void open(int count) {
        for (int i = 0; i < count; i++) {
            open(RecordingTransport.completing());
        }
    }

    private Session open(RecordingTransport transport) {
        Session session = TestSession.on(transport).whenEnded(sessions::remove).open();
        sessions.add(session);
        return session;
    }

    private static ServerMessage.Goodbye goodbye(RecordingTransport transport) {
        return (ServerMessage.Goodbye) MessageCodec.decodeServer(transport.takeFrame());
    }

    @Test
    void everySessionGetsAGoodbyeBeforeTheClose() {
        transports.forEach(this::open);
        shutdown.drain();
        for (RecordingTransport transport : transports) {
            ServerMessage.Goodbye goodbye = goodbye(transport);
            assertThat(goodbye.reason()).isEqualTo("service_restart");
            assertThat(goodbye.reconnectAfter()).isBetween(1_000L, 1_000 + SPREAD.toMillis());
            assertThat(transport.takeClose()).isEqualTo(CloseCode.SERVICE_RESTART);
            transport.assertExhausted();
        }
        assertThat(sessions.count()).isZero();
    }

    @Test
    void reconnectDelaysDiffer() {
        transports.forEach(this::open);
        shutdown.drain();
        Set<Long> times = new HashSet<>();
        transports.forEach(transport -> times.add(goodbye(transport).reconnectAfter()));
        assertThat(times).hasSizeGreaterThan(15);
    }

    @Test
    void waitingMessagesLeaveBeforeTheGoodbye() {
        RecordingTransport transport = RecordingTransport.completing();
        open(transport).offer(Encoded.of("1"));
        shutdown.drain();
        assertThat(transport.takeFrame()).isEqualTo("1");
        assertThat(transport.takeFrame()).contains("goodbye");
    }

    @Test
    void isDrainingUntilTheServerResumes() {
        assertThat(shutdown.isDraining()).isFalse();
        shutdown.drain();
        assertThat(shutdown.isDraining()).isTrue();
        shutdown.resume();
        assertThat(shutdown.isDraining()).isFalse();
    }

    @Test
    void admissionEndsBeforeTheGoodbyes() {
        boolean[] wasDraining = {false};
        open(RecordingTransport.completing().whenClosing(code -> wasDraining[0] = shutdown.isDraining()));
        shutdown.drain();
        assertThat(wasDraining[0]).isTrue();
    }

    @Test
    void listenersAreToldOnceAdmissionHasEnded() {
        boolean[] wasDraining = {false, false};
        transports.forEach(this::open);
        shutdown.onLeave(() -> wasDraining[0] = shutdown.isDraining());
        shutdown.onEnd(() -> wasDraining[1] = shutdown.isDraining());
        shutdown.drain();
        assertThat(wasDraining).containsExactly(true, true);
    }

    @Test
    void nodeWithoutSessionsDoesNotWait() {
        // The time of this clock does not pass: a wait would never end.
        stepwise().drain();
        assertThat(sessions.count()).isZero();
    }

    @Test
    void nobodyLeavesBeforeTheDelayIsOver() {
        open(10);
        GracefulShutdown stepwise = stepwise();
        stepwise.begin();
        clock.advance(DELAY.minusMillis(1));
        stepwise.step();
        assertThat(sessions.count()).isEqualTo(10);
        clock.advance(Duration.ofMillis(1));
        stepwise.step();
        assertThat(sessions.count()).isZero();
    }

    @Test
    void sessionsLeaveInBatches() {
        open(1_000);
        GracefulShutdown stepwise = stepwise();
        stepwise.begin();
        clock.advance(DELAY);
        stepwise.step();
        assertThat(sessions.count()).isEqualTo(990);
        clock.advance(Duration.ofSeconds(1));
        stepwise.step();
        assertThat(sessions.count()).isEqualTo(890);
        stepwise.step();
        assertThat(sessions.count()).isEqualTo(890);
    }

    @Test
    void rateIsRaisedWhereItWouldTakeTooLong() {
        open(10_000);
        GracefulShutdown stepwise = stepwise();
        stepwise.begin();
        clock.advance(DELAY.plusSeconds(10));
        stepwise.step();
        assertThat(sessions.count()).isBetween(4_900, 5_000);
        clock.advance(Duration.ofSeconds(10));
        stepwise.step();
        assertThat(sessions.count()).isZero();
    }

    @Test
    void clientsHaveTimeToAnswerTheLastCloses() {
        open(10);
        GracefulShutdown stepwise = stepwise();
        stepwise.begin();
        assertThat(stepwise.echoesLeft()).isZero();
        clock.advance(DELAY);
        stepwise.step();
        assertThat(stepwise.echoesLeft()).isEqualTo(Duration.ofMillis(500));
        clock.advance(Duration.ofMillis(200));
        stepwise.drain();
        assertThat(stepwise.echoesLeft()).as("nobody was left").isEqualTo(Duration.ofMillis(300));
        clock.advance(Duration.ofMillis(301));
        assertThat(stepwise.echoesLeft()).isZero();
    }

    @Test
    void drainThatIsTakenBackSendsNobodyAway() {
        open(10);
        GracefulShutdown stepwise = stepwise();
        stepwise.begin();
        clock.advance(Duration.ofSeconds(1));
        stepwise.resume();
        clock.advance(DELAY);
        stepwise.step();
        assertThat(sessions.count()).isEqualTo(10);

        stepwise.begin();
        stepwise.step();
        assertThat(sessions.count()).as("the delay begins again").isEqualTo(10);
    }
}
