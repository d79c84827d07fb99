package dev.parley.protocol;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The reason for the end of a connection, and whether the client should reconnect. Standard codes keep their meaning
 * (RFC 6455 section 7.4.1, IANA registry). Of Parley's own codes, 4000-4499 mean reconnect and 4500-4999 mean stop.
 */
public enum CloseCode {
    NORMAL(1000, false),
    GOING_AWAY(1001, true),
    PROTOCOL_ERROR(1002, false),
    UNSUPPORTED_DATA(1003, false),
    NO_STATUS(1005, true),
    ABNORMAL(1006, true),
    INVALID_PAYLOAD(1007, false),
    POLICY_VIOLATION(1008, false),
    MESSAGE_TOO_BIG(1009, false),
    INTERNAL_ERROR(1011, true),
    SERVICE_RESTART(1012, true),
    TRY_AGAIN_LATER(1013, true),
    SLOW_CONSUMER(4000, true),
    HEARTBEAT_TIMEOUT(4001, true),
    RATE_LIMITED(4002, true),
    TOKEN_EXPIRED(4003, true),
    LOGIN_TIMEOUT(4004, true),
    LOGIN_REFUSED(4501, false),
    FORBIDDEN(4502, false),
    REPLACED(4503, false),
    BAD_MESSAGES(4504, false),
    REVOKED(4505, false);

    private final int number;
    private final boolean allowsReconnect;

    CloseCode(int number, boolean allowsReconnect) {
        this.number = number;
        this.allowsReconnect = allowsReconnect;
    }

    /** The number in the close frame. */
    public int number() {
        return number;
    }

    /** Whether a client should reconnect, with backoff and jitter. */
    public boolean allowsReconnect() {
        return allowsReconnect;
    }

    /** The reason in the close frame, such as {@code slow_consumer}. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The code with this number; empty if Parley does not define it. */
    public static Optional<CloseCode> of(int number) {
        return Arrays.stream(values()).filter(code -> code.number == number).findFirst();
    }
}
