package dev.parley.client;

import java.time.Duration;
import java.util.Optional;

/**
 * The reason why an operation failed. The message is a sentence for people.
 *
 * <p>The code is one of the protocol's ({@code rate_limited}, {@code forbidden} …, or the name of a close code if the
 * server closed the connection for good) or one of the client's own, below.
 */
public final class ParleyException extends RuntimeException {
    /**
     * No answer in time. A message that was sent may have been stored all the same. Sending it again stores a second
     * message, because it gets a new id, unless the application gives it the same one ({@link SendOptions#id}).
     */
    public static final String TIMEOUT = "timeout";
    /** A limit on pending work is reached; the message names the setting. Nothing was sent. */
    public static final String QUEUE_FULL = "queue_full";
    /**
     * A message with the same id, given by the application, has no answer yet. Nothing was sent; the stage of the first
     * one has the result.
     */
    public static final String DUPLICATE = "duplicate";
    /** The client is closed, or was closed before the answer arrived. */
    public static final String CLOSED = "closed";
    /** The permitted number of consecutive attempts failed. */
    public static final String GAVE_UP = "gave_up";
    /** The server, or a proxy before it, refused the handshake in a way that a retry does not change. */
    public static final String HANDSHAKE_REFUSED = "handshake_refused";
    /**
     * A class that the connection needs is missing, hidden by the server around the application, or of another version.
     * A retry does not change that.
     */
    public static final String MISSING_CLASS = "missing_class";
    /** No connection for now; another attempt follows. */
    public static final String UNREACHABLE = "unreachable";
    /** The server violated the protocol. */
    public static final String BAD_SERVER = "bad_server";
    /** The queue of the listeners is full. The client reconnects when they have caught up. */
    public static final String SLOW_LISTENER = "slow_listener";
    /**
     * The client reads more slowly than the server sends, for lack of CPU. It reconnects and resumes at its positions.
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

    /** Time after which a retry may succeed, if the server gave one. */
    public Optional<Duration> retryAfter() {
        return retryAfter == null ? Optional.empty() : retryAfter;
    }
}
