package dev.parley.server.backplane;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BatchPaceTest {
    private static final long START = Long.MAX_VALUE - 5;
    private static final int ENOUGH = 100;

    private final BatchPace pace = new BatchPace(ENOUGH, Duration.ofMillis(5), START);

    private static long ms(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }

    @Test
    void firstBatchIsDueAtOnce() {
        assertThat(pace.dueIn(START)).isZero();
    }

    @Test
    void nextOneWaitsThreeTimesAsLongAsTheLastTookWhereSomethingCameMeanwhile() {
        pace.written(START, START + ms(1), 1);
        assertThat(pace.dueIn(START + ms(1))).isEqualTo(ms(3));
        assertThat(pace.dueIn(START + ms(3))).isEqualTo(ms(1));
        assertThat(pace.dueIn(START + ms(50))).isNegative();
    }

    @Test
    void senderThatWaitsForEachAnswerIsNotDelayed() {
        pace.written(START, START + ms(2), 0);
        assertThat(pace.dueIn(START + ms(2))).isZero();
    }

    @Test
    void batchThatIsLargeAlreadyIsNotDelayed() {
        pace.written(START, START + ms(2), ENOUGH);
        assertThat(pace.dueIn(START + ms(2))).isZero();
    }

    @Test
    void slowDiskDelaysNobodyForLong() {
        pace.written(START, START + ms(500), 7);
        assertThat(pace.dueIn(START + ms(500))).isEqualTo(ms(5));
    }
}
