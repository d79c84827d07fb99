package dev.parley.server.dispatch;

import dev.parley.protocol.Channel;
import dev.parley.protocol.CloseCode;
import dev.parley.server.auth.Identity;
import dev.parley.server.session.Session;
import dev.parley.server.store.MessageStore;
import java.util.Collection;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The rate limits of the user of one session; answers the error where a limit is exceeded. Any thread. */
public final class SessionRates {
    private final Session session;
    private final RateLimiter limiter;
    private final SendOrderGuard sendOrder;
    private final ErrorReplies errors;

    SessionRates(Session session, RateLimiter limiter, SendOrderGuard sendOrder, ErrorReplies errors) {
        this.session = session;
        this.limiter = limiter;
        this.sendOrder = sendOrder;
        this.errors = errors;
    }

    /** Takes one from a limit. Returns false, with the error answered, if that exceeds the limit. */
    public boolean allow(RateLimiter.Kind kind, Optional<String> id) {
        return allow(kind, 1, id);
    }

    public boolean allow(RateLimiter.Kind kind, long count, Optional<String> id) {
        Optional<RateLimiter.Excess> excess = limiter.take(session, kind, count);
        excess.ifPresent(over -> errors.reply(id, Refusal.tooFast(over)));
        return excess.isEmpty();
    }

    /**
     * Takes bytes of frames, which cannot be refused one by one. Returns false, with the session closed, if that
     * exceeds the limit: then nothing of the frame is done, and the client sends it again on its next connection.
     */
    public boolean allowBytes(long count) {
        Optional<RateLimiter.Excess> excess = limiter.take(session, RateLimiter.Kind.BYTES, count);
        excess.ifPresent(over -> {
            errors.reply(Optional.empty(), Refusal.tooFast(over));
            close(over);
        });
        return excess.isEmpty();
    }

    /**
     * Takes one first sign-in of a user, before the session is signed in. Returns false, with the session closed, if
     * that exceeds the limit.
     */
    public boolean allowSignIn(Identity who) {
        Optional<RateLimiter.Excess> excess = limiter.takeSignIn(session, who);
        excess.ifPresent(this::close);
        return excess.isEmpty();
    }

    /** A guest whom the others of its address keep out is not closed as one that sends too fast. */
    private void close(RateLimiter.Excess over) {
        if (over.isShared()) {
            errors.closeWithGoodbye(CloseCode.TRY_AGAIN_LATER);
        } else {
            errors.closeForRate();
        }
    }

    /**
     * Whether a message may go to the store now. If not, the error has been answered: an earlier message must come
     * first, or the limit is exceeded.
     *
     * @return the generation in which the message came, see {@link SendOrderGuard}
     */
    public OptionalInt allowStore(Optional<String> id) {
        SendOrderGuard.Admission admission = sendOrder.admit(id);
        if (admission.before().isPresent()) {
            errors.reply(ErrorReplies.Policy.IN_ORDER, id, admission.before().get());
            return OptionalInt.empty();
        }
        int generation = admission.generation();
        Optional<RateLimiter.Excess> excess = limiter.take(session, RateLimiter.Kind.MESSAGE);
        excess.ifPresent(over -> errors.reply(ErrorReplies.Policy.HOLD_BACK, id, Refusal.tooFast(over), generation));
        return excess.isEmpty() ? OptionalInt.of(generation) : OptionalInt.empty();
    }

    /**
     * Whether these channels may be named, which creates those that are not there yet.
     *
     * @return never fails; empty if they may, with the new ones taken from the user's limit
     */
    public CompletionStage<Optional<Refusal>> allowNaming(MessageStore store, Collection<? extends Channel> channels) {
        if (!limiter.isLimited(RateLimiter.Kind.CHANNEL)) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        return store.missing(channels).handle((missing, failure) -> {
            if (failure != null) {
                return Optional.of(errors.refusal(failure));
            }
            return limiter.take(session, RateLimiter.Kind.CHANNEL, missing).map(Refusal::tooManyNewChannels);
        });
    }
}
