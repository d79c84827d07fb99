package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class DatabaseClockTest {
    private static final Instant START = Instant.parse("2026-01-31T12:00:00Z");

    private Instant node = START;
    private final DatabaseClock clock = new DatabaseClock(() -> node);

    @Test
    void itIsTheNodesClockUntilTheDatabaseWasAsked() {
        assertThat(clock.instant()).isEqualTo(START);
        assertThat(clock.problem()).isEmpty();
    }

    @Test
    void itFollowsTheDatabase() {
        clock.seen(START, START.minus(Duration.ofHours(1)));
        node = START.plusSeconds(5);

        assertThat(clock.instant()).isEqualTo(START.plusSeconds(5).minus(Duration.ofHours(1)));
    }

    @Test
    void theAnswerIsTakenToBeFromTheMiddleOfTheQuestion() {
        node = START.plusMillis(200);
        clock.seen(START, START.plusMillis(100));

        assertThat(clock.instant()).isEqualTo(node);
    }

    @Test
    void aLateAnswerSaysNothing() {
        node = START.plusSeconds(2);
        clock.seen(START, START.plusSeconds(3600));

        assertThat(clock.instant()).isEqualTo(node);
    }

    @Test
    void moreThanAMinuteIsAProblemThatSaysWhatItDoes() {
        clock.seen(START, START.plusSeconds(59));
        assertThat(clock.problem()).isEmpty();

        clock.seen(START, START.plusSeconds(3600));
        assertThat(clock.problem()).hasValueSatisfying(text -> assertThat(text)
                .contains("3600 s behind the database's", "accepted here after they have expired"));

        clock.seen(START, START.minusSeconds(61));
        assertThat(clock.problem()).hasValueSatisfying(text -> assertThat(text)
                .contains("61 s ahead of the database's", "expire too early here"));
    }
}
