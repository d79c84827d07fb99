package dev.parley.server.session;

import dev.parley.server.auth.Identity;
import java.security.Principal;

/** Carries what the filter found out to the configurator: the one thing of a request that containers hand over. */
public record HandshakePrincipal(HandshakeResult handshake) implements Principal {
    @Override
    public String getName() {
        return handshake.credential().map(Identity::name).orElse("anonymous");
    }
}
