package dev.parley.server.handshake;

import dev.parley.server.session.Identity;
import dev.parley.server.session.Session.Arrival;
import java.security.Principal;

/** Carries what the filter found out to the configurator: the one thing of a request that containers hand over. */
record ArrivedPrincipal(Arrival arrival) implements Principal {
    @Override
    public String getName() {
        return arrival.credential().map(Identity::name).orElse("anonymous");
    }
}
