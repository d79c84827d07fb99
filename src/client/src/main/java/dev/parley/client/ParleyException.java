package dev.parley.client;

import java.time.Duration;
import java.util.Optional;

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

    private static final long serialVersionUID = 1L;

    private final String code;
    private final transient Optional<Duration> retryAfter;

    public ParleyException(String code, String message) {
        this(code, message, Optional.empty(), null);
    }

    public ParleyException(String code, String message, Optional<Duration> retryAfter, Throwable cause) {
        super(message, cause);
        this.code = code;
        this.retryAfter = retryAfter;
    }

    /** The code, such as {@code forbidden} or {@value #TIMEOUT}. */
    public String code() {
        return code;
    }

    /** After which time another try may succeed, where the server said so. */
    public Optional<Duration> retryAfter() {
        return retryAfter == null ? Optional.empty() : retryAfter;
    }
}
