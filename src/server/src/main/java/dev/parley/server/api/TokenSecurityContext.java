package dev.parley.server.api;

import dev.parley.server.auth.Identity;
import jakarta.ws.rs.core.SecurityContext;
import java.security.Principal;

/** The caller's identity as a security context of JAX-RS. */
record TokenSecurityContext(Identity identity, boolean isSecure) implements SecurityContext, Principal {
    /** The identity of the caller of a resource that requires a token. */
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
