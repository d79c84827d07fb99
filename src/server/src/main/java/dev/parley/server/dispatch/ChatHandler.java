package dev.parley.server.dispatch;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.session.Identity;
import dev.parley.server.store.Append;
import dev.parley.server.store.Appended;
import dev.parley.server.store.MessageStore;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Whatever is stored: {@code chat}, {@code message}, {@code notification}. Acknowledged after the commit. */
public final class ChatHandler {
    private final MessageStore store;
    private final Rates rates;
    private final boolean isOpenToGuests;
    private final Supplier<String> ids;

    /** @param ids makes an id for a message that came without one */
    public ChatHandler(MessageStore store, Rates rates, boolean isOpenToGuests, Supplier<String> ids) {
        this.store = store;
        this.rates = rates;
        this.isOpenToGuests = isOpenToGuests;
        this.ids = ids;
    }

    CompletionStage<?> chat(Conversation conversation, ClientMessage.Chat chat) {
        if (chat.attachment().isPresent()) {
            conversation.refuse(
                    chat.id(),
                    ErrorCode.BAD_MESSAGE,
                    "There is no attachment '" + chat.attachment().get().id() + "'.");
            return Turns.DONE;
        }
        Channel.Room room = new Channel.Room(chat.room());
        if (!RoomHandler.isVisible(conversation, room, chat.id()) || !isWithinRate(conversation, chat)) {
            return Turns.DONE;
        }
        Identity sender = conversation.session().signedInAs();
        String id = idOf(chat);
        return append(
                conversation,
                id,
                List.of(room),
                (channel, seq, sentAt) -> new ServerMessage.Chat(
                        room.name(), seq, id, sender.name(), chat.content(), sentAt, Optional.empty()));
    }

    CompletionStage<?> message(Conversation conversation, ClientMessage.Message message) {
        if (!isWithinRate(conversation, message)) {
            return Turns.DONE;
        }
        Identity sender = conversation.session().signedInAs();
        String id = idOf(message);
        Append.Writer writer = (channel, seq, sentAt) ->
                ServerMessage.Message.in(channel, seq, id, sender.name(), message.content(), sentAt, message.to());
        if (message.to().isEmpty()) {
            return append(conversation, id, List.of(Channel.LOBBY), writer);
        }
        return conversation.whenRead(inboxOf(message.to().get()), message.id(), recipient -> {
            List<Channel> both = Stream.<Channel>of(new Channel.Inbox(sender.key()), recipient)
                    .distinct()
                    .toList();
            append(conversation, id, both, writer);
        });
    }

    CompletionStage<?> notification(Conversation conversation, ClientMessage.Notification notification) {
        Identity sender = conversation.session().signedInAs();
        if (!sender.has(Identity.ROLE_NOTIFY)) {
            conversation.refuse(
                    notification.id(), ErrorCode.FORBIDDEN, "Notifications need the role 'notify' in your token.");
            return Turns.DONE;
        }
        if (!isWithinRate(conversation, notification)) {
            return Turns.DONE;
        }
        String id = idOf(notification);
        Append.Writer writer = (channel, seq, sentAt) -> ServerMessage.Notification.in(
                channel,
                seq,
                id,
                sender.name(),
                notification.content(),
                sentAt,
                notification.title(),
                notification.level());
        if (notification.to().isPresent()) {
            return conversation.whenRead(
                    inboxOf(notification.to().get()),
                    notification.id(),
                    recipient -> append(conversation, id, List.of(recipient), writer));
        }
        if (notification.room().isPresent()) {
            Channel.Room room = new Channel.Room(notification.room().get());
            return RoomHandler.isVisible(conversation, room, notification.id())
                    ? append(conversation, id, List.of(room), writer)
                    : Turns.DONE;
        }
        return append(conversation, id, List.of(Channel.BROADCAST), writer);
    }

    /** The inbox that a name means: a user's, unless only a guest of that name has been here. */
    private CompletionStage<Channel> inboxOf(String name) {
        Channel user = new Channel.Inbox(Identity.key(name, false));
        Channel guest = new Channel.Inbox(Identity.key(name, true));
        if (!isOpenToGuests) {
            return CompletableFuture.completedFuture(user);
        }
        return store.isTokenUser(name)
                .thenCompose(isUser -> isUser ? CompletableFuture.completedFuture(false) : store.exists(guest))
                .thenApply(isGuest -> isGuest ? guest : user);
    }

    /** Over once the store has it in its queue: a sender need not wait for one ack before the next message. */
    private CompletionStage<?> append(
            Conversation conversation, String id, List<Channel> channels, Append.Writer writer) {
        String sender = conversation.session().signedInAs().key();
        store.append(new Append(sender, id, channels, writer), outcome -> answer(conversation, id, outcome));
        return Turns.DONE;
    }

    private boolean isWithinRate(Conversation conversation, ClientMessage message) {
        return conversation.isWithinRate(rates, Rates.Kind.MESSAGE, message.id());
    }

    private static void answer(Conversation conversation, String id, Appended outcome) {
        if (outcome instanceof Appended.Stored stored) {
            conversation.answer(ack(id, stored.place()));
        } else if (outcome instanceof Appended.Again again) {
            conversation.answer(ack(id, again.place()));
        } else if (outcome instanceof Appended.Conflict) {
            conversation.refuse(
                    Optional.of(id),
                    ErrorCode.CONFLICT,
                    "You sent another message under the id '" + id + "' before; this one was not stored.");
        } else if (outcome instanceof Appended.Unavailable) {
            conversation.refuseForNow(Optional.of(id));
        } else {
            conversation.refuse(
                    Optional.of(id), ErrorCode.INTERNAL, "The server failed on this message and did not store it.");
        }
    }

    private static ServerMessage.Ack ack(String id, Appended.Place place) {
        return ServerMessage.Ack.stored(id, place.channel(), place.seq(), place.sentAt());
    }

    private String idOf(ClientMessage message) {
        return message.id().orElseGet(ids);
    }
}
