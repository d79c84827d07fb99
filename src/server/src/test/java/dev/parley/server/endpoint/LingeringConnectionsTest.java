package dev.parley.server.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.session.ManualClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LingeringConnectionsTest {
    private final RecordingWebSocket webSocket = new RecordingWebSocket();
    private final ManualClock clock = new ManualClock();
    private final LingeringConnections lingering = new LingeringConnections(clock);

    @Test
    void connectionEndsOnceWhenItsTimeIsOver() {
        lingering.add(webSocket.session(), 2_000);
        clock.advance(Duration.ofMillis(1_999));
        lingering.sweep();
        assertThat(webSocket.idleTimeouts).containsExactly(2_000L);

        clock.advance(Duration.ofMillis(1));
        lingering.sweep();
        lingering.sweep();
        assertThat(webSocket.idleTimeouts).containsExactly(2_000L, 1L);
    }

    @Test
    void endedConnectionThatThrowsIsForgotten() {
        RecordingWebSocket ended = new RecordingWebSocket();
        ended.isBroken = true;
        lingering.add(ended.session(), 2_000);
        lingering.add(webSocket.session(), 3_000);
        clock.advance(Duration.ofSeconds(3));

        lingering.sweep();
        lingering.sweep();

        assertThat(ended.idleTimeouts).containsExactly(2_000L, 1L);
        assertThat(webSocket.idleTimeouts).containsExactly(3_000L, 1L);
    }
}
