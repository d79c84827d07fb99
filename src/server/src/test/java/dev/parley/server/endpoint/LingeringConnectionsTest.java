package dev.parley.server.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.session.HandshakePrincipal;
import dev.parley.server.session.HandshakeResult;
import dev.parley.server.session.ManualClock;
import jakarta.websocket.Session;
import java.security.Principal;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LingeringConnectionsTest {
    private final RecordingWebSocket webSocket = new RecordingWebSocket();
    /** Held, as a container does while the connection lives. */
    private final Session session = webSocket.session();

    private final ManualClock clock = new ManualClock();
    private final LingeringConnections lingering = new LingeringConnections(clock, Runnable::run);

    @Test
    void connectionEndsOnceWhenItsTimeIsOver() {
        lingering.add(session, 2_000);
        clock.advance(Duration.ofMillis(9_999));
        lingering.sweep();
        assertThat(webSocket.idleTimeouts).containsExactly(2_000L);

        clock.advance(Duration.ofMillis(1));
        lingering.sweep();
        lingering.sweep();
        assertThat(webSocket.idleTimeouts).containsExactly(2_000L, 1L);
    }

    /** No timer ends a connection of Undertow's that neither reads nor writes. */
    @Test
    void connectionOfUndertowIsClosedWhenItsTimeIsOver() {
        RecordingWebSocket undertow = new RecordingWebSocket();
        Session undertowSession = undertow.undertowSession();
        lingering.add(undertowSession, 2_000);
        clock.advance(Duration.ofMillis(9_999));
        lingering.sweep();
        assertThat(undertow.channel.isOpen()).isTrue();

        clock.advance(Duration.ofMillis(1));
        lingering.sweep();
        assertThat(undertow.channel.isOpen()).isFalse();
        assertThat(undertowSession.isOpen()).isTrue();
    }

    /** As Grizzly's, which waits after a close until all was written. */
    public static final class GrizzlyConnection {
        private boolean isOpen = true;

        public boolean isOpen() {
            return isOpen;
        }

        public void terminateSilently() {
            isOpen = false;
        }
    }

    private static Optional<Principal> arrivedBy(GrizzlyConnection connection) {
        HandshakeResult handshake = new HandshakeResult(Optional.empty(), "192.0.2.1");
        return Optional.of(new HandshakePrincipal(handshake, Optional.of(connection)));
    }

    /** Tyrus has closed its session by then, and forgotten it. */
    @Test
    void connectionOfGrizzlyIsClosedWhenItsTimeIsOver() {
        GrizzlyConnection grizzly = new GrizzlyConnection();
        webSocket.principal = arrivedBy(grizzly);
        lingering.watch(session, 2_000);
        webSocket.isEnded = true;
        clock.advance(Duration.ofMillis(9_999));
        lingering.sweep();
        assertThat(grizzly.isOpen).isTrue();

        clock.advance(Duration.ofMillis(1));
        lingering.sweep();
        assertThat(grizzly.isOpen).isFalse();
        assertThat(webSocket.calls).isEmpty();
    }

    /** A ping that waits for the peer holds the close up, so the session may still be open. */
    @Test
    void connectionOfLibertyIsClosedWhenItsTimeIsOver() {
        RecordingWebSocket liberty = new RecordingWebSocket();
        Session libertySession = liberty.libertySession();
        lingering.watch(libertySession, 2_000);
        clock.advance(Duration.ofMillis(9_999));
        lingering.sweep();
        assertThat(liberty.link.status).isEqualTo("IO_OK");

        clock.advance(Duration.ofMillis(1));
        lingering.sweep();
        assertThat(liberty.closeCode).isPresent();
        assertThat(liberty.link.status).isEqualTo("CLOSED");
    }

    @Test
    void connectionOfLibertyThatWaitsForTheCloseOfItsPeerIsClosedToo() {
        RecordingWebSocket liberty = new RecordingWebSocket();
        Session libertySession = liberty.libertySession();
        lingering.add(libertySession, 2_000);
        liberty.isEnded = true;
        liberty.link.status = "LOCAL_CLOSING";
        clock.advance(Duration.ofSeconds(10));
        lingering.sweep();
        assertThat(liberty.link.status).isEqualTo("CLOSED");
        assertThat(liberty.closeCode).as("of a second close").isEmpty();
    }

    /** The thread that writes would be lost. */
    @Test
    void connectionOfLibertyIsNotClosedUnderAWriteThatMayEnd() {
        RecordingWebSocket liberty = new RecordingWebSocket();
        Session libertySession = liberty.libertySession();
        liberty.link.writeLinkStatus = "WRITING_PONG";
        lingering.watch(libertySession, 2_000);
        clock.advance(Duration.ofSeconds(39));
        lingering.sweep();
        assertThat(liberty.link.status).isEqualTo("IO_OK");

        clock.advance(Duration.ofSeconds(1));
        lingering.sweep();
        assertThat(liberty.link.status).isEqualTo("CLOSED");
        assertThat(libertySession.isOpen()).isFalse();
    }

    @Test
    void endedConnectionThatThrowsIsForgotten() {
        RecordingWebSocket ended = new RecordingWebSocket();
        ended.isBroken = true;
        Session endedSession = ended.session();
        lingering.add(endedSession, 2_000);
        lingering.add(session, 3_000);
        clock.advance(Duration.ofSeconds(15));

        lingering.sweep();
        lingering.sweep();

        assertThat(endedSession.isOpen()).isTrue();
        assertThat(ended.idleTimeouts).containsExactly(2_000L, 1L);
        assertThat(webSocket.idleTimeouts).containsExactly(3_000L, 1L);
    }

    @Test
    void connectionThatItsContainerKeepsAfterTheEndIsEnded() {
        lingering.watch(session, 2_000);
        assertThat(webSocket.calls).isEmpty();
        clock.advance(Duration.ofSeconds(10));

        lingering.sweep();

        assertThat(webSocket.idleTimeouts).containsExactly(1L);
    }

    @Test
    void closedConnectionIsNotTouched() {
        lingering.watch(session, 2_000);
        webSocket.isEnded = true;
        clock.advance(Duration.ofSeconds(10));

        lingering.sweep();

        assertThat(webSocket.calls).containsExactly("isOpen");
    }

    @Test
    void refusedConnectionEndsWithinTwoSeconds() {
        AtomicInteger ended = new AtomicInteger();
        RecordingWebSocket undertow = new RecordingWebSocket();
        Session refused = undertow.undertowSession();
        lingering.endSoon(refused, ended::incrementAndGet);
        clock.advance(Duration.ofMillis(999));
        lingering.sweep();
        assertThat(undertow.channel.isOpen()).isTrue();
        assertThat(ended).hasValue(0);

        clock.advance(Duration.ofMillis(1));
        lingering.sweep();
        lingering.sweep();
        assertThat(undertow.channel.isOpen()).isFalse();
        assertThat(ended).hasValue(1);
    }

    @Test
    void refusedConnectionThatEndedByItselfIsReportedByTheNextSweep() {
        AtomicInteger ended = new AtomicInteger();
        lingering.endSoon(session, ended::incrementAndGet);
        webSocket.isEnded = true;

        lingering.sweep();
        lingering.sweep();

        assertThat(ended).hasValue(1);
        assertThat(webSocket.calls).containsExactly("isOpen");
    }
}
