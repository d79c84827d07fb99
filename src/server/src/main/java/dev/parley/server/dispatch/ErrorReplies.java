package dev.parley.server.dispatch;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.server.log.LogThrottle;
import dev.parley.server.session.Session;
import dev.parley.server.store.model.StageFailure;
import dev.parley.server.store.model.StoreRefused;
import dev.parley.server.store.model.StoreUnavailable;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * The error policy of one session: when an error leaves, what it holds back, and when errors end the session. Any
 * thread.
 */
public final class ErrorReplies {
    /** When an error leaves, and what it holds back. */
    public enum Policy {
        /** At once. */
        NOW,
        /** After the answers to all stored messages that came before. */
        IN_ORDER,
        /**
         * In order; the session's later stored messages wait until this one comes again. For a message that did not get
         * to the store.
         */
        HOLD_BACK,
        /** The same for a message that failed in the store: those that were sent there after it wait, too. */
        HOLD_BACK_IN_STORE
    }

    /** Minimum delay after which a refused client may retry or reconnect. */
    public static final long RECONNECT_AFTER_MILLIS = 10_000;

    private final Session session;
    private final ErrorBudget budget;
    private final SendOrderGuard sendOrder;
    private final Executor inOrder;
    private final Executor whenAnswered;
    private final LogThrottle bugs;

    /**
     * @param inOrder sends answers to stored messages one after the other, whatever thread made them
     * @param whenAnswered runs actions after the answers to all messages that this session has sent to the store
     * @param bugs log of bugs, shared by all sessions
     */
    ErrorReplies(
            Session session,
            ErrorBudget budget,
            SendOrderGuard sendOrder,
            Executor inOrder,
            Executor whenAnswered,
            LogThrottle bugs) {
        this.session = session;
        this.budget = budget;
        this.sendOrder = sendOrder;
        this.inOrder = inOrder;
        this.whenAnswered = whenAnswered;
        this.bugs = bugs;
    }

    /** Answers a message with an error at once. */
    public void reply(Optional<String> id, Refusal refusal) {
        reply(Policy.NOW, id, refusal);
    }

    /** Answers a message that came in the present generation of {@link SendOrderGuard}. */
    public void reply(Policy policy, Optional<String> id, Refusal refusal) {
        reply(policy, id, refusal, sendOrder.generation());
    }

    /**
     * Answers a message with an error. Too many errors close the session; no further ones are sent then.
     *
     * @param generation in which the message came, see {@link SendOrderGuard}
     */
    public void reply(Policy policy, Optional<String> id, Refusal refusal, int generation) {
        switch (policy) {
            case NOW -> send(id, refusal);
            case IN_ORDER -> sendInOrder(id, refusal);
            case HOLD_BACK -> {
                id.ifPresent(one -> sendOrder.refused(one, refusal, generation));
                sendInOrder(id, refusal);
            }
            case HOLD_BACK_IN_STORE -> {
                id.ifPresent(one -> sendOrder.failed(one, refusal, generation));
                sendInOrder(id, refusal);
            }
        }
    }

    private void sendInOrder(Optional<String> id, Refusal refusal) {
        inOrder.execute(() -> send(id, refusal));
    }

    private void send(Optional<String> id, Refusal refusal) {
        if (!session.isOpen()) {
            return;
        }
        session.answer(refusal.error(id));
        if (!refusal.isSendersOwn()) {
            return;
        }
        budget.count(refusal.code().wireName()).ifPresent(end -> {
            if (end == CloseCode.RATE_LIMITED) {
                closeForRate();
            } else if (session.announceClose(end)) {
                closeAnswered(end);
            }
        });
    }

    /** Answers with the result of a query, or with an error if it failed. */
    public <T> CompletionStage<?> replyWhenRead(CompletionStage<T> stage, Optional<String> id, Consumer<T> answer) {
        return stage.handle((result, failure) -> {
            if (failure == null) {
                answer.accept(result);
            } else {
                reply(id, refusal(failure));
            }
            return Optional.empty();
        });
    }

    /**
     * The refusal for a failure: a transient one, or a bug, which is logged. The store logs by itself what its database
     * refused.
     */
    public Refusal refusal(Throwable failure) {
        Throwable cause = StageFailure.cause(failure);
        if (StoreUnavailable.isReasonOf(cause)) {
            return Refusal.storeUnavailable();
        }
        if (!(cause instanceof StoreRefused)) {
            bugs.error("A bug while handling a message; its sender was told 'internal'.", cause);
        }
        return Refusal.of(ErrorCode.INTERNAL, "The server failed on this message; its log says why.");
    }

    /** Answers a message whose handling failed. Later stored messages wait until a stored one comes again. */
    public void replyFailed(Optional<ClientMessage> message, Throwable failure) {
        Optional<String> id = message.flatMap(ClientMessage::id);
        boolean isStored = message.filter(ClientMessage::keepsOrder).isPresent();
        if (isStored) {
            reply(Policy.HOLD_BACK, id, refusal(failure), sendOrder.admit(id).generation());
        } else {
            reply(id, refusal(failure));
        }
    }

    /** Closes a session that exceeds its rates repeatedly. */
    public void closeForRate() {
        closeWithGoodbye(CloseCode.RATE_LIMITED);
    }

    /** Closes with a {@code goodbye} that says when to come back. */
    public void closeWithGoodbye(CloseCode code) {
        if (session.announceClose(code)) {
            session.sendGoodbye(code, RECONNECT_AFTER_MILLIS, ThreadLocalRandom.current());
            closeAnswered(code);
        }
    }

    /** Closes with a {@code goodbye} a session that did nothing wrong, so that it comes back by itself. */
    void sendAway(Duration reconnectAfter) {
        if (session.announceClose(CloseCode.SERVICE_RESTART)) {
            session.sendGoodbye(CloseCode.SERVICE_RESTART, reconnectAfter);
            closeAnswered(CloseCode.SERVICE_RESTART);
        }
    }

    /** Closes after the acks of stored messages: not every client comes back to resend them. */
    private void closeAnswered(CloseCode code) {
        if (session.isSignedIn()) {
            whenAnswered.execute(() -> session.close(code));
        } else {
            session.close(code);
        }
    }
}
