package dev.parley.client;

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

/**
 * What one handshake says in headers, and is told in them; the container calls it from its threads. A container that follows
 * a redirect, as Undertow does without a way to turn it off, asks for headers again: then nobody gets them, since the token
 * is for the given host alone.
 */
final class HandshakeHeaders extends ClientEndpointConfig.Configurator {
    /** Tyrus wakes who waits for the handshake, and then shows the headers of the answer. */
    private static final long ANSWER_SHOWN_MILLIS = 1_000;

    private final Optional<String> origin;
    private final Optional<String> token;
    private final InstantSource clock;
    private final AtomicInteger asked = new AtomicInteger();
    private final CompletableFuture<Optional<Duration>> retryAfter = new CompletableFuture<>();

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
        retryAfter.complete(response.getHeaders().entrySet().stream()
                .filter(header -> "Retry-After".equalsIgnoreCase(header.getKey()))
                // Tyrus cuts a date at its comma.
                .map(header -> String.join(", ", header.getValue()))
                .findFirst()
                .flatMap(value -> RetryAfter.of(value, clock.instant())));
    }

    /** When to come back, as the server's answer says; waits a little for it. */
    Optional<Duration> retryAfter() {
        try {
            return retryAfter.get(ANSWER_SHOWN_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } catch (TimeoutException | ExecutionException e) {
            return Optional.empty();
        }
    }
}
