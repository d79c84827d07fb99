package dev.parley.client.internal.transport;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/**
 * The delay before the next attempt that a server demands: in a message, or in the header of an HTTP answer (RFC 9110
 * section 10.2.3).
 */
public final class RetryAfter {
    /** Minimum, so that a server that demands less is not called in a fast loop. */
    static final Duration MIN = Duration.ofSeconds(1);

    /** Maximum. A server cannot keep a client away for longer; after a year, nobody would find the reason. */
    static final Duration MAX = Duration.ofHours(1);

    private RetryAfter() {}

    /** Limits the delay that a server demands to {@link #MIN} and {@link #MAX}. */
    public static Duration clamp(Duration delay) {
        if (delay.compareTo(MIN) < 0) {
            return MIN;
        }
        return delay.compareTo(MAX) > 0 ? MAX : delay;
    }

    /**
     * Parses the header.
     *
     * @param value seconds or a date; the result is empty for anything else
     */
    static Optional<Duration> of(String value, Instant now) {
        try {
            return Optional.of(clamp(
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
