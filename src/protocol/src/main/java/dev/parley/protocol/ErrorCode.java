package dev.parley.protocol;

import java.util.Locale;

/**
 * The reason why a message was not accepted: the {@code code} of an {@code error} message and of a problem document.
 *
 * <p>After a retryable code, the same message may succeed if it is sent again later with the same {@code id}. After a
 * final code it cannot.
 */
public enum ErrorCode {
    RATE_LIMITED(true),
    STORE_UNAVAILABLE(true),
    INTERNAL(true),
    BAD_JSON(false),
    BAD_MESSAGE(false),
    UNKNOWN_TYPE(false),
    MISSING_FIELD(false),
    TOO_LONG(false),
    LOGIN_REQUIRED(false),
    LOGIN_REFUSED(false),
    TOKEN_EXPIRED(false),
    FORBIDDEN(false),
    NO_SUCH_ROOM(false),
    TOO_MANY_FILES(false),
    TOO_MANY_ROOMS(false),
    TOO_MANY_SUBSCRIPTIONS(false),
    BAD_CHUNK(false),
    CONFLICT(false);

    private final boolean retryable;

    ErrorCode(boolean retryable) {
        this.retryable = retryable;
    }

    /** Whether the same message may succeed if it is sent again later. */
    public boolean isRetryable() {
        return retryable;
    }

    /** The code on the wire, such as {@code rate_limited}. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
