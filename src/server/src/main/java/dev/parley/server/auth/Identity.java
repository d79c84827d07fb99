package dev.parley.server.auth;

import com.github.benmanes.caffeine.cache.Interner;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The identity of a connection: a user or a guest.
 *
 * @param key the key under which the store knows it; a user's follows from its name, a guest's is random and stays the
 *     same under another name
 * @param name normalised name, as others see it; guests may share one, users do not
 * @param guest the public tag of a guest, which has no token; empty for a user
 * @param expiresAt when the credential expires; empty for guests
 * @param issuedAt when the credential was issued, if it says so
 * @param revocation of a session or ticket, the number of the user's last revocation that it came after; 0 if there was
 *     none. Empty for a token, which knows of no revocation, and for guests
 */
public record Identity(
        UserKey key,
        String name,
        Optional<String> guest,
        Set<String> roles,
        Optional<Instant> expiresAt,
        Optional<Instant> issuedAt,
        OptionalLong revocation) {
    public static final String ROLE_NOTIFY = "notify";
    public static final String ROLE_METRICS = "metrics";
    public static final String ROLE_ADMIN = "admin";

    /** The sets of roles in use: thousands of users have one of a few. */
    private static final Interner<Set<String>> ROLES = Interner.newWeakInterner();

    public Identity {
        roles = ROLES.intern(Set.copyOf(roles));
    }

    /** @param tag public; no two guests share one */
    public static Identity guest(UserKey key, String name, String tag) {
        return new Identity(
                key, name, Optional.of(tag), Set.of(), Optional.empty(), Optional.empty(), OptionalLong.empty());
    }

    public static Identity user(String name, Set<String> roles, Instant expiresAt, Optional<Instant> issuedAt) {
        return new Identity(
                UserKey.user(name),
                name,
                Optional.empty(),
                roles,
                Optional.of(expiresAt),
                issuedAt,
                OptionalLong.empty());
    }

    public boolean isGuest() {
        return guest.isPresent();
    }

    /** The same guest under another name. */
    public Identity named(String other) {
        return new Identity(key, other, guest, roles, expiresAt, issuedAt, revocation);
    }

    /** The same user in a session or ticket that came after the revocation with this number. */
    public Identity after(long number) {
        return new Identity(key, name, guest, roles, expiresAt, issuedAt, OptionalLong.of(number));
    }

    /** The identity as others see it. */
    public ServerMessage.Person person() {
        return new ServerMessage.Person(name, guest);
    }

    public boolean has(String role) {
        return roles.contains(role);
    }
}
