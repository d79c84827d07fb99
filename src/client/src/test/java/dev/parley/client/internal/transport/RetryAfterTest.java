package dev.parley.client.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryAfterTest {
    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

    @ParameterizedTest
    @CsvSource({"0,1", "1,1", "120,120", "3601,3600", "999999999,3600"})
    void secondsAreLimitedToOneSecondAndOneHour(String value, long seconds) {
        assertThat(RetryAfter.of(value, NOW)).contains(Duration.ofSeconds(seconds));
    }

    @Test
    void dateIsObeyedAndAPastDateMeansOneSecond() {
        assertThat(RetryAfter.of("Sat, 31 Jan 2026 12:00:30 GMT", NOW)).contains(Duration.ofSeconds(30));
        assertThat(RetryAfter.of("Sat, 31 Jan 2026 11:00:00 GMT", NOW)).contains(Duration.ofSeconds(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "soon", "-1", "1.5", "99999999999999999999"})
    void otherValuesAreIgnored(String value) {
        assertThat(RetryAfter.of(value, NOW)).isEmpty();
    }
}
