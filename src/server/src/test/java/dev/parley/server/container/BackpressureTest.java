package dev.parley.server.container;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BackpressureTest {
    private final Backpressure backpressure = new Backpressure();

    @Test
    void readerGoesOnWhileTheOutputIsReady() {
        backpressure.output(true);
        assertThat(backpressure.stops()).isFalse();
        assertThat(backpressure.resumes()).isFalse();
    }

    @Test
    void readerStopsWhileTheOutputWaitsAndResumesOnce() {
        backpressure.output(false);
        assertThat(backpressure.stops()).isTrue();
        assertThat(backpressure.resumes()).as("the output still waits").isFalse();

        backpressure.output(true);
        assertThat(backpressure.resumes()).isTrue();
        assertThat(backpressure.resumes()).as("only one may go on").isFalse();
        assertThat(backpressure.stops()).isFalse();
    }

    @Test
    void readerThatDidNotNoticeTheWaitIsNotResumed() {
        backpressure.output(false);
        backpressure.output(true);
        assertThat(backpressure.resumes()).isFalse();
        assertThat(backpressure.stops()).isFalse();
    }

    @Test
    void outputThatWaitsAgainKeepsTheReaderStopped() {
        backpressure.output(false);
        assertThat(backpressure.stops()).isTrue();
        backpressure.output(true);
        backpressure.output(false);
        assertThat(backpressure.resumes()).isFalse();
    }

    @Test
    void stoppedReaderDoesNotGoOnByItself() {
        backpressure.output(false);
        assertThat(backpressure.stops()).isTrue();
        backpressure.output(true);
        assertThat(backpressure.stops())
                .as("whoever takes resumes() goes on, nobody else")
                .isTrue();
        assertThat(backpressure.resumes()).isTrue();
    }
}
