package dev.parley.server.dispatch;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ServerMessage;
import java.util.Optional;

/**
 * The reason why a message is not done, as its sender is told.
 *
 * @param reason a sentence for people
 * @param retryAfterMillis 0 where nothing is known
 */
public record Refusal(ErrorCode code, String reason, long retryAfterMillis) {
    private static final long STORE_RETRY_AFTER_MILLIS = 1_000;

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

    static Refusal tooFast(long millis) {
        return new Refusal(
                ErrorCode.RATE_LIMITED, "You are sending faster than allowed; wait " + millis + " ms.", millis);
    }

    static Refusal tooManyNewChannels(long millis) {
        return new Refusal(
                ErrorCode.RATE_LIMITED,
                "You are naming new rooms or users faster than allowed; wait " + millis + " ms.",
                millis);
    }

    /** The error message for the sender. */
    ServerMessage.Error error(Optional<String> id) {
        return retryAfterMillis == 0
                ? ServerMessage.Error.of(id, code, reason)
                : ServerMessage.Error.retryable(id, code, reason, retryAfterMillis);
    }
}
