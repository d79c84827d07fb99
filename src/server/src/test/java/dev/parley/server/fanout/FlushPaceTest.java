package dev.parley.server.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FlushPaceTest {
    private static final long START = Long.MAX_VALUE - 5;

    private final FlushPace pace = new FlushPace(START);

    private static long ms(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }

    @Test
    void firstFlushIsDueAtOnce() {
        assertThat(pace.dueIn(START)).isZero();
    }

    @Test
    void nextOneWaitsThreeTimesAsLongAsTheLastOneTook() {
        pace.written(START, START + ms(3), 1);
        assertThat(pace.dueIn(START + ms(3))).isEqualTo(ms(9));
        assertThat(pace.dueIn(START + ms(11))).isEqualTo(ms(1));
    }

    @Test
    void readersOfManySmallRoomsDoNotWaitForEachOther() {
        pace.written(START, START + ms(3), 0);
        assertThat(pace.dueIn(START + ms(3))).isZero();
        pace.written(START, START + ms(4), 0.25);
        assertThat(pace.dueIn(START + ms(4))).isEqualTo(ms(3));
    }

    @Test
    void afterAPauseItIsDueAtOnce() {
        pace.written(START, START + ms(3), 1);
        assertThat(pace.dueIn(START + ms(50))).isNegative();
    }

    @Test
    void flushesBeginAtLeastOnceAPeriod() {
        pace.written(START, START + ms(10), 1);
        assertThat(pace.dueIn(START + ms(10))).isEqualTo(FlushPace.PERIOD_MAX_NANOS - ms(10));
    }

    @Test
    void flushThatTakesLongerIsFollowedAtOnce() {
        pace.written(START, START + ms(50), 1);
        assertThat(pace.dueIn(START + ms(50))).isZero();
    }

    @Test
    void writersThatTakeTooLongAreNotWaitedFor() {
        pace.begun(START);
        assertThat(pace.dueIn(START + ms(1))).isPositive();
        assertThat(pace.dueIn(START + FlushPace.WRITING_MAX_NANOS)).isZero();
    }
}
