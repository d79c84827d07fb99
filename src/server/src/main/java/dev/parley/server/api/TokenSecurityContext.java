package dev.parley.server.api;

import dev.parley.server.auth.Identity;
import jakarta.ws.rs.core.SecurityContext;
import java.security.Principal;

/** Who asks, in the form in which JAX-RS hands it to a resource. */
record TokenSecurityContext(Identity identity, boolean isSecure) implements SecurityContext, Principal {
    /** Of a resource that is not open to everybody. */
    static Identity identity(SecurityContext context) {
        return ((TokenSecurityContext) context.getUserPrincipal()).identity();
    }

    @Override
    public Principal getUserPrincipal() {
        return this;
    }

    @Override
    public String getName() {
        return identity.name();
    }

    @Override
    public boolean isUserInRole(String role) {
        return identity.has(role);
    }

    @Override
    public String getAuthenticationScheme() {
        return "Bearer";
    }
}
