package dev.parley.server.dispatch;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ChunkJoiner;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.log.LogThrottle;
import dev.parley.server.session.Session;
import dev.parley.server.store.MessageStore;
import dev.parley.server.store.model.StoreRefused;
import dev.parley.server.store.model.StoreUnavailable;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * What dispatch remembers of one session. Its handlers run one after the other in the session's queue (see
 * {@link SerialExecutor}), so nothing here needs a lock; what answers from elsewhere uses only {@link #answer},
 * {@link #refuse} and the session.
 */
public final class SessionContext {
    public static final int ROOMS_MAX = 100;
    public static final int SUBSCRIPTIONS_MAX = 100;

    private final Session session;
    private final ErrorBudget errorBudget;
    private final SendOrderGuard sendOrder;
    private final Set<Channel.Room> rooms = new HashSet<>();
    private final Set<String> subscriptions = new HashSet<>();
    private final ChunkJoiner joiner;
    private final InboundMemoryBudget.Share memory;
    private final Executor inOrder;
    private final Executor whenAnswered;
    private final LogThrottle bugs;
    private Optional<Upload> upload = Optional.empty();
    private long lateBytes;
    /** Written in the session's queue, read by the sweep. */
    private volatile boolean hasUnfinished;

    private boolean isAutoNamed;
    private boolean isLoginRefused;

    /**
     * @param inOrder where answers to stored messages leave one after the other, whoever made them
     * @param whenAnswered runs what comes after the answers to all that this session has sent to the store
     * @param bugs log of those that messages meet, shared by all sessions
     */
    SessionContext(
            Session session,
            ErrorBudget errorBudget,
            SendOrderGuard sendOrder,
            ChunkJoiner joiner,
            InboundMemoryBudget.Share memory,
            Executor inOrder,
            Executor whenAnswered,
            LogThrottle bugs) {
        this.session = session;
        this.errorBudget = errorBudget;
        this.sendOrder = sendOrder;
        this.joiner = joiner;
        this.memory = memory;
        this.inOrder = inOrder;
        this.whenAnswered = whenAnswered;
        this.bugs = bugs;
    }

    public Session session() {
        return session;
    }

    /** Rooms that this session is in or about to enter. */
    public Set<Channel.Room> rooms() {
        return rooms;
    }

    public Set<String> subscriptions() {
        return subscriptions;
    }

    /** Whether the server made this guest's name, so that one login may still give it another. */
    public boolean isAutoNamed() {
        return isAutoNamed;
    }

    public void autoNamed(boolean byServer) {
        isAutoNamed = byServer;
    }

    /**
     * Whether a login was refused: then this session signs in by a better one, never by itself under a name it did not
     * want.
     */
    public boolean isLoginRefused() {
        return isLoginRefused;
    }

    public void loginRefused() {
        isLoginRefused = true;
    }

    /** Bytes of what this session has begun to send. */
    public InboundMemoryBudget.Share memory() {
        return memory;
    }

    ChunkJoiner joiner() {
        return joiner;
    }

    /** The upload under way. */
    public Optional<Upload> upload() {
        return upload;
    }

    public void uploading(Upload begun) {
        upload = Optional.of(begun);
        noteUnfinished();
    }

    /** Whole, or given up. */
    public void uploaded() {
        upload = Optional.empty();
        noteUnfinished();
    }

    /** To be called when the joiner has changed. */
    void noteUnfinished() {
        hasUnfinished = upload.isPresent() || !joiner.isEmpty();
    }

    /** Whether something was begun that is not whole. Any thread. */
    boolean hasUnfinished() {
        return hasUnfinished;
    }

    /** Bytes of a rejected upload that may still be on their way. */
    public long lateBytes() {
        return lateBytes;
    }

    public void lateBytes(long left) {
        lateBytes = left;
    }

    public SendOrderGuard sendOrder() {
        return sendOrder;
    }

    public void answer(ServerMessage message) {
        session.answer(message);
    }

    public void refuse(Optional<String> id, ErrorCode code, String reason) {
        refuse(ServerMessage.Error.of(id, code, reason));
    }

    /** Answers with an error; too many of them end the session, which then hears no further ones. Any thread. */
    public void refuse(ServerMessage.Error error) {
        if (!session.isOpen()) {
            return;
        }
        session.answer(error);
        errorBudget.count(error.code()).ifPresent(end -> {
            if (end == CloseCode.RATE_LIMITED) {
                closeForRate();
            } else if (session.announceClose(end)) {
                closeAnswered(end);
            }
        });
    }

    /** The same, after what was acknowledged or refused before. Any thread. */
    public void refuseInOrder(ServerMessage.Error error) {
        inOrder.execute(() -> refuse(error));
    }

    /** Too much came too fast, again and again. Any thread. */
    public void closeForRate() {
        closeWithGoodbye(CloseCode.RATE_LIMITED);
    }

    /** Closes with a word on when to come back. Any thread. */
    public void closeWithGoodbye(CloseCode code) {
        if (session.announceClose(code)) {
            long spread = ThreadLocalRandom.current().nextLong(ErrorBudget.RECONNECT_SPREAD_MILLIS);
            session.answer(new ServerMessage.Goodbye(code.wireName(), ErrorBudget.RECONNECT_AFTER_MILLIS + spread));
            closeAnswered(code);
        }
    }

    /** What it had stored is acknowledged first: it would not know, and not everybody comes back to ask. */
    private void closeAnswered(CloseCode code) {
        if (session.isSignedIn()) {
            whenAnswered.execute(() -> session.close(code));
        } else {
            session.close(code);
        }
    }

    /** Takes one from the user's rate; false, with the error answered, if that was one too many. */
    public boolean isWithinRate(RateLimiter rateLimiter, RateLimiter.Kind kind, Optional<String> id) {
        return isWithinRate(rateLimiter, kind, 1, id);
    }

    public boolean isWithinRate(RateLimiter rateLimiter, RateLimiter.Kind kind, long count, Optional<String> id) {
        OptionalLong retryAfter = rateLimiter.take(session, kind, count);
        retryAfter.ifPresent(millis -> refuse(tooFast(millis).answer(id)));
        return retryAfter.isEmpty();
    }

    /**
     * Whether a message may go to the store now; if not, says why: one before it must come first, or the rate.
     *
     * @return the generation in which the message came, see {@link SendOrderGuard}
     */
    public OptionalInt mayStore(RateLimiter rateLimiter, Optional<String> id) {
        SendOrderGuard.Admission admission = sendOrder.admit(id);
        if (admission.before().isPresent()) {
            refuseInOrder(admission.before().get().answer(id));
            return OptionalInt.empty();
        }
        int generation = admission.generation();
        OptionalLong retryAfter = rateLimiter.take(session, RateLimiter.Kind.MESSAGE);
        retryAfter.ifPresent(millis -> refuseBeforeStore(id, tooFast(millis), generation));
        return retryAfter.isEmpty() ? OptionalInt.of(generation) : OptionalInt.empty();
    }

    /**
     * Asks whether these channels may be named, which makes those that are not there yet.
     *
     * @return never fails; empty if they may, with the new ones taken from the user's rate
     */
    public CompletionStage<Optional<SendOrderGuard.Refusal>> mayName(
            MessageStore store, RateLimiter rateLimiter, Collection<? extends Channel> channels) {
        if (!rateLimiter.isLimited(RateLimiter.Kind.CHANNEL)) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        return store.missing(channels).handle((missing, failure) -> {
            if (failure != null) {
                return Optional.of(failed(failure));
            }
            OptionalLong retryAfter = rateLimiter.take(session, RateLimiter.Kind.CHANNEL, missing);
            return retryAfter.isEmpty() ? Optional.empty() : Optional.of(tooManyNew(retryAfter.getAsLong()));
        });
    }

    private static SendOrderGuard.Refusal tooManyNew(long millis) {
        return new SendOrderGuard.Refusal(
                ErrorCode.RATE_LIMITED,
                "You are naming new rooms or users faster than allowed; wait " + millis + " ms.",
                millis);
    }

    private static SendOrderGuard.Refusal tooFast(long millis) {
        return new SendOrderGuard.Refusal(
                ErrorCode.RATE_LIMITED, "You are sending faster than allowed; wait " + millis + " ms.", millis);
    }

    /** The database did not take it, or nobody knows whether it did. */
    public static SendOrderGuard.Refusal storeUnavailable() {
        return new SendOrderGuard.Refusal(
                ErrorCode.STORE_UNAVAILABLE,
                "The store does not answer at the moment. Send it again, with the same id.",
                ErrorBudget.STORE_RETRY_AFTER_MILLIS);
    }

    /** Refuses a message that did not get to the store; those after it wait for it. In the session's queue. */
    public void refuseBeforeStore(Optional<String> id, SendOrderGuard.Refusal refusal, int generation) {
        id.ifPresent(one -> sendOrder.refused(one, refusal, generation));
        refuseInOrder(refusal.answer(id));
    }

    /** The store failed on a message: those after it wait for it. Any thread. */
    public void failInStore(Optional<String> id, SendOrderGuard.Refusal refusal, int generation) {
        id.ifPresent(one -> sendOrder.failed(one, refusal, generation));
    }

    /** Makes an answer of what the store gave, or of its failure. */
    public <T> CompletionStage<?> whenRead(CompletionStage<T> stage, Optional<String> id, Consumer<T> answer) {
        return stage.handle((result, failure) -> {
            if (failure == null) {
                answer.accept(result);
            } else {
                refuseForNow(id, failure);
            }
            return Optional.empty();
        });
    }

    public void refuseForNow(Optional<String> id, Throwable failure) {
        refuse(failed(failure).answer(id));
    }

    /** The store could not sign this session in for its first message. */
    public void refuseFirst(Optional<ClientMessage> first, Throwable failure) {
        refuseForLater(first, failed(failure));
    }

    /** A bug of ours. */
    void refuseForBug(Optional<ClientMessage> message, Throwable failure) {
        refuseForLater(message, failed(failure));
    }

    /** What comes after a stored message waits until that one comes again. */
    private void refuseForLater(Optional<ClientMessage> message, SendOrderGuard.Refusal refusal) {
        Optional<String> id = message.flatMap(ClientMessage::id);
        if (message.isPresent() && message.get().wantsPlace()) {
            refuseBeforeStore(id, refusal, sendOrder.admit(id).generation());
        } else {
            refuse(refusal.answer(id));
        }
    }

    /**
     * What its sender is told of a failure: a transient failure, or a bug, which is logged; the store logs what it was
     * refused.
     */
    public SendOrderGuard.Refusal failed(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (StoreUnavailable.isReasonOf(cause)) {
            return storeUnavailable();
        }
        if (!(cause instanceof StoreRefused)) {
            bugs.error("A bug while handling a message; its sender was told 'internal'.", cause);
        }
        return new SendOrderGuard.Refusal(
                ErrorCode.INTERNAL, "The server failed on this message; its log says why.", 0);
    }
}
