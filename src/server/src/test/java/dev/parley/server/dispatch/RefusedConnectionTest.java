package dev.parley.server.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.auth.RecordingLog;
import dev.parley.server.session.EndpointType;
import dev.parley.server.session.HandshakeResult;
import dev.parley.server.session.RecordingTransport;
import dev.parley.server.session.Sessions;
import dev.parley.server.session.Transport;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RefusedConnectionTest {
    private static final String ADDRESS = "192.0.2.1";
    private static final String FRAME = "the refusal";
    private static final HandshakeResult REFUSED = HandshakeResult.refused(
            ADDRESS,
            new HandshakeResult.Refusal(
                    ServerMessage.Error.of(Optional.empty(), ErrorCode.LOGIN_REFUSED, "It is no token."),
                    CloseCode.LOGIN_REFUSED));

    private final Sessions sessions = new Sessions(new Sessions.Caps(10, 0, 1));

    private RefusedConnection on(Transport transport) {
        RefusedConnection refused = new RefusedConnection(EndpointType.CHAT, REFUSED, FRAME, transport, sessions);
        refused.tell();
        return refused;
    }

    @Test
    void closeFollowsTheCompletionOfTheSend() {
        RecordingTransport transport = RecordingTransport.holding();
        on(transport);
        assertThat(transport.takeFrame()).isEqualTo(FRAME);
        assertThat(transport.takeCloses()).isEmpty();

        transport.complete();

        assertThat(transport.takeClose()).isEqualTo(CloseCode.LOGIN_REFUSED);
        transport.assertExhausted();
    }

    @Test
    void failedSendClosesToo() {
        RecordingTransport transport = RecordingTransport.holding();
        on(transport);
        assertThat(transport.takeFrame()).isEqualTo(FRAME);

        transport.fail();

        assertThat(transport.takeClose()).isEqualTo(CloseCode.LOGIN_REFUSED);
        transport.assertExhausted();
    }

    /** Tyrus may hold the lock of its session while it reports the completion. */
    @Test
    void closeIsNeverMadeInsideTheSend() {
        RecordingTransport transport = RecordingTransport.completing().whenClosing(code -> {
            boolean isInsideSend = StackWalker.getInstance()
                    .walk(frames ->
                            frames.anyMatch(frame -> frame.getClassName().equals(RecordingTransport.class.getName())
                                    && frame.getMethodName().equals("send")));
            assertThat(isInsideSend).isFalse();
        });

        on(transport);

        assertThat(transport.takeFrame()).isEqualTo(FRAME);
        assertThat(transport.takeCloses()).containsExactly(CloseCode.LOGIN_REFUSED);
        transport.assertExhausted();
    }

    @Test
    void connectionCountsUntilItHasEnded() {
        RefusedConnection refused = on(RecordingTransport.completing());
        assertThat(sessions.isCrowded(ADDRESS)).isTrue();
        assertThat(sessions.count()).isZero();

        refused.ended();

        assertThat(sessions.isCrowded(ADDRESS)).isFalse();
    }

    @Test
    void logSaysThatTheConnectionWasRefused() {
        try (RecordingLog log = RecordingLog.of(RefusedConnection.class)) {
            on(RecordingTransport.completing());

            assertThat(log.lines()).containsExactly("INFO refused /chat of nobody at 192.0.2.1: 4501 login_refused");
        }
    }
}
