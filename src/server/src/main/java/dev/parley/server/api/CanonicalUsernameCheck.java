package dev.parley.server.api;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Field;
import dev.parley.server.auth.Credentials;
import dev.parley.server.auth.Identity;
import dev.parley.server.http.Problem;
import dev.parley.server.store.MessageStore;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Refuses users whose names differ from an earlier user's only in case. Parley treats such names as one user, but an
 * identity provider may have two accounts for them: the second must not get access to the data of the first, over HTTP
 * or by a login. Any thread; nothing blocks.
 */
@ApplicationScoped
public class CanonicalUsernameCheck {
    private static final int REMEMBERED_MAX = 10_000;

    /**
     * Names that passed the check. A canonical spelling never changes, so while the store is unavailable users that
     * were here before are still accepted.
     */
    private final Cache<String, Boolean> confirmed =
            Caffeine.newBuilder().maximumSize(REMEMBERED_MAX).build();

    private final Function<String, CompletionStage<String>> names;

    /** For CDI, whose proxies are subclasses. */
    protected CanonicalUsernameCheck() {
        this((Function<String, CompletionStage<String>>) null);
    }

    @Inject
    CanonicalUsernameCheck(MessageStore store) {
        this(store::rememberTokenUser);
    }

    /** @param names returns the canonical spelling of a name, that of its first user */
    CanonicalUsernameCheck(Function<String, CompletionStage<String>> names) {
        this.names = names;
    }

    /**
     * The reason to refuse a user; empty if it is accepted.
     *
     * @param who identity with a token
     */
    public CompletionStage<Optional<Problem>> refusal(Identity who) {
        if (confirmed.getIfPresent(who.name()) != null) {
            return CompletableFuture.completedStage(Optional.empty());
        }
        return names.apply(who.name()).thenApply(first -> {
            if (first.equals(who.name())) {
                confirmed.put(first, true);
                return Optional.empty();
            }
            return Optional.of(Credentials.unauthorized(
                    ErrorCode.LOGIN_REFUSED,
                    "'" + Field.shown(who.name()) + "' differs only in case from '" + Field.shown(first)
                            + "', who has been here before."));
        });
    }
}
