package dev.parley.server.dispatch;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import io.github.bucket4j.Bucket;
import java.time.Duration;
import java.util.Optional;

/**
 * The number of errors that a session may cause per minute before it is closed. Any thread. Most sessions cause none,
 * so that a bucket, of some 350 bytes, is made with the first error.
 */
final class ErrorBudget {
    static final int ERRORS_A_MINUTE = 20;
    static final int RATE_LIMITED_A_MINUTE = 10;

    /** Guarded by this, as the other. */
    private Optional<Bucket> errors = Optional.empty();

    private Optional<Bucket> rateLimited = Optional.empty();

    private static Bucket perMinute(int count) {
        return Bucket.builder()
                .withNanosecondPrecision()
                .addLimit(limit -> limit.capacity(count).refillIntervally(count, Duration.ofMinutes(1)))
                .build();
    }

    /** Counts one error. Returns the close code if it exceeds the budget. Errors of the server's own do not count. */
    Optional<CloseCode> count(String code) {
        if (code.equals(ErrorCode.RATE_LIMITED.wireName())) {
            return takeRateLimited() ? Optional.empty() : Optional.of(CloseCode.RATE_LIMITED);
        }
        boolean isOurFault =
                code.equals(ErrorCode.STORE_UNAVAILABLE.wireName()) || code.equals(ErrorCode.INTERNAL.wireName());
        return isOurFault || takeError() ? Optional.empty() : Optional.of(CloseCode.BAD_MESSAGES);
    }

    private synchronized boolean takeRateLimited() {
        Bucket bucket = rateLimited.orElseGet(() -> perMinute(RATE_LIMITED_A_MINUTE));
        rateLimited = Optional.of(bucket);
        return bucket.tryConsume(1);
    }

    private synchronized boolean takeError() {
        Bucket bucket = errors.orElseGet(() -> perMinute(ERRORS_A_MINUTE));
        errors = Optional.of(bucket);
        return bucket.tryConsume(1);
    }
}
