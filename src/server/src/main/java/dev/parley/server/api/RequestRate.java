package dev.parley.server.api;

import dev.parley.protocol.ErrorCode;
import dev.parley.server.http.Problem;
import java.util.Optional;
import java.util.OptionalLong;

/** The response to a caller that exceeds the request rate. */
public final class RequestRate {
    private RequestRate() {}

    /** @param retryAfter delay in ms from the rate limiter; empty if the request is allowed */
    public static Optional<Problem> refusal(OptionalLong retryAfter) {
        return retryAfter.isEmpty()
                ? Optional.empty()
                : Optional.of(Problem.of(429, ErrorCode.RATE_LIMITED.wireName(), "You are asking faster than allowed.")
                        .with("Retry-After", Long.toString(retryAfter.getAsLong() / 1_000 + 1)));
    }
}
