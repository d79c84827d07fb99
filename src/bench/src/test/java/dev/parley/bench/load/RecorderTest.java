package dev.parley.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class RecorderTest {
    private static final long LONG_AGO = -1_000_000_000;

    private final Recorder recorder = new Recorder();
    private final Schedule schedule = new Schedule(0, 0, 1_000, 100);

    private static long millis(long count) {
        return TimeUnit.MILLISECONDS.toNanos(count);
    }

    @Test
    void aDelayCountsFromTheTimeWhenTheMessageWasDue() {
        recorder.begin(schedule, 0, 100);
        recorder.record(10, millis(10 + 7), LONG_AGO);
        assertThat(recorder.delays().millis(50)).isCloseTo(7, Offset.offset(0.01));
        assertThat(recorder.delays().late().getTotalCount()).isZero();
    }

    @Test
    void messagesOutsideTheWindowDoNotCount() {
        recorder.begin(schedule, 10, 20);
        recorder.record(9, millis(50), LONG_AGO);
        recorder.record(20, millis(50), LONG_AGO);
        assertThat(recorder.delays().all().getTotalCount()).isZero();
    }

    @Test
    void aMessageThatWasDueWhileTheLineWasCutCountsFromItsReturn() {
        recorder.begin(schedule, 0, 100);
        recorder.record(10, millis(300), millis(290));
        assertThat(recorder.delays().maxMillis()).isCloseTo(10, Offset.offset(0.01));
        assertThat(recorder.delays().lateMillis(99)).isCloseTo(10, Offset.offset(0.01));
    }

    @Test
    void aNewWindowBeginsEmpty() {
        recorder.begin(schedule, 0, 100);
        recorder.record(1, millis(2), LONG_AGO);
        recorder.count(3);
        recorder.begin(schedule, 0, 100);
        assertThat(recorder.delays().all().getTotalCount()).isZero();
        assertThat(recorder.delivered()).isEqualTo(3);
    }
}
