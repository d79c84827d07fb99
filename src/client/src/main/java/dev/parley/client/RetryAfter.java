package dev.parley.client;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** The header of an HTTP answer that says when to come back (RFC 9110 section 10.2.3). */
final class RetryAfter {
    private RetryAfter() {}

    /** @param value seconds or a date; empty for anything else */
    static Optional<Duration> of(String value, Instant now) {
        try {
            return Optional.of(Backoff.ordered(
                    value.chars().allMatch(c -> c >= '0' && c <= '9')
                            ? Duration.ofSeconds(Long.parseLong(value))
                            : Duration.between(
                                    now,
                                    ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                                            .toInstant())));
        } catch (NumberFormatException | DateTimeException e) {
            return Optional.empty();
        }
    }
}
