package dev.parley.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ThreadLivenessTest {
    private final ManualClock clock = new ManualClock();
    private final ThreadLiveness liveness = new ThreadLiveness("fan-out", clock);

    @Test
    void silenceWhileWorkingIsAFault() {
        liveness.working();
        clock.advance(ThreadLiveness.SILENCE_MAX);
        assertThat(liveness.fault()).isEmpty();
        clock.advance(Duration.ofMillis(1));
        assertThat(liveness.fault())
                .contains("The thread of the fan-out has been stuck for more than 60 s; restart this node, its log"
                        + " says more.");
    }

    @Test
    void threadThatMakesProgressHasNoFault() {
        liveness.working();
        clock.advance(ThreadLiveness.SILENCE_MAX.multipliedBy(2));
        liveness.working();
        assertThat(liveness.fault()).isEmpty();
    }

    @Test
    void silenceOfAnIdleThreadIsNoFault() {
        clock.advance(Duration.ofDays(1));
        assertThat(liveness.fault()).as("before its first work").isEmpty();
        liveness.working();
        liveness.idle();
        clock.advance(Duration.ofDays(1));
        assertThat(liveness.fault()).isEmpty();
    }

    @Test
    void errorOfTheJvmIsAPermanentFault() {
        liveness.failed(new OutOfMemoryError("expected by this test"));
        liveness.working();
        assertThat(liveness.fault())
                .hasValueSatisfying(fault -> assertThat(fault).contains("OutOfMemoryError"));
    }

    @Test
    void classThatCannotBeLoadedIsAFault() {
        liveness.failed(new NoClassDefFoundError("expected by this test"));
        assertThat(liveness.fault()).isPresent();
    }

    @Test
    void bugIsNoFaultBecauseARestartWouldNotHelp() {
        liveness.failed(new IllegalStateException("expected by this test"));
        liveness.failed(new AssertionError("expected by this test"));
        liveness.failed(new StackOverflowError("expected by this test"));
        assertThat(liveness.fault()).isEmpty();
    }

    @Test
    void firstFaultIsReported() {
        liveness.failed(new OutOfMemoryError("expected by this test"));
        liveness.ended();
        assertThat(liveness.fault())
                .hasValueSatisfying(fault -> assertThat(fault).contains("OutOfMemoryError"));
    }
}
