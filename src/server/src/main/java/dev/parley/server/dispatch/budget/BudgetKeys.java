package dev.parley.server.dispatch.budget;

import dev.parley.server.auth.Identity;
import dev.parley.server.http.IpPrefix;
import dev.parley.server.session.Session;
import java.util.Optional;

/**
 * The keys under which the work of a client is counted. A client becomes a new guest, with a new key of its own, as
 * often as it likes; so a guest's address is counted too.
 *
 * @param own of the user or guest; of the address before a sign-in
 * @param guestAddress the address of a guest, an IPv6 address as its /64; empty for others
 */
public record BudgetKeys(String own, Optional<String> guestAddress) {
    /** The keys of a session, signed in or not. */
    public static BudgetKeys of(Session session) {
        String address = session.handshake().address();
        return session.identity().map(who -> of(who, address)).orElseGet(() -> ofAddress(address));
    }

    /** @param address from which the identity comes, or is about to */
    public static BudgetKeys of(Identity who, String address) {
        return new BudgetKeys(who.key().value(), who.isGuest() ? Optional.of(IpPrefix.of(address)) : Optional.empty());
    }

    /** The keys of a client that brings no identity: all such clients of an address are one. */
    public static BudgetKeys ofAddress(String address) {
        return new BudgetKeys("address:" + IpPrefix.of(address), Optional.empty());
    }
}
