package dev.parley.server.handshake;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Identity;
import dev.parley.server.auth.TokenVerdict;
import dev.parley.server.session.Sessions;
import dev.parley.server.store.RevocationStore;
import dev.parley.server.store.model.StoreUnavailable;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The revoked users, with the moment of each revocation. Tokens that were issued before it are refused although they
 * have not expired, and sessions that signed in with one are closed. Any thread. A revocation by another node takes
 * effect within a second or two.
 *
 * <p>The {@code iat} of a token comes from the provider's clock, the moment of a revocation from a node's. Where the
 * provider's clock is ahead, a token that was issued before the revocation has an {@code iat} after it. So only an
 * {@code iat} later than the moment plus the allowed skew counts as issued after the revocation.
 */
public final class Revocations {
    /** Overlap of successive queries, because the clocks of nodes differ and a commit takes a while. */
    private static final Duration OVERLAP = Duration.ofSeconds(90);

    private static final Logger LOG = System.getLogger(Revocations.class.getName());

    private final RevocationStore store;
    private final Sessions sessions;
    private final InstantSource clock;
    private final Duration skew;
    /**
     * One entry of 200 bytes for each user that was ever revoked. Removing one would make its old tokens valid again.
     */
    private final Map<UserKey, Instant> revokedAt = new ConcurrentHashMap<>();

    private volatile Instant heardUntil = Instant.EPOCH;
    private volatile Consumer<UserKey> onRevoked = key -> {};
    private volatile Consumer<UserKey> onOwnRevocation = key -> {};

    /** @param skew how far the clocks of nodes and of the identity provider may differ */
    public Revocations(RevocationStore store, Sessions sessions, InstantSource clock, Duration skew) {
        this.store = store;
        this.sessions = sessions;
        this.clock = clock;
        this.skew = skew;
    }

    /**
     * @param listener called with each user whose tokens were revoked, perhaps more than once; must not block. A token
     *     of the user may be newer: see {@link #isRevoked}
     */
    public void onRevoked(Consumer<UserKey> listener) {
        onRevoked = listener;
    }

    /** @param listener called with each user whose tokens this node revoked, when the store knows it; must not block */
    public void onOwnRevocation(Consumer<UserKey> listener) {
        onOwnRevocation = listener;
    }

    /** Refuses an accepted token that was revoked; other verdicts are returned unchanged. */
    public TokenVerdict judge(TokenVerdict verdict) {
        return verdict instanceof TokenVerdict.Accepted accepted && isRevoked(accepted.identity())
                ? new TokenVerdict.Refused(
                        ErrorCode.LOGIN_REFUSED,
                        "This token was revoked. Sign in at your identity provider again, " + skew.toSeconds()
                                + " s after the revocation at the earliest.")
                : verdict;
    }

    /**
     * Whether an identity's token was revoked. A token without {@code iat} counts as revoked, and so does one that may
     * have been issued before the moment, within the skew.
     */
    public boolean isRevoked(Identity who) {
        Instant moment = revokedAt.get(who.key());
        return moment != null
                && who.issuedAt()
                        .map(issued -> !issued.isAfter(moment.plus(skew)))
                        .orElse(true);
    }

    /**
     * Revokes a user's tokens. Completes when the revocation is stored and the user's sessions on this node are closed.
     */
    public CompletionStage<?> revoke(String user) {
        UserKey key = UserKey.user(user);
        return store.revoke(key, clock.instant()).thenAccept(moment -> {
            heard(key, moment);
            onOwnRevocation.accept(key);
        });
    }

    /**
     * Reads all revocations on the calling thread, before clients connect.
     *
     * @throws IllegalStateException if the store does not answer: then no client may connect
     */
    public void start() {
        Instant now = clock.instant();
        try {
            heard(store.readSince(heardUntil), now);
        } catch (StoreUnavailable e) {
            throw new IllegalStateException(
                    "Parley cannot start: the database did not say whose tokens were revoked. Start again when it"
                            + " answers.",
                    e);
        }
    }

    /** Reads new revocations. To be called once a second; completes with whether the store answered. */
    public CompletionStage<Boolean> listen() {
        Instant now = clock.instant();
        return store.since(heardUntil).handle((revoked, failure) -> {
            if (failure == null) {
                heard(revoked, now);
            } else {
                LOG.log(Level.DEBUG, "What was revoked elsewhere cannot be read now.", failure);
            }
            return failure == null;
        });
    }

    private void heard(Map<UserKey, Instant> revoked, Instant askedAt) {
        revoked.forEach(this::heard);
        heardUntil = askedAt.minus(OVERLAP);
    }

    /** Applies a revocation. Answers of the store may arrive out of order, so the latest moment is kept. */
    void heard(UserKey key, Instant moment) {
        revokedAt.merge(key, moment, (known, news) -> news.isAfter(known) ? news : known);
        sessions.of(key).stream()
                .filter(session -> session.identity().filter(this::isRevoked).isPresent())
                .forEach(session -> session.close(CloseCode.REVOKED));
        onRevoked.accept(key);
    }
}
