package dev.parley.client;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/** No line came about. */
final class HandshakeFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient OptionalInt status;
    private final transient Optional<Duration> retryAfter;

    /**
     * @param status of the HTTP answer, if there was one and the container shows it
     * @param retryAfter of the same answer
     */
    HandshakeFailure(String message, OptionalInt status, Optional<Duration> retryAfter, Throwable cause) {
        super(message, cause);
        this.status = status;
        this.retryAfter = retryAfter;
    }

    OptionalInt status() {
        return status;
    }

    Optional<Duration> retryAfter() {
        return retryAfter;
    }
}
