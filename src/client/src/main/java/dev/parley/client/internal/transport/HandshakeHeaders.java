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
 * What one handshake says in headers, and is told in them; the container calls it from its threads. A container that
 * follows a redirect, as Undertow does without a way to turn it off, asks for headers again: then nobody gets them,
 * since the token is for the given host alone.
 */
final class HandshakeHeaders extends ClientEndpointConfig.Configurator {
    /** Tyrus wakes who waits for the handshake, and then shows the headers of the answer. */
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
     * What the headers of a refusal say.
     *
     * @param retryAfter when to come back
     * @param isTokenExpired whether the server names this as its reason to refuse the token
     */
    record Answer(Optional<Duration> retryAfter, boolean isTokenExpired) {
        /** Also of a container that does not show them. */
        static final Answer SAYS_NOTHING = new Answer(Optional.empty(), false);
    }

    /** @param clock wall clock, because an answer may name a date */
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
        // Tyrus sends one as if it were a browser; a server may know no such page.
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
                // Tyrus cuts values at their commas.
                .map(header -> String.join(", ", header.getValue()))
                .findFirst();
    }

    private static boolean saysTokenExpired(String challenges) {
        return TOKEN_EXPIRED.matcher(challenges).find();
    }

    /** What the server's answer says; waits a little for it. */
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
