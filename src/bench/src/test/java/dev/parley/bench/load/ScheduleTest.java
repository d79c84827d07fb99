package dev.parley.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
    private static final long BEGIN = Long.MAX_VALUE - 1_000;

    @ParameterizedTest
    @ValueSource(doubles = {0.5, 3, 20, 1_000, 33_333})
    void aMessageIsDueFromItsTimeOn(double perSecond) {
        // The monotonic clock may overflow.
        Schedule schedule = new Schedule(100, BEGIN, perSecond, 50);
        for (long number = schedule.first(); number < schedule.end(); number++) {
            long due = schedule.dueAt(number);
            assertThat(schedule.dueBefore(due + 2)).as("message %d", number).isEqualTo(number + 1);
            assertThat(schedule.dueBefore(due - 2)).as("message %d", number).isEqualTo(number);
        }
    }

    @Test
    void nothingIsDueBeforeTheBeginOrBehindTheEnd() {
        Schedule schedule = Schedule.lasting(7, BEGIN, 10, 2);
        assertThat(schedule.count()).isEqualTo(20);
        assertThat(schedule.dueBefore(BEGIN - 1)).isEqualTo(7);
        assertThat(schedule.dueBefore(BEGIN + 60_000_000_000L)).isEqualTo(27);
        assertThat(schedule.numberAfter(0.5)).isEqualTo(12);
        assertThat(schedule.numberAfter(60)).isEqualTo(27);
    }

    @Test
    void aRateIsPositive() {
        assertThatThrownBy(() -> new Schedule(0, 0, 0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Schedule(0, 0, Double.NaN, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void everyMessageIsSentOnceInOrderAndNotBeforeItIsDue() throws InterruptedException {
        Schedule schedule = new Schedule(5, System.nanoTime(), 2_000, 100);
        List<Long> sent = Collections.synchronizedList(new ArrayList<>());
        List<Long> early = Collections.synchronizedList(new ArrayList<>());
        Pacer pacer = Pacer.start(schedule, number -> {
            sent.add(number);
            if (System.nanoTime() - schedule.dueAt(number) < 0) {
                early.add(number);
            }
        });
        assertThat(pacer.awaitEnd()).isEqualTo(105);
        assertThat(sent)
                .containsExactlyElementsOf(LongStream.range(5, 105).boxed().toList());
        assertThat(early).isEmpty();
    }

    @Test
    void aPacerThatIsStoppedSaysHowFarItCame() throws InterruptedException {
        Pacer pacer = Pacer.start(new Schedule(0, System.nanoTime(), 0.001, 100), number -> {});
        while (pacer.next() == 0) {
            Thread.onSpinWait();
        }
        assertThat(pacer.stop()).isEqualTo(1);
    }
}
