package dev.parley.server.session;

import dev.parley.server.auth.Identity;
import java.security.Principal;
import java.util.Optional;

/**
 * Carries the handshake's result from the filter to the configurator. The principal is the only part of a request that
 * every container hands over.
 *
 * @param connection the server's own object for the connection, where its WebSocket container leaves something to be
 *     done with it: it cannot end it, or keeps the request
 */
public record HandshakePrincipal(HandshakeResult handshake, Optional<Object> connection) implements Principal {
    @Override
    public String getName() {
        return handshake.credential().map(Identity::name).orElse("anonymous");
    }
}
