package dev.parley.client.internal.transport;

import dev.parley.protocol.ErrorCode;
import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.HandshakeResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/**
 * Sets the request headers and reads the response headers of one handshake. The container calls it on its threads. A
 * container that follows a redirect asks for the headers again; Undertow does so, and it cannot be turned off. The
 * second call throws, because the token is only for the given host.
 */
final class HandshakeHeaders extends ClientEndpointConfig.Configurator {
    /**
     * Time to wait for the headers of the answer: Tyrus first wakes the thread that waits for the handshake and then
     * passes the headers on.
     */
    private static final long ANSWER_SHOWN_MILLIS = 1_000;

    /** The reason in a challenge (RFC 6750 section 3), as Parley gives it. */
    private static final Pattern TOKEN_EXPIRED =
            Pattern.compile("\\berror_description *= *\"?" + ErrorCode.TOKEN_EXPIRED.wireName() + "\\b");

    private final Optional<String> origin;
    private final Optional<String> token;
    private final InstantSource clock;
    private final AtomicInteger asked = new AtomicInteger();
    private final CompletableFuture<Answer> answer = new CompletableFuture<>();

    /**
     * The relevant headers of a refusal.
     *
     * @param retryAfter delay before the next attempt
     * @param isTokenExpired whether the server refused the token because it has expired
     */
    record Answer(Optional<Duration> retryAfter, boolean isTokenExpired) {
        /** No such headers, or a container that does not expose them. */
        static final Answer SAYS_NOTHING = new Answer(Optional.empty(), false);
    }

    /** @param clock wall clock, because {@code Retry-After} may be a date */
    HandshakeHeaders(Optional<String> origin, Optional<String> token, InstantSource clock) {
        this.origin = origin;
        this.token = token;
        this.clock = clock;
    }

    @Override
    public void beforeRequest(Map<String, List<String>> headers) {
        if (asked.incrementAndGet() > 1) {
            throw new IllegalStateException("The server redirects the handshake, which is not followed.");
        }
        // Tyrus sets an Origin as if it were a browser; a server may not allow it.
        headers.remove("Origin");
        origin.ifPresent(page -> headers.put("Origin", List.of(page)));
        token.ifPresent(jwt -> headers.put("Authorization", List.of("Bearer " + jwt)));
    }

    boolean wasRedirected() {
        return asked.get() > 1;
    }

    @Override
    public void afterResponse(HandshakeResponse response) {
        answer.complete(new Answer(
                header(response, "Retry-After").flatMap(value -> RetryAfter.of(value, clock.instant())),
                header(response, "WWW-Authenticate")
                        .filter(HandshakeHeaders::saysTokenExpired)
                        .isPresent()));
    }

    private static Optional<String> header(HandshakeResponse response, String name) {
        return response.getHeaders().entrySet().stream()
                .filter(header -> name.equalsIgnoreCase(header.getKey()))
                // Tyrus splits values at commas.
                .map(header -> String.join(", ", header.getValue()))
                .findFirst();
    }

    private static boolean saysTokenExpired(String challenges) {
        return TOKEN_EXPIRED.matcher(challenges).find();
    }

    /** The headers of the server's answer; waits up to 1 s for them. */
    Answer answer() {
        try {
            return answer.get(ANSWER_SHOWN_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Answer.SAYS_NOTHING;
        } catch (TimeoutException | ExecutionException e) {
            return Answer.SAYS_NOTHING;
        }
    }
}
