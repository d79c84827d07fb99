package dev.parley.client.internal.transport;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/** A handshake failed, so there is no connection. */
final class HandshakeFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient OptionalInt status;
    private final transient HandshakeHeaders.Answer answer;

    /**
     * @param status status of the HTTP answer, if there was one and the container exposes it
     * @param answer the relevant headers of that answer
     */
    HandshakeFailure(String message, OptionalInt status, HandshakeHeaders.Answer answer, Throwable cause) {
        super(message, cause);
        this.status = status;
        this.answer = answer;
    }

    /** The first error among the failure and its causes. */
    static Optional<Error> error(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof Error error) {
                return Optional.of(error);
            }
        }
        return Optional.empty();
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
