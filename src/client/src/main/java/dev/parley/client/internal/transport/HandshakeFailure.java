package dev.parley.client.internal.transport;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/** No connection came about. */
final class HandshakeFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient OptionalInt status;
    private final transient HandshakeHeaders.Answer answer;

    /**
     * @param status of the HTTP answer, if there was one and the container shows it
     * @param answer what the same answer's headers say
     */
    HandshakeFailure(String message, OptionalInt status, HandshakeHeaders.Answer answer, Throwable cause) {
        super(message, cause);
        this.status = status;
        this.answer = answer;
    }

    OptionalInt status() {
        return status;
    }

    Optional<Duration> retryAfter() {
        return answer.retryAfter();
    }

    boolean isTokenExpired() {
        return answer.isTokenExpired();
    }
}
