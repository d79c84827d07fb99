package dev.parley.client.internal.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.client.internal.loop.Heartbeat.Verdict;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class HeartbeatTest {
    private static final OptionalLong IDLE = OptionalLong.empty();
    private final long start = Long.MAX_VALUE - 10;
    private final Heartbeat heartbeat = new Heartbeat(30, 10, start);

    @Test
    void trafficKeepsTheConnectionAlive() {
        heartbeat.received(start + 29);
        assertThat(heartbeat.check(IDLE, start + 30)).isEqualTo(Verdict.ALIVE);
        assertThat(heartbeat.nextCheck(IDLE)).isEqualTo(start + 59);
    }

    @Test
    void silenceCausesOnePingAndThenTheEnd() {
        assertThat(heartbeat.check(IDLE, start + 30)).isEqualTo(Verdict.SEND_PING);
        heartbeat.received(start + 5);
        assertThat(heartbeat.check(IDLE, start + 35)).isEqualTo(Verdict.ALIVE);
        assertThat(heartbeat.nextCheck(IDLE)).isEqualTo(start + 40);
        assertThat(heartbeat.check(IDLE, start + 40)).isEqualTo(Verdict.DEAD);
    }

    @Test
    void anyTrafficAfterAPingIsAnAnswer() {
        heartbeat.check(IDLE, start + 30);
        heartbeat.received(start + 31);
        assertThat(heartbeat.check(IDLE, start + 60)).isEqualTo(Verdict.ALIVE);
        assertThat(heartbeat.check(IDLE, start + 61)).isEqualTo(Verdict.SEND_PING);
    }

    @Test
    void stalledSendMeansADeadConnection() {
        heartbeat.received(start + 9);
        assertThat(heartbeat.nextCheck(OptionalLong.of(start))).isEqualTo(start + 10);
        assertThat(heartbeat.check(OptionalLong.of(start), start + 10)).isEqualTo(Verdict.DEAD);
    }
}
