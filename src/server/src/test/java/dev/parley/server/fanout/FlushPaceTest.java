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
    void nextOneWaitsTwiceAsLongAsTheLastOneTook() {
        pace.written(START, START + ms(3));
        assertThat(pace.dueIn(START + ms(3))).isEqualTo(ms(6));
        assertThat(pace.dueIn(START + ms(8))).isEqualTo(ms(1));
    }

    @Test
    void afterAPauseItIsDueAtOnce() {
        pace.written(START, START + ms(3));
        assertThat(pace.dueIn(START + ms(50))).isNegative();
    }

    @Test
    void waitIsBounded() {
        pace.written(START, START + ms(500));
        assertThat(pace.dueIn(START + ms(500))).isEqualTo(FlushPace.DELAY_MAX_NANOS);
    }

    @Test
    void writersThatTakeTooLongAreNotWaitedFor() {
        pace.begun(START);
        assertThat(pace.dueIn(START + ms(1))).isPositive();
        assertThat(pace.dueIn(START + FlushPace.WRITING_MAX_NANOS)).isZero();
    }
}
