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
 * Names that differ in case alone are one user here. An identity provider may see two in them: the second one must not
 * get what the first one's is, over HTTP as little as by a login. Any thread, none blocks.
 */
@ApplicationScoped
public class CanonicalUsernameCheck {
    private static final int REMEMBERED_MAX = 10_000;

    /** A spelling never changes, so that a store that is away stops nobody who was here before. */
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

    /** @param names gives each name as its first user wrote it */
    CanonicalUsernameCheck(Function<String, CompletionStage<String>> names) {
        this.names = names;
    }

    /**
     * Why this user is refused, if so.
     *
     * @param who with a token
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
