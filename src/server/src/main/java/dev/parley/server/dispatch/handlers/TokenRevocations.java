package dev.parley.server.dispatch.handlers;

import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Identity;
import dev.parley.server.store.model.Revocation;
import java.util.Optional;

/** Which credentials of users are revoked, as far as this node knows. Any thread; nothing blocks. */
public interface TokenRevocations {
    /** Whether the credential of an identity was revoked. */
    boolean isRevoked(Identity who);

    /**
     * The identity for a session or ticket that a credential admits: with the number of the last revocation, so that
     * exactly a later one ends it. Empty if the credential is revoked.
     */
    Optional<Identity> admitted(Identity who);

    /** The database has told the last revocation of a user: ends what is older. */
    void learned(UserKey user, Revocation last);
}
