package dev.parley.client;

import jakarta.websocket.ClientEndpointConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The headers of one handshake. A container that follows a redirect, as Undertow does without a way to turn it off, asks for
 * them again: then nobody gets them, since the token is for the given host alone.
 */
final class HandshakeHeaders extends ClientEndpointConfig.Configurator {
    private final Optional<String> origin;
    private final Optional<String> token;
    private final AtomicInteger asked = new AtomicInteger();

    HandshakeHeaders(Optional<String> origin, Optional<String> token) {
        this.origin = origin;
        this.token = token;
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
}
