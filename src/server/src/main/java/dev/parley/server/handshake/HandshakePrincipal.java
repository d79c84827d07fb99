package dev.parley.server.handshake;

import dev.parley.server.session.HandshakeResult;
import dev.parley.server.session.Identity;
import java.security.Principal;

/** Carries what the filter found out to the configurator: the one thing of a request that containers hand over. */
record HandshakePrincipal(HandshakeResult handshake) implements Principal {
    @Override
    public String getName() {
        return handshake.credential().map(Identity::name).orElse("anonymous");
    }
}
