package dev.parley.server.handshake;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Identity;
import dev.parley.server.auth.TokenVerdict;
import dev.parley.server.dispatch.handlers.TokenRevocations;
import dev.parley.server.session.Sessions;
import dev.parley.server.store.RevocationStore;
import dev.parley.server.store.model.Revocation;
import dev.parley.server.store.model.StoreUnavailable;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * The revoked users, with the last revocation of each. Tokens that were issued before it are refused although they have
 * not expired; sessions and tickets that were made before it end. Any thread. A revocation by another node takes effect
 * within a second or two.
 *
 * <p>Sessions and tickets are compared by number: the database gives each revocation a higher one, a sign-in reads the
 * last one in the statement that opens its channels, and a ticket holds the one that it was issued under. So whatever
 * the nodes know and whatever their clocks say, what was made before a revocation ends.
 *
 * <p>Of a token nothing but its {@code iat} is known. It comes from the provider's clock, the moment of a revocation
 * from the database's. Where the provider's clock is ahead, a token that was issued before the revocation has an
 * {@code iat} after it. So only an {@code iat} later than the moment plus the allowed skew counts as issued after the
 * revocation.
 */
public final class Revocations implements TokenRevocations {
    private static final Logger LOG = System.getLogger(Revocations.class.getName());

    private final RevocationStore store;
    private final Sessions sessions;
    private final InstantSource clock;
    private final Duration skew;
    /**
     * One entry of 200 bytes for each user that was ever revoked. Removing one would make its old tokens valid again.
     */
    private final Map<UserKey, Revocation> lastOf = new ConcurrentHashMap<>();

    /** The highest number that was read together with all below it. */
    private final AtomicLong readUntil = new AtomicLong();

    private volatile Consumer<UserKey> onRevoked = key -> {};
    private volatile Consumer<UserKey> onOwnRevocation = key -> {};

    /**
     * @param clock the clock of the database
     * @param skew how far the clocks of the database and of the identity provider may differ
     */
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
     * Whether the credential of an identity was revoked: of a session or ticket, by its number; of a token, by its
     * {@code iat}. A token without {@code iat} counts as revoked, and so does one that may have been issued before the
     * moment, within the skew.
     */
    @Override
    public boolean isRevoked(Identity who) {
        return isRevoked(who, lastOf.get(who.key()));
    }

    /** @param last null if the user was never revoked */
    private boolean isRevoked(Identity who, Revocation last) {
        if (last == null) {
            return false;
        }
        if (who.revocation().isPresent()) {
            return who.revocation().getAsLong() < last.number();
        }
        return who.issuedAt()
                .map(issued -> !issued.isAfter(last.at().plus(skew)))
                .orElse(true);
    }

    @Override
    public Optional<Identity> admitted(Identity who) {
        // Read once: the number must be that of the revocation by which the credential is judged.
        Revocation last = lastOf.get(who.key());
        if (isRevoked(who, last)) {
            return Optional.empty();
        }
        // A ticket may come from a node that knows of a later one.
        return Optional.of(who.after(Math.max(who.revocation().orElse(0), last == null ? 0 : last.number())));
    }

    /**
     * Revokes a user's tokens. Completes when the revocation is stored and the user's sessions on this node are closed.
     */
    public CompletionStage<?> revoke(String user) {
        UserKey key = UserKey.user(user);
        return store.revoke(key, clock.instant()).thenAccept(last -> {
            learned(key, last);
            onOwnRevocation.accept(key);
        });
    }

    /**
     * Reads all revocations on the calling thread, before clients connect.
     *
     * @throws IllegalStateException if the store does not answer: then no client may connect
     */
    public void start() {
        try {
            read(store.readAll());
        } catch (StoreUnavailable e) {
            throw new IllegalStateException(
                    "Parley cannot start: the database did not say whose tokens were revoked. Start again when it"
                            + " answers.",
                    e);
        }
    }

    /**
     * Reads new revocations. To be called once a second, and when another node says that there is one; completes with
     * whether the store answered.
     */
    public CompletionStage<Boolean> listen() {
        return store.since(readUntil.get()).handle((revoked, failure) -> {
            if (failure == null) {
                read(revoked);
            } else {
                LOG.log(Level.DEBUG, "What was revoked elsewhere cannot be read now.", failure);
            }
            return failure == null;
        });
    }

    private void read(Map<UserKey, Revocation> revoked) {
        revoked.forEach(this::learned);
        revoked.values().forEach(last -> readUntil.accumulateAndGet(last.number(), Math::max));
    }

    /** Answers of the store may arrive out of order, so the last revocation is kept. */
    @Override
    public void learned(UserKey key, Revocation last) {
        boolean isNews =
                lastOf.merge(key, last, (known, told) -> told.number() > known.number() ? told : known) == last;
        if (isNews) {
            sessions.of(key).stream()
                    .filter(session ->
                            session.identity().filter(this::isRevoked).isPresent())
                    .forEach(session -> session.close(CloseCode.REVOKED));
            onRevoked.accept(key);
        }
    }
}
