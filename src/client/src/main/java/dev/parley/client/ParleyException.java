package dev.parley.client;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ServerMessage;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * Why something did not happen. The message is a sentence for people.
 *
 * <p>The code is one of the protocol's ({@code rate_limited}, {@code forbidden} …; a close code's name where the server
 * closed for good) or one of the client's own, below.
 */
public final class ParleyException extends RuntimeException {
    /** No answer in time. A message that was sent may still have been stored; the same id would not store it twice. */
    public static final String TIMEOUT = "timeout";
    /** More is waiting for its answer than the client keeps. Nothing was sent. */
    public static final String QUEUE_FULL = "queue_full";
    /** The client is closed, or was while this waited. */
    public static final String CLOSED = "closed";
    /** As many attempts as allowed failed one after the other. */
    public static final String GAVE_UP = "gave_up";
    /** The server, or something before it, answered the handshake in a way that another try does not mend. */
    public static final String HANDSHAKE_REFUSED = "handshake_refused";
    /** No connection for now; another attempt follows. */
    public static final String UNREACHABLE = "unreachable";
    /** The server said what this contract does not let it say. */
    public static final String BAD_SERVER = "bad_server";
    /** Listeners are too slow for what comes; the connection waits until they have caught up. */
    public static final String SLOW_LISTENER = "slow_listener";
    /**
     * The client itself reads more slowly than the server sends, for want of CPU; the connection comes back by
     * position.
     */
    public static final String SLOW_CLIENT = "slow_client";

    private static final Set<String> OWN = Set.of(
            TIMEOUT,
            QUEUE_FULL,
            CLOSED,
            GAVE_UP,
            HANDSHAKE_REFUSED,
            UNREACHABLE,
            BAD_SERVER,
            SLOW_LISTENER,
            SLOW_CLIENT);

    private static final long serialVersionUID = 1L;
    private static final int CODE_MAX = 64;
    private static final int MESSAGE_MAX = 1_000;

    private static final Duration RETRY_MAX = Duration.ofHours(1);

    private final String code;
    private final transient Optional<Duration> retryAfter;

    ParleyException(String code, String message) {
        this(code, message, Optional.empty(), null);
    }

    ParleyException(String code, String message, Optional<Duration> retryAfter, Throwable cause) {
        super(message, cause);
        this.code = code;
        this.retryAfter = retryAfter;
    }

    static ParleyException of(ServerMessage.Error error) {
        // Nothing and less than nothing are no pause: where the server says none, the client makes one.
        Optional<Duration> retryAfter = error.retryAfter().stream()
                .filter(millis -> millis > 0)
                .map(millis -> Math.min(millis, RETRY_MAX.toMillis()))
                .mapToObj(Duration::ofMillis)
                .findFirst();
        return new ParleyException(
                shown(error.code(), CODE_MAX), shown(error.message(), MESSAGE_MAX), retryAfter, null);
    }

    /** Fit for a line of a log, whatever a server says. */
    static String shown(String text, int max) {
        String line = text.codePoints()
                .limit(max)
                .map(point ->
                        Character.isISOControl(point) || Character.getType(point) == Character.SURROGATE ? ' ' : point)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return text.length() > line.length() ? line + "…" : line;
    }

    static ParleyException timeout() {
        return new ParleyException(TIMEOUT, "The server did not answer in time.");
    }

    static ParleyException closed() {
        return new ParleyException(CLOSED, "This client is closed; build another one.");
    }

    /** The code, such as {@code forbidden} or {@value #TIMEOUT}. */
    public String code() {
        return code;
    }

    /** After which time another try may succeed, where the server said so. */
    public Optional<Duration> retryAfter() {
        return retryAfter == null ? Optional.empty() : retryAfter;
    }

    /** Whether this version knows the code: an error's, a close code's or one of the client's own. */
    static boolean isKnown(String code) {
        return OWN.contains(code)
                || Arrays.stream(ErrorCode.values())
                        .anyMatch(known -> known.wireName().equals(code))
                || Arrays.stream(CloseCode.values())
                        .anyMatch(known -> known.wireName().equals(code));
    }

    /** Whether the server calls this code retryable. */
    static boolean isRetryable(String code) {
        for (ErrorCode known : ErrorCode.values()) {
            if (known.wireName().equals(code)) {
                return known.isRetryable();
            }
        }
        return false;
    }
}
