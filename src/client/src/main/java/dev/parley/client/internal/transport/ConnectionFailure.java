package dev.parley.client.internal.transport;

import dev.parley.client.ParleyException;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ServerMessage;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How an attempt or a connection ended, and what follows from it.
 *
 * @param atLeast delay before the next attempt that the server ordered; zero where it ordered none
 */
public record ConnectionFailure(Next next, Duration atLeast, ParleyException why) {
    /** What the client does next. */
    public enum Next {
        /** Another attempt, which may succeed. */
        RETRY,
        /**
         * Another attempt, which does not count as failed: the connection was given up for a reason on this side.
         * Before the welcome it counts, because no server that keeps the contract says much there.
         */
        RESUME,
        /** One more attempt with a fresh token; a refusal of that one too is final. */
        RETRY_ONCE_WITH_FRESH_TOKEN,
        /** None: another attempt would end in the same way. */
        STOP
    }

    /** Where the answer does not say how long, or the container does not show it. */
    static final Duration TOO_MANY_REQUESTS = Duration.ofSeconds(10);

    private static final int OURS_FOR_GOOD = 4500;

    /** Of a close frame; in a container's own words it may be longer. */
    private static final int REASON_MAX = 200;

    boolean comesBack() {
        return next != Next.STOP;
    }

    /** Of an open connection, by the code of its close frame; 1006 where it just broke. */
    public static ConnectionFailure ofClose(int code, String reason) {
        String name = CloseCode.of(code).map(CloseCode::wireName).orElse("close_" + code);
        String sentence = "The connection was closed with " + code + " (" + name + ")"
                + (reason.isBlank() || reason.equals(name) ? "." : ": " + ClientErrors.shown(reason, REASON_MAX));
        return new ConnectionFailure(retryIf(comesBack(code)), Duration.ZERO, new ParleyException(name, sentence));
    }

    /** As the number says; of numbers that nobody defined, ours alone may send away for good. */
    static boolean comesBack(int code) {
        return CloseCode.of(code).map(CloseCode::comesBack).orElse(code < OURS_FOR_GOOD);
    }

    private static Next retryIf(boolean comesBack) {
        return comesBack ? Next.RETRY : Next.STOP;
    }

    /** Of a handshake. @param hadToken whether it brought one, so that the next one may bring a better one */
    static ConnectionFailure ofHandshake(HandshakeFailure failure, boolean hadToken) {
        OptionalInt status = failure.status();
        if (status.isEmpty()) {
            return transientFailure(failure.getMessage(), failure);
        }
        String sentence = "The handshake was answered with HTTP " + status.getAsInt() + ".";
        return switch (status.getAsInt()) {
            case 401 -> unauthorized(sentence, hadToken, failure.isTokenExpired());
            case 403 -> forGood(ErrorCode.FORBIDDEN.wireName(), sentence + " This client may not come in.");
            case 400, 405, 426 -> forGood(ParleyException.HANDSHAKE_REFUSED, sentence);
            case 300, 301, 302, 303, 307, 308 ->
                forGood(
                        ParleyException.HANDSHAKE_REFUSED,
                        sentence
                                + " Redirects are not followed, because the token must not go elsewhere; use the final"
                                + " URI.");
            case 429 -> later(sentence, failure.retryAfter().orElse(TOO_MANY_REQUESTS));
            // 404 too: a server that restarts answers before the application is there.
            default -> later(sentence, failure.retryAfter().orElse(Duration.ZERO));
        };
    }

    /**
     * An expired token is no fault of its source; any other refused one may be older than a change of keys or rights.
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

    /** Of a login; {@code token_expired} comes back, with a fresh token. */
    public static ConnectionFailure ofLogin(ServerMessage.Error error) {
        ParleyException why = ClientErrors.of(error);
        boolean comesBack =
                ClientErrors.isRetryable(error.code()) || error.code().equals(ErrorCode.TOKEN_EXPIRED.wireName());
        Duration atLeast = error.retryAfter().isPresent()
                ? RetryAfter.clamp(Duration.ofMillis(error.retryAfter().getAsLong()))
                : Duration.ZERO;
        return new ConnectionFailure(retryIf(comesBack), atLeast, why);
    }

    /** What may be better at the next attempt. */
    public static ConnectionFailure transientFailure(String sentence, Throwable cause) {
        return new ConnectionFailure(
                Next.RETRY,
                Duration.ZERO,
                new ParleyException(ParleyException.UNREACHABLE, sentence, Optional.empty(), cause));
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
