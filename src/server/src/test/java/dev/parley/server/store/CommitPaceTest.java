package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CommitPaceTest {
    private static final long START = Long.MAX_VALUE - 5;

    private final CommitPace pace = new CommitPace(START);

    private static long ms(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }

    @Test
    void firstGroupIsDueAtOnce() {
        assertThat(pace.dueIn(START)).isZero();
    }

    @Test
    void nextOneWaitsThreeTimesAsLongAsTheCommitTookWhereMessagesCameMeanwhile() {
        pace.committed(START, START + ms(1), 1);
        assertThat(pace.dueIn(START + ms(1))).isEqualTo(ms(3));
        assertThat(pace.dueIn(START + ms(3))).isEqualTo(ms(1));
        assertThat(pace.dueIn(START + ms(50))).isNegative();
    }

    @Test
    void senderThatWaitsForEachAckIsNotDelayed() {
        pace.committed(START, START + ms(2), 0);
        assertThat(pace.dueIn(START + ms(2))).isZero();
    }

    @Test
    void groupThatIsLargeAlreadyIsNotDelayed() {
        pace.committed(START, START + ms(2), CommitPace.ENOUGH);
        assertThat(pace.dueIn(START + ms(2))).isZero();
    }

    @Test
    void slowDiskDelaysNobodyForLong() {
        pace.committed(START, START + ms(500), 7);
        assertThat(pace.dueIn(START + ms(500))).isEqualTo(CommitPace.DELAY_MAX_NANOS);
    }
}
