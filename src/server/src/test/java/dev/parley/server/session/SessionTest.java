package dev.parley.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ServerMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SessionTest {
    private static final int MAX_BYTES = 100;

    private final RecordingTransport transport = RecordingTransport.holding();
    private final List<Session> ended = new ArrayList<>();
    private final TrafficCounters traffic = new TrafficCounters();
    private final Session session = TestSession.on(transport)
            .maxBytes(MAX_BYTES)
            .traffic(traffic)
            .whenEnded(ended::add)
            .open();
    private final Log log = new Log();

    /** The log entries of the session. */
    private static final class Log extends Handler {
        private final Logger logger = Logger.getLogger(Session.class.getName());
        private final List<String> lines = new ArrayList<>();

        @Override
        public void publish(LogRecord entry) {
            lines.add(new SimpleFormatter().formatMessage(entry));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    @BeforeEach
    void listen() {
        log.logger.setLevel(Level.INFO);
        log.logger.addHandler(log);
    }

    @AfterEach
    void nothingElseHappened() {
        log.logger.removeHandler(log);
        transport.assertExhausted();
    }

    @Test
    void signsInOnce() {
        assertThat(session.isSignedIn()).isFalse();
        session.signIn(TestSession.guest("Ana"));
        assertThat(session.isSignedIn()).isTrue();
        assertThat(session.signedInAs().name()).isEqualTo("Ana");
    }

    @Test
    void endedSessionNeverSignsInAgain() {
        session.end(1006, "");
        session.signIn(TestSession.guest("Ana"));
        assertThat(session.isSignedIn()).isFalse();
        assertThat(session.isEnded()).isTrue();
    }

    @Test
    void endsAndIsLoggedOnce() {
        session.end(1001, "bye");
        session.end(1006, "");
        assertThat(ended).containsExactly(session);
        assertThat(log.lines)
                .singleElement()
                .asString()
                .startsWith("closed /chat of nobody at 192.0.2.1: 1001 bye after ");
        assertThat(transport.takeCloses())
                .as("Tyrus sends its close frame after @OnClose")
                .isEmpty();
    }

    @Test
    void waitingMessagesOfAnEndedSessionAreDiscarded() {
        session.answer(new ServerMessage.Pong(Optional.of("a")));
        session.answer(new ServerMessage.Pong(Optional.of("b")));
        assertThat(session.end(1006, "")).as("ended by the container").isTrue();
        transport.complete();
        session.close(CloseCode.GOING_AWAY);
        assertThat(transport.takeFrames()).hasSize(1);
    }

    @Test
    void ourCloseCodeWinsOverTheContainersAbnormal() {
        transport.whenClosing(code -> session.end(1006, "no close frame"));
        session.signIn(TestSession.guest("Ana"));
        session.closeNow(CloseCode.HEARTBEAT_TIMEOUT);
        assertThat(log.lines)
                .singleElement()
                .asString()
                .startsWith("closed /chat of Ana at 192.0.2.1: 4001 heartbeat_timeout after ");
        assertThat(transport.takeCloses()).containsExactly(CloseCode.HEARTBEAT_TIMEOUT);
    }

    @Test
    void endIsReportedOnceIfContainerCallsBackInsideClose() {
        List<Boolean> isEndedByContainer = new ArrayList<>();
        transport.whenClosing(code -> isEndedByContainer.add(session.end(code.number(), "")));
        session.close(CloseCode.GOING_AWAY);
        session.end(1001, "");
        assertThat(isEndedByContainer).containsExactly(false);
        assertThat(ended).containsExactly(session);
        assertThat(transport.takeCloses()).containsExactly(CloseCode.GOING_AWAY);
    }

    @Test
    void endIsReportedIfTheContainerNeverCallsBack() {
        session.closeNow(CloseCode.GOING_AWAY);
        assertThat(ended).containsExactly(session);
        assertThat(transport.takeCloses()).containsExactly(CloseCode.GOING_AWAY);
    }

    @Test
    void peersReasonIsLoggedWithoutControlCharacters() {
        session.end(4999, "two\nlines");
        assertThat(log.lines).singleElement().asString().contains("4999 two\uFFFDlines");
    }

    @Test
    void slowConsumerIsClosedNotBuffered() {
        session.offer(Encoded.of("x".repeat(MAX_BYTES)));
        session.offer(Encoded.of("x"));
        assertThat(transport.takeCloses()).containsExactly(CloseCode.SLOW_CONSUMER);
        assertThat(session.isEnded()).isTrue();
    }

    @Test
    void latestValueOverTheBoundClosesTheSlowConsumerToo() {
        session.offer(Encoded.of("x".repeat(MAX_BYTES)));
        session.offerLatest("cpu", Encoded.of("x"));
        assertThat(transport.takeCloses()).containsExactly(CloseCode.SLOW_CONSUMER);
    }

    @Test
    void onlyQueuedMessagesCountAsDeliveries() {
        session.offer(Encoded.of("x".repeat(MAX_BYTES)));
        session.offer(Encoded.of("x"));
        session.offer(Encoded.of("x"));
        assertThat(traffic.deliveriesOut()).isOne();
        transport.takeCloses();
    }

    @Test
    void answerLeavesAtOnce() {
        session.answer(new ServerMessage.Pong(Optional.of("a")));
        assertThat(transport.takeFrame()).isEqualTo("{\"type\":\"pong\",\"id\":\"a\"}");
    }

    @Test
    void sessionThatEndedWhileItWasAddedIsNotKept() {
        Sessions sessions = new Sessions(new Sessions.Caps(0, 0, 0));
        session.end(1006, "");
        sessions.add(session);
        assertThat(sessions.count()).isZero();
    }
}
