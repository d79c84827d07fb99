package dev.parley.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.System.Logger;
import java.util.ArrayList;
import java.util.List;
import java.util.ResourceBundle;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LogThrottleTest {
    private final AtomicLong nanos = new AtomicLong();
    private final RecordedLines lines = new RecordedLines();
    private final LogThrottle throttle = new LogThrottle(lines, nanos::get);

    @Test
    void errorOfAKindIsLoggedOncePerMinute() {
        for (int i = 0; i < 1_000; i++) {
            throttle.error("A bug.", bug("request " + i));
        }

        assertThat(lines.logged).containsExactly("A bug. request 0");
    }

    @Test
    void nextLogEntryCountsTheSuppressedOnes() {
        for (int i = 0; i < 1_000; i++) {
            throttle.error("A bug.", bug("early"));
        }
        nanos.addAndGet(LogThrottle.PERIOD.toNanos());
        throttle.error("A bug.", bug("late"));
        nanos.addAndGet(LogThrottle.PERIOD.toNanos());
        throttle.error("A bug.", bug("last"));

        assertThat(lines.logged)
                .containsExactly(
                        "A bug. early",
                        "A bug. 999 more of this kind were not logged since the last one. late",
                        "A bug. last");
    }

    @Test
    void otherExceptionOrPlaceIsAnotherKind() {
        throttle.error("A bug.", bug("here"));
        throttle.error("A bug.", new IllegalStateException("elsewhere"));
        throttle.error("A bug.", new IllegalArgumentException("of another class"));
        throttle.error("Another bug.", bug("with other words"));

        assertThat(lines.logged).hasSize(4);
    }

    @Test
    void numberOfKindsIsBounded() {
        IntStream.range(0, 3 * LogThrottle.KINDS_MAX).forEach(i -> throttle.error("Bug " + i, bug("")));

        assertThat(lines.logged).hasSize(LogThrottle.KINDS_MAX + 1);
    }

    private static RuntimeException bug(String message) {
        return new IllegalStateException(message);
    }

    /** Records the sentence and the exception's message of each entry. */
    private static final class RecordedLines implements Logger {
        private final List<String> logged = new ArrayList<>();

        @Override
        public String getName() {
            return "recorded";
        }

        @Override
        public boolean isLoggable(Level level) {
            return true;
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String sentence, Throwable thrown) {
            logged.add((sentence + " " + thrown.getMessage()).strip());
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... arguments) {
            throw new AssertionError("An error has its exception.");
        }
    }
}
