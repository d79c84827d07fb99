package dev.parley.server.session;

import dev.parley.server.auth.Identity;
import java.security.Principal;

/**
 * Carries the handshake's result from the filter to the configurator. The principal is the only part of a request that
 * every container hands over.
 */
public record HandshakePrincipal(HandshakeResult handshake) implements Principal {
    @Override
    public String getName() {
        return handshake.credential().map(Identity::name).orElse("anonymous");
    }
}
