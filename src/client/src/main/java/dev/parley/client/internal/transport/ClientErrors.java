package dev.parley.client.internal.transport;

import dev.parley.client.ParleyException;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ServerMessage;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/** Creates the client's own errors, and classifies error codes. */
public final class ClientErrors {
    private static final Set<String> OWN = Set.of(
            ParleyException.TIMEOUT,
            ParleyException.QUEUE_FULL,
            ParleyException.DUPLICATE,
            ParleyException.CLOSED,
            ParleyException.GAVE_UP,
            ParleyException.HANDSHAKE_REFUSED,
            ParleyException.MISSING_CLASS,
            ParleyException.UNREACHABLE,
            ParleyException.BAD_SERVER,
            ParleyException.SLOW_LISTENER,
            ParleyException.SLOW_CLIENT);

    private static final int CODE_MAX = 64;
    private static final int MESSAGE_MAX = 1_000;

    private ClientErrors() {}

    /** Converts an error from the server. */
    public static ParleyException of(ServerMessage.Error error) {
        // Zero and negative pauses are ignored: without a pause from the server, the client uses its own.
        Optional<Duration> retryAfter = error.retryAfter().stream()
                .filter(millis -> millis > 0)
                .map(millis -> Math.min(millis, RetryAfter.MAX.toMillis()))
                .mapToObj(Duration::ofMillis)
                .findFirst();
        return new ParleyException(
                shown(error.code(), CODE_MAX), shown(error.message(), MESSAGE_MAX), retryAfter, null);
    }

    /** Shortens a text from the server and removes control characters, so that it fits into one line of a log. */
    static String shown(String text, int max) {
        String line = text.codePoints()
                .limit(max)
                .map(point ->
                        Character.isISOControl(point) || Character.getType(point) == Character.SURROGATE ? ' ' : point)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return text.length() > line.length() ? line + "…" : line;
    }

    public static ParleyException timeout() {
        return new ParleyException(ParleyException.TIMEOUT, "The server did not answer in time.");
    }

    public static ParleyException notConnected() {
        return new ParleyException(
                ParleyException.TIMEOUT, "There was no answer in time, because connect() was not called.");
    }

    public static ParleyException duplicate(String id) {
        return new ParleyException(
                ParleyException.DUPLICATE,
                "A message with the id '" + id + "' waits for its ack already; this one was not sent.");
    }

    public static ParleyException closed() {
        return new ParleyException(ParleyException.CLOSED, "This client is closed; build another one.");
    }

    /** Whether this version knows the code: an error code, the name of a close code or one of the client's own. */
    public static boolean isKnown(String code) {
        return OWN.contains(code)
                || Arrays.stream(ErrorCode.values())
                        .anyMatch(known -> known.wireName().equals(code))
                || Arrays.stream(CloseCode.values())
                        .anyMatch(known -> known.wireName().equals(code));
    }

    /** Whether the protocol defines this error code as retryable. */
    public static boolean isRetryable(String code) {
        for (ErrorCode known : ErrorCode.values()) {
            if (known.wireName().equals(code)) {
                return known.isRetryable();
            }
        }
        return false;
    }
}
