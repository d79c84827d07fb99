package dev.parley.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.client.Heartbeat.Verdict;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class HeartbeatTest {
    private static final OptionalLong IDLE = OptionalLong.empty();
    private final long start = Long.MAX_VALUE - 10;
    private final Heartbeat heartbeat = new Heartbeat(30, 10, start);

    @Test
    void trafficIsLife() {
        heartbeat.heard(start + 29);
        assertThat(heartbeat.look(IDLE, start + 30)).isEqualTo(Verdict.ALIVE);
        assertThat(heartbeat.nextLook(IDLE)).isEqualTo(start + 59);
    }

    @Test
    void silenceIsAskedOnceAndThenDead() {
        assertThat(heartbeat.look(IDLE, start + 30)).isEqualTo(Verdict.ASK);
        heartbeat.heard(start + 5);
        assertThat(heartbeat.look(IDLE, start + 35)).isEqualTo(Verdict.ALIVE);
        assertThat(heartbeat.nextLook(IDLE)).isEqualTo(start + 40);
        assertThat(heartbeat.look(IDLE, start + 40)).isEqualTo(Verdict.DEAD);
    }

    @Test
    void anythingAfterTheQuestionIsAnAnswer() {
        heartbeat.look(IDLE, start + 30);
        heartbeat.heard(start + 31);
        assertThat(heartbeat.look(IDLE, start + 60)).isEqualTo(Verdict.ALIVE);
        assertThat(heartbeat.look(IDLE, start + 61)).isEqualTo(Verdict.ASK);
    }

    @Test
    void aSendThatDoesNotLeaveIsADeadLine() {
        heartbeat.heard(start + 9);
        assertThat(heartbeat.nextLook(OptionalLong.of(start))).isEqualTo(start + 10);
        assertThat(heartbeat.look(OptionalLong.of(start), start + 10)).isEqualTo(Verdict.DEAD);
    }
}
