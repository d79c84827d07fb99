package dev.parley.server.api;

import dev.parley.protocol.ErrorCode;
import dev.parley.server.http.Problem;
import java.util.Optional;
import java.util.OptionalLong;

/** The answer to who asks too fast. */
public final class RequestRate {
    private RequestRate() {}

    /** @param retryAfter in ms, as the rates say it; empty where there is nothing to refuse */
    public static Optional<Problem> refusal(OptionalLong retryAfter) {
        return retryAfter.isEmpty()
                ? Optional.empty()
                : Optional.of(Problem.of(429, ErrorCode.RATE_LIMITED.wireName(), "You are asking faster than allowed.")
                        .with("Retry-After", Long.toString(retryAfter.getAsLong() / 1_000 + 1)));
    }
}
