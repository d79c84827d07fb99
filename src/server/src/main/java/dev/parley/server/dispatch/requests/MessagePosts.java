package dev.parley.server.dispatch.requests;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.MessageId;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.ErrorReplies;
import dev.parley.server.dispatch.Refusal;
import dev.parley.server.dispatch.handlers.Publisher;
import dev.parley.server.http.Problem;
import dev.parley.server.session.TrafficCounters;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.StageFailure;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Stores the messages that users send in requests, with the rules of a WebSocket but for the order: requests of one
 * user that are under way at the same time have none. Any thread.
 */
public final class MessagePosts {
    private final Publisher publisher;
    private final UserRates rates;
    private final TrafficCounters traffic;
    private final Supplier<String> ids;

    /** @param ids generates an id for a message that came without one */
    public MessagePosts(Publisher publisher, UserRates rates, TrafficCounters traffic, Supplier<String> ids) {
        this.publisher = publisher;
        this.rates = rates;
        this.traffic = traffic;
        this.ids = ids;
    }

    /** A message of a request on its way to the store. */
    private record PostedSend(
            Identity sender, MessageId id, UserRates rates, CompletableFuture<ServerMessage.Ack> outcome)
            implements Publisher.Send {
        @Override
        public boolean mayFollow() {
            return true;
        }

        @Override
        public CompletionStage<Optional<Refusal>> allowNaming(Collection<Channel> channels) {
            return rates.naming(sender, channels).exceptionally(failure -> {
                // The outcome is this failure; the refusal only keeps the message from the store.
                failed(failure);
                return Optional.of(Refusal.storeUnavailable());
            });
        }

        @Override
        public void acknowledged(Appended.AckPosition position) {
            outcome.complete(
                    ServerMessage.Ack.stored(id.value(), position.channel(), position.seq(), position.sentAt()));
        }

        @Override
        public void refused(ErrorReplies.Policy policy, Refusal refusal) {
            outcome.completeExceptionally(new Problem.Refused(refusal.problem()));
        }

        @Override
        public void failed(Throwable failure) {
            outcome.completeExceptionally(StageFailure.cause(failure));
        }
    }

    /**
     * Stores a message, or finds that it was stored before.
     *
     * @param bytes length of the request's body
     * @return the ack, after the commit; fails with {@link Problem.Refused}, or as the store does. Completes on a store
     *     thread
     */
    public CompletionStage<ServerMessage.Ack> post(Identity who, ClientMessage message, int bytes) {
        if (message instanceof ClientMessage.Chat chat) {
            return post(who, chat, bytes, publisher.refusal(chat.content()), send -> publisher.chat(send, chat));
        }
        if (message instanceof ClientMessage.Message direct) {
            return post(
                    who, direct, bytes, publisher.refusal(direct.content()), send -> publisher.message(send, direct));
        }
        if (message instanceof ClientMessage.Notification notification) {
            return post(
                    who,
                    notification,
                    bytes,
                    publisher.refusal(who, notification),
                    send -> publisher.notification(send, notification));
        }
        return refused(Refusal.of(
                ErrorCode.UNKNOWN_TYPE, "This address takes messages of the types chat, message and notification."));
    }

    /** @param refusal why it may not be sent, whatever the rate */
    private CompletionStage<ServerMessage.Ack> post(
            Identity who,
            ClientMessage message,
            int bytes,
            Optional<Refusal> refusal,
            Function<Publisher.Send, CompletionStage<?>> publish) {
        traffic.messageIn();
        Optional<Refusal> refused = refusal.or(() -> rates.message(who, bytes));
        if (refused.isPresent()) {
            return refused(refused.get());
        }
        CompletableFuture<ServerMessage.Ack> outcome = new CompletableFuture<>();
        MessageId id = new MessageId(message.id().orElseGet(ids));
        publish.apply(new PostedSend(who, id, rates, outcome)).whenComplete((queued, failure) -> {
            if (failure != null) {
                outcome.completeExceptionally(StageFailure.cause(failure));
            }
        });
        return outcome;
    }

    private static CompletionStage<ServerMessage.Ack> refused(Refusal refusal) {
        return CompletableFuture.failedFuture(new Problem.Refused(refusal.problem()));
    }
}
