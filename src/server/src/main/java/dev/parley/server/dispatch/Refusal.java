package dev.parley.server.dispatch;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.http.Problem;
import java.time.Duration;
import java.util.Optional;

/**
 * The reason why a message is not done, as its sender is told.
 *
 * @param reason a sentence for people
 * @param retryAfterMillis 0 where nothing is known
 * @param isSendersOwn whether it may count against the sender; not where others of its address are the reason
 */
public record Refusal(ErrorCode code, String reason, long retryAfterMillis, boolean isSendersOwn) {
    private static final long STORE_RETRY_AFTER_MILLIS = 1_000;

    public Refusal(ErrorCode code, String reason, long retryAfterMillis) {
        this(code, reason, retryAfterMillis, true);
    }

    /** A refusal that says nothing about when to try again. */
    public static Refusal of(ErrorCode code, String reason) {
        return new Refusal(code, reason, 0);
    }

    /** The database did not take it, or nobody knows whether it did. */
    public static Refusal storeUnavailable() {
        return new Refusal(
                ErrorCode.STORE_UNAVAILABLE,
                "The store does not answer at the moment. Send it again, with the same id.",
                STORE_RETRY_AFTER_MILLIS);
    }

    /** The room does not exist, or is not for this user: both look alike. */
    public static Refusal noSuchRoom(String room) {
        return of(ErrorCode.NO_SUCH_ROOM, "There is no room '" + room + "' that you may see.");
    }

    /** A rate is exceeded. */
    public static Refusal tooFast(RateLimiter.Excess over) {
        return tooFast(over, over.isShared() ? "The guests of your address are sending" : "You are sending");
    }

    /** The rate of new channels is exceeded. */
    public static Refusal tooManyNewChannels(RateLimiter.Excess over) {
        return tooFast(
                over, (over.isShared() ? "The guests of your address are" : "You are") + " naming new rooms or users");
    }

    private static Refusal tooFast(RateLimiter.Excess over, String what) {
        return new Refusal(
                ErrorCode.RATE_LIMITED,
                what + " faster than allowed; wait " + over.retryAfterMillis() + " ms.",
                over.retryAfterMillis(),
                !over.isShared());
    }

    /** The response to a request over HTTP that is refused for this reason. */
    public Problem problem() {
        int status =
                switch (code) {
                    case FORBIDDEN -> 403;
                    case NO_SUCH_ROOM -> 404;
                    case CONFLICT, TOO_MANY_FILES, TOO_MANY_ROOMS, TOO_MANY_SUBSCRIPTIONS -> 409;
                    case TOO_LONG -> 413;
                    case RATE_LIMITED -> 429;
                    case INTERNAL -> 500;
                    case STORE_UNAVAILABLE -> 503;
                    case LOGIN_REQUIRED, LOGIN_REFUSED, TOKEN_EXPIRED -> 401;
                    case BAD_JSON, BAD_MESSAGE, UNKNOWN_TYPE, MISSING_FIELD, BAD_CHUNK -> 400;
                };
        Problem problem = Problem.of(status, code.wireName(), reason);
        return retryAfterMillis == 0 ? problem : problem.retryAfter(Duration.ofMillis(retryAfterMillis));
    }

    /** The error message for the sender. */
    ServerMessage.Error error(Optional<String> id) {
        return retryAfterMillis == 0
                ? ServerMessage.Error.of(id, code, reason)
                : ServerMessage.Error.retryable(id, code, reason, retryAfterMillis);
    }
}
