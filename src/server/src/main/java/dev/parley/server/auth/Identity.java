package dev.parley.server.auth;

import dev.parley.protocol.UserKey;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * The identity of a connection: a user or a guest.
 *
 * @param name normalised name, as others see it
 * @param isGuest whether it has no token; its inbox, read marks and message ids are separate from those of the user of
 *     the same name
 * @param expiresAt when the credential expires; empty for guests
 * @param issuedAt when the credential was issued, if it says so
 */
public record Identity(
        String name, boolean isGuest, Set<String> roles, Optional<Instant> expiresAt, Optional<Instant> issuedAt) {
    public static final String ROLE_NOTIFY = "notify";
    public static final String ROLE_METRICS = "metrics";
    public static final String ROLE_ADMIN = "admin";

    public Identity {
        roles = Set.copyOf(roles);
    }

    public static Identity guest(String name) {
        return new Identity(name, true, Set.of(), Optional.empty(), Optional.empty());
    }

    public static Identity user(String name, Set<String> roles, Instant expiresAt, Optional<Instant> issuedAt) {
        return new Identity(name, false, roles, Optional.of(expiresAt), issuedAt);
    }

    /** The key under which the store knows the identity. */
    public UserKey key() {
        return isGuest ? UserKey.guest(name) : UserKey.user(name);
    }

    public boolean has(String role) {
        return roles.contains(role);
    }
}
