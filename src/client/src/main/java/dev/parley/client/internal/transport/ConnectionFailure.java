package dev.parley.client.internal.transport;

import dev.parley.client.ParleyException;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ServerMessage;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The end of an attempt or a connection, and its consequence.
 *
 * @param atLeast minimum delay before the next attempt, as the server demands; zero if it demands none
 */
public record ConnectionFailure(Next next, Duration atLeast, ParleyException why) {
    /** What the client does next. */
    public enum Next {
        /** Another attempt, which may succeed. */
        RETRY,
        /**
         * Another attempt. The end of an open connection does not count as a failure, because the reason was on this
         * side. Before the welcome it counts, because a correct server sends little there.
         */
        RESUME,
        /** One more attempt with a fresh token; a refusal of that one too is final. */
        RETRY_ONCE_WITH_FRESH_TOKEN,
        /** None: another attempt would end in the same way. */
        STOP
    }

    /** Delay after HTTP 429 if the answer has no {@code Retry-After}, or the container does not expose it. */
    static final Duration TOO_MANY_REQUESTS = Duration.ofSeconds(10);

    private static final int OURS_FOR_GOOD = 4500;

    /**
     * Maximum length of a reason in the message. A close frame has at most 123 bytes, but a container's own text may be
     * longer.
     */
    private static final int REASON_MAX = 200;

    boolean comesBack() {
        return next != Next.STOP;
    }

    /** The end of an open connection, by the code of its close frame; 1006 if there was none. */
    public static ConnectionFailure ofClose(int code, String reason) {
        String name = CloseCode.of(code).map(CloseCode::wireName).orElse("close_" + code);
        String sentence = "The connection was closed with " + code + " (" + name + ")"
                + (reason.isBlank() || reason.equals(name) ? "." : ": " + ClientErrors.shown(reason, REASON_MAX));
        return new ConnectionFailure(retryIf(comesBack(code)), Duration.ZERO, new ParleyException(name, sentence));
    }

    /**
     * Whether the client reconnects after this close code. Of undefined codes, only Parley's own range from 4500 on
     * stops the client.
     */
    static boolean comesBack(int code) {
        return CloseCode.of(code).map(CloseCode::allowsReconnect).orElse(code < OURS_FOR_GOOD);
    }

    private static Next retryIf(boolean comesBack) {
        return comesBack ? Next.RETRY : Next.STOP;
    }

    /**
     * A failed handshake.
     *
     * @param hadToken whether the request had a token, so that a fresh one may succeed
     */
    static ConnectionFailure ofHandshake(HandshakeFailure failure, boolean hadToken) {
        OptionalInt status = failure.status();
        if (status.isEmpty()) {
            return transientFailure(failure.getMessage(), failure);
        }
        String sentence = "The handshake was answered with HTTP " + status.getAsInt() + ".";
        return switch (status.getAsInt()) {
            case 401 -> unauthorized(sentence, hadToken, failure.isTokenExpired());
            case 403 -> forGood(ErrorCode.FORBIDDEN.wireName(), sentence + " This client is not allowed to connect.");
            case 400, 405, 426 -> forGood(ParleyException.HANDSHAKE_REFUSED, sentence);
            case 300, 301, 302, 303, 307, 308 ->
                forGood(
                        ParleyException.HANDSHAKE_REFUSED,
                        sentence
                                + " Redirects are not followed, because the token must not go elsewhere; use the final"
                                + " URI.");
            case 429 -> later(sentence, failure.retryAfter().orElse(TOO_MANY_REQUESTS));
            // 404 too: a restarting server answers before the application is deployed.
            default -> later(sentence, failure.retryAfter().orElse(Duration.ZERO));
        };
    }

    /**
     * An expired token is no fault of its source. Any other refused token may predate a change of keys or rights, so
     * one fresh token is tried.
     */
    private static ConnectionFailure unauthorized(String sentence, boolean hadToken, boolean isTokenExpired) {
        if (!hadToken) {
            return forGood(
                    ErrorCode.LOGIN_REFUSED.wireName(),
                    sentence + " The server demands a token; give the client a source of tokens.");
        }
        return isTokenExpired
                ? of(ErrorCode.TOKEN_EXPIRED.wireName(), sentence + " The token has expired.")
                : new ConnectionFailure(
                        Next.RETRY_ONCE_WITH_FRESH_TOKEN,
                        Duration.ZERO,
                        new ParleyException(
                                ErrorCode.LOGIN_REFUSED.wireName(),
                                sentence + " The server does not accept the token."));
    }

    /** A refused login. After {@code token_expired} the client reconnects with a fresh token. */
    public static ConnectionFailure ofLogin(ServerMessage.Error error) {
        boolean comesBack =
                ClientErrors.isRetryable(error.code()) || error.code().equals(ErrorCode.TOKEN_EXPIRED.wireName());
        return new ConnectionFailure(retryIf(comesBack), retryAfter(error), ClientErrors.of(error));
    }

    /** The same end with the reason that the server gave before it. The close code still says whether to come back. */
    public ConnectionFailure because(ServerMessage.Error error) {
        return new ConnectionFailure(next, retryAfter(error), ClientErrors.of(error));
    }

    private static Duration retryAfter(ServerMessage.Error error) {
        return error.retryAfter().isPresent()
                ? RetryAfter.clamp(Duration.ofMillis(error.retryAfter().getAsLong()))
                : Duration.ZERO;
    }

    /** A failure that may go away by itself. */
    public static ConnectionFailure transientFailure(String sentence, Throwable cause) {
        return new ConnectionFailure(
                Next.RETRY,
                Duration.ZERO,
                new ParleyException(ParleyException.UNREACHABLE, sentence, Optional.empty(), cause));
    }

    /** A class is missing in this JVM, so no attempt can succeed. */
    static ConnectionFailure missingClass(LinkageError missing) {
        return new ConnectionFailure(
                Next.STOP,
                Duration.ZERO,
                new ParleyException(
                        ParleyException.MISSING_CLASS,
                        "The client cannot connect in this JVM: " + missing,
                        Optional.empty(),
                        missing));
    }

    public static ConnectionFailure of(String code, String sentence) {
        return new ConnectionFailure(Next.RETRY, Duration.ZERO, new ParleyException(code, sentence));
    }

    /** The connection is given up because this side cannot keep up; the next one resumes by position. */
    public static ConnectionFailure tooSlow(String code, String sentence) {
        return new ConnectionFailure(Next.RESUME, Duration.ZERO, new ParleyException(code, sentence));
    }

    private static ConnectionFailure forGood(String code, String sentence) {
        return new ConnectionFailure(Next.STOP, Duration.ZERO, new ParleyException(code, sentence));
    }

    private static ConnectionFailure later(String sentence, Duration retryAfter) {
        return new ConnectionFailure(
                Next.RETRY,
                retryAfter,
                new ParleyException(ParleyException.UNREACHABLE, sentence, Optional.of(retryAfter), null));
    }
}
