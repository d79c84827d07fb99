package dev.parley.server.dispatch.handlers;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.MessageId;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.ErrorReplies;
import dev.parley.server.dispatch.Refusal;
import dev.parley.server.dispatch.SendOrderGuard;
import dev.parley.server.dispatch.SerialExecutor;
import dev.parley.server.dispatch.SessionContext;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.store.MessageStore;
import dev.parley.server.store.model.Appended;
import java.util.Collection;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Handles the messages that are stored: {@code chat}, {@code message}, {@code notification}. They are acknowledged
 * after the commit. The messages of one session are stored in the order of their arrival; see {@link SendOrderGuard}.
 */
public final class ChatHandler {
    private final Publisher publisher;
    private final MessageStore store;
    private final FanOut fanOut;
    private final Supplier<String> ids;

    /** @param ids generates an id for a message that came without one */
    public ChatHandler(Publisher publisher, MessageStore store, FanOut fanOut, Supplier<String> ids) {
        this.publisher = publisher;
        this.store = store;
        this.fanOut = fanOut;
        this.ids = ids;
    }

    /**
     * A message of a session on its way to the store. Its outcome comes on the store's thread, which must not wait for
     * a peer: so every answer goes through the fan-out's loop, and leaves together with others.
     *
     * @param clientsId id that the sender gave it, if any
     * @param id the same id, or a generated one
     * @param generation generation in which the message arrived, see {@link SendOrderGuard}
     */
    private record PendingSend(
            SessionContext context,
            MessageStore store,
            FanOut fanOut,
            Optional<String> clientsId,
            MessageId id,
            int generation)
            implements Publisher.Send {
        @Override
        public Identity sender() {
            return context.session().signedInAs();
        }

        @Override
        public boolean mayFollow() {
            return context.sendOrder().isCurrent(generation);
        }

        @Override
        public CompletionStage<Optional<Refusal>> allowNaming(Collection<Channel> channels) {
            return context.rates().allowNaming(store, channels);
        }

        @Override
        public void acknowledged(Appended.AckPosition position) {
            fanOut.answer(
                    context.session(),
                    ServerMessage.Ack.stored(id.value(), position.channel(), position.seq(), position.sentAt()));
        }

        @Override
        public void refused(ErrorReplies.Policy policy, Refusal refusal) {
            context.errors().reply(policy, clientsId, refusal, generation);
        }

        @Override
        public void failed(Throwable failure) {
            refused(ErrorReplies.Policy.HOLD_BACK, context.errors().refusal(failure));
        }
    }

    CompletionStage<?> chat(SessionContext context, ClientMessage.Chat chat) {
        return publish(context, chat, publisher.refusal(chat.content()), send -> publisher.chat(send, chat));
    }

    CompletionStage<?> message(SessionContext context, ClientMessage.Message message) {
        return publish(
                context, message, publisher.refusal(message.content()), send -> publisher.message(send, message));
    }

    CompletionStage<?> notification(SessionContext context, ClientMessage.Notification notification) {
        return publish(
                context,
                notification,
                publisher.refusal(context.session().signedInAs(), notification),
                send -> publisher.notification(send, notification));
    }

    /** @param refusal why it may not be sent, whatever the rate */
    private CompletionStage<?> publish(
            SessionContext context,
            ClientMessage message,
            Optional<Refusal> refusal,
            Function<Publisher.Send, CompletionStage<?>> publish) {
        if (refusal.isPresent()) {
            context.errors().reply(message.id(), refusal.get());
            return SerialExecutor.DONE;
        }
        OptionalInt generation = context.rates().allowStore(message.id());
        if (generation.isEmpty()) {
            return SerialExecutor.DONE;
        }
        MessageId id = new MessageId(message.id().orElseGet(ids));
        context.session().sending(id);
        return publish.apply(new PendingSend(context, store, fanOut, message.id(), id, generation.getAsInt()));
    }
}
