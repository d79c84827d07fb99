package dev.parley.server.session.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.session.ManualClock;
import dev.parley.server.session.RecordingTransport;
import dev.parley.server.session.Session;
import dev.parley.server.session.Sessions;
import dev.parley.server.session.TestSession;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SessionBalanceTest {
    private final ManualClock clock = new ManualClock();
    private final Sessions sessions = new Sessions(new Sessions.Caps(0, 0, 0));
    private final List<Session> opened = new ArrayList<>();
    private final List<Session> sentAway = new ArrayList<>();
    private final SessionBalance balance = new SessionBalance(
            10,
            sessions,
            new DrainPace(Duration.ZERO, 100, Duration.ofSeconds(20), Duration.ofMillis(500)),
            (session, reconnectAfter) -> {
                assertThat(reconnectAfter).isBetween(Duration.ofSeconds(1), Duration.ofMillis(1_500));
                sentAway.add(session);
            },
            new Random(1));

    private void open(int count) {
        for (int i = 0; i < count; i++) {
            Session session = TestSession.on(RecordingTransport.completing())
                    .clock(clock)
                    .whenEnded(sessions::remove)
                    .open();
            sessions.add(session);
            opened.add(session);
            clock.advance(Duration.ofMillis(1));
        }
    }

    @Test
    void oldestSessionsLeaveInBatches() {
        open(500);
        for (int i = 0; i < BalancePolicy.PATIENCE_MIN; i++) {
            balance.counted(List.of(0L));
        }
        balance.step();
        assertThat(sentAway).containsExactlyElementsOf(opened.subList(0, 10));
        for (int i = 0; i < 10; i++) {
            balance.step();
        }
        assertThat(sentAway).containsExactlyElementsOf(opened.subList(0, 50));
    }

    @Test
    void nobodyLeavesANodeThatIsNotFull() {
        open(500);
        for (int i = 0; i < 10 * BalancePolicy.PATIENCE_MIN; i++) {
            balance.counted(List.of(500L));
            balance.step();
        }
        assertThat(sentAway).isEmpty();
    }
}
