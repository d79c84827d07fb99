package dev.parley.server.handshake;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.server.session.Identity;
import dev.parley.server.session.Sessions;
import dev.parley.server.session.TokenVerdict;
import dev.parley.server.store.RevocationStore;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Who was shut out, although the tokens have not expired: tokens issued before that moment let nobody in, and sessions that
 * came in by one are closed. Any thread; what another node revoked is heard within a second or two.
 */
public final class Revocations {
    /** The clocks of nodes differ, and a commit takes a while. */
    private static final Duration OVERLAP = Duration.ofSeconds(90);

    private static final Logger LOG = System.getLogger(Revocations.class.getName());

    private final RevocationStore store;
    private final Sessions sessions;
    private final InstantSource clock;
    private final Map<String, Instant> revokedAt = new ConcurrentHashMap<>();
    private volatile Instant heardUntil = Instant.EPOCH;

    public Revocations(RevocationStore store, Sessions sessions, InstantSource clock) {
        this.store = store;
        this.sessions = sessions;
        this.clock = clock;
    }

    /** What a token is worth, whatever its signature says. */
    public TokenVerdict judge(TokenVerdict verdict) {
        return verdict instanceof TokenVerdict.Accepted accepted && isRevoked(accepted.identity())
                ? new TokenVerdict.Refused(
                        ErrorCode.LOGIN_REFUSED, "This token was revoked. Sign in at your identity provider again.")
                : verdict;
    }

    /** A token that does not say when it was made counts as old. */
    public boolean isRevoked(Identity who) {
        Instant moment = revokedAt.get(who.key());
        return moment != null
                && who.issuedAt().map(issued -> issued.isBefore(moment)).orElse(true);
    }

    /** Shuts a user out: done when it is stored, and all of its sessions on this node are closed. */
    public CompletionStage<?> revoke(String user) {
        String key = Identity.key(user, false);
        return store.revoke(key, clock.instant()).thenAccept(moment -> heard(key, moment));
    }

    /** To be called once a second. */
    public CompletionStage<?> listen() {
        Instant now = clock.instant();
        return store.since(heardUntil).handle((revoked, failure) -> {
            if (failure == null) {
                revoked.forEach(this::heard);
                heardUntil = now.minus(OVERLAP);
            } else {
                LOG.log(Level.DEBUG, "What was revoked elsewhere cannot be read now.", failure);
            }
            return failure == null;
        });
    }

    private void heard(String key, Instant moment) {
        Instant before = revokedAt.put(key, moment);
        if (moment.equals(before)) {
            return;
        }
        sessions.of(key).stream()
                .filter(session -> session.identity().filter(this::isRevoked).isPresent())
                .forEach(session -> session.close(CloseCode.REVOKED));
    }
}
