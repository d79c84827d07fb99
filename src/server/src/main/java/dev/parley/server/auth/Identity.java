package dev.parley.server.auth;

import dev.parley.protocol.Field;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * Who a connection is.
 *
 * @param name as others see it, normalised
 * @param isGuest without a token; has an inbox, marks and ids apart from the user of the same name
 * @param expiresAt when the credential runs out; empty for guests
 * @param issuedAt when the credential was made, if it says so
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

    /** Unique among users and guests together; names inboxes, memberships, read marks and message ids in the store. */
    public String key() {
        return key(name, isGuest);
    }

    /** Who a name means: names that differ in case alone are one, however somebody types it. */
    public static String key(String name, boolean isGuest) {
        return (isGuest ? "guest:" : "user:") + Field.folded(name);
    }

    public boolean has(String role) {
        return roles.contains(role);
    }
}
