package dev.parley.client.internal.transport;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** When to come back, as a server orders it, also in the header of an HTTP answer (RFC 9110 section 10.2.3). */
public final class RetryAfter {
    /** A server that orders less must not be asked in a loop. */
    static final Duration MIN = Duration.ofSeconds(1);

    /** A server cannot send a client away for longer; nobody would look for the reason after a year. */
    static final Duration MAX = Duration.ofHours(1);

    private RetryAfter() {}

    /** The delay that a server orders, as far as it is obeyed: within {@link #MIN} and {@link #MAX}. */
    public static Duration clamp(Duration delay) {
        if (delay.compareTo(MIN) < 0) {
            return MIN;
        }
        return delay.compareTo(MAX) > 0 ? MAX : delay;
    }

    /** @param value seconds or a date; empty for anything else */
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
