package dev.parley.server.auth;

import com.nimbusds.jose.JWSObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The keys of this node's tickets: one that signs, and all that are accepted, so that a key can be replaced. Nodes of a
 * cluster share them. Any thread.
 */
public final class TicketKeys {
    private record Keys(TicketKey signing, List<TicketKey> accepted) {}

    private volatile Keys keys;

    public TicketKeys(TicketKey only) {
        keys = new Keys(only, List.of(only));
    }

    /**
     * Replaces all keys.
     *
     * @param signing one of them, which the other nodes know by now
     */
    public void replace(TicketKey signing, List<TicketKey> accepted) {
        keys = new Keys(signing, List.copyOf(accepted));
    }

    String sign(Map<String, Object> claims) {
        return keys.signing().sign(claims);
    }

    /** The claims of a ticket that one of the keys has signed; empty for any other text. */
    Optional<Map<String, Object>> verified(String ticket) {
        return TicketKey.parsed(ticket).flatMap(this::verified);
    }

    private Optional<Map<String, Object>> verified(JWSObject ticket) {
        String id = ticket.getHeader().getKeyID();
        return keys.accepted().stream()
                .filter(key -> key.id().equals(id))
                .findFirst()
                .flatMap(key -> key.verified(ticket));
    }
}
