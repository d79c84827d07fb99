package dev.parley.server.dispatch.requests;

import dev.parley.protocol.Channel;
import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.RateLimiter;
import dev.parley.server.dispatch.Refusal;
import dev.parley.server.store.MessageStore;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The rate limits of users whose work comes in requests; they share them with their sessions. Any thread. */
public final class UserRates {
    private final RateLimiter limiter;
    private final MessageStore store;

    public UserRates(RateLimiter limiter, MessageStore store) {
        this.limiter = limiter;
        this.store = store;
    }

    /**
     * Takes one message to be stored. Empty if the rate allows it.
     *
     * @param bytes length of the request's body
     */
    Optional<Refusal> message(Identity who, int bytes) {
        return limiter.take(who, RateLimiter.Kind.MESSAGE, 1)
                .or(() -> limiter.take(who, RateLimiter.Kind.BYTES, bytes + RateLimiter.MESSAGE_COST_BYTES))
                .map(Refusal::tooFast);
    }

    /**
     * Takes those of these channels that naming them would create. Empty if the rate allows them. Fails as the store
     * does.
     */
    CompletionStage<Optional<Refusal>> naming(Identity who, Collection<? extends Channel> channels) {
        if (!limiter.isLimited(RateLimiter.Kind.CHANNEL)) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        return store.missing(channels).thenApply(missing -> limiter.take(who, RateLimiter.Kind.CHANNEL, missing)
                .map(Refusal::tooManyNewChannels));
    }
}
