package dev.parley.server.dispatch;

import dev.parley.protocol.Attachment;
import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.session.Identity;
import dev.parley.server.store.Append;
import dev.parley.server.store.Appended;
import dev.parley.server.store.AttachmentStore;
import dev.parley.server.store.Fingerprint;
import dev.parley.server.store.MessageStore;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Whatever is stored: {@code chat}, {@code message}, {@code notification}. Acknowledged after the commit. A sender's messages
 * of one session are stored in the order in which they came; see {@link HoldBack}.
 */
public final class ChatHandler {
    private final MessageStore store;
    private final AttachmentStore attachments;
    private final FanOut fanOut;
    private final Rates rates;
    private final boolean isOpenToGuests;
    private final int maxLength;
    private final Supplier<String> ids;

    /**
     * @param maxLength of a content, in characters
     * @param ids makes an id for a message that came without one
     */
    public ChatHandler(
            MessageStore store,
            AttachmentStore attachments,
            FanOut fanOut,
            Rates rates,
            boolean isOpenToGuests,
            int maxLength,
            Supplier<String> ids) {
        this.store = store;
        this.attachments = attachments;
        this.maxLength = maxLength;
        this.fanOut = fanOut;
        this.rates = rates;
        this.isOpenToGuests = isOpenToGuests;
        this.ids = ids;
    }

    CompletionStage<?> chat(Conversation conversation, ClientMessage.Chat chat) {
        Channel.Room room = new Channel.Room(chat.room());
        if (!RoomHandler.isVisible(conversation, room, chat.id()) || !mayStore(conversation, chat, chat.content())) {
            return Turns.DONE;
        }
        if (chat.attachment().isEmpty()) {
            return chat(conversation, chat, room, Optional.empty());
        }
        String attachment = chat.attachment().get().id();
        return attachments.find(attachment).handle((found, failure) -> {
            if (failure != null) {
                Conversation.onlyWeather(failure);
                conversation.refuseBeforeStore(chat.id(), Conversation.storeAway());
                return Turns.DONE;
            }
            Optional<Attachment> own = found.filter(
                            kept -> kept.room().equals(room) && kept.uploader().equals(keyOf(conversation)))
                    .map(AttachmentStore.Kept::attachment);
            if (own.isEmpty()) {
                conversation.refuse(
                        chat.id(),
                        ErrorCode.BAD_MESSAGE,
                        "There is no attachment '" + attachment + "' that you uploaded to the room '" + room.name()
                                + "'.");
                return Turns.DONE;
            }
            return chat(conversation, chat, room, own);
        });
    }

    private CompletionStage<?> chat(
            Conversation conversation, ClientMessage.Chat chat, Channel.Room room, Optional<Attachment> attachment) {
        String sender = nameOf(conversation);
        String id = idOf(chat);
        Optional<String> file = attachment.map(Attachment::id);
        return append(
                conversation,
                chat,
                new Append(
                        keyOf(conversation),
                        id,
                        List.of(room),
                        Fingerprint.of("chat", List.of(room), List.of(Optional.of(chat.content()), file)),
                        file,
                        (channel, seq, sentAt) -> new ServerMessage.Chat(
                                room.name(), seq, id, sender, chat.content(), sentAt, attachment)));
    }

    CompletionStage<?> message(Conversation conversation, ClientMessage.Message message) {
        if (!mayStore(conversation, message, message.content())) {
            return Turns.DONE;
        }
        String sender = nameOf(conversation);
        String id = idOf(message);
        Append.Writer writer = (channel, seq, sentAt) ->
                ServerMessage.Message.in(channel, seq, id, sender, message.content(), sentAt, message.to());
        Function<List<Channel>, Append> to = channels -> new Append(
                keyOf(conversation),
                id,
                channels,
                Fingerprint.of("message", channels, List.of(Optional.of(message.content()))),
                writer);
        if (message.to().isEmpty()) {
            return append(conversation, message, to.apply(List.of(Channel.LOBBY)));
        }
        Channel own = new Channel.Inbox(keyOf(conversation));
        return appendToInbox(conversation, message, message.to().get(), recipient -> to.apply(List.of(own, recipient)));
    }

    CompletionStage<?> notification(Conversation conversation, ClientMessage.Notification notification) {
        if (!conversation.session().signedInAs().has(Identity.ROLE_NOTIFY)) {
            conversation.refuse(
                    notification.id(), ErrorCode.FORBIDDEN, "Notifications need the role 'notify' in your token.");
            return Turns.DONE;
        }
        Optional<Channel.Room> room = notification.room().map(Channel.Room::new);
        if (room.isPresent() && !RoomHandler.isVisible(conversation, room.get(), notification.id())) {
            return Turns.DONE;
        }
        if (!mayStore(conversation, notification, notification.content())) {
            return Turns.DONE;
        }
        String sender = nameOf(conversation);
        String id = idOf(notification);
        Append.Writer writer = (channel, seq, sentAt) -> ServerMessage.Notification.in(
                channel, seq, id, sender, notification.content(), sentAt, notification.title(), notification.level());
        Function<Channel, Append> to = channel -> new Append(
                keyOf(conversation),
                id,
                List.of(channel),
                Fingerprint.of(
                        "notification",
                        List.of(channel),
                        List.of(Optional.of(notification.content()), notification.title(), notification.level())),
                writer);
        if (notification.to().isPresent()) {
            return appendToInbox(conversation, notification, notification.to().get(), to);
        }
        Channel everyone = room.<Channel>map(one -> one).orElse(Channel.BROADCAST);
        return append(conversation, notification, to.apply(everyone));
    }

    private CompletionStage<?> appendToInbox(
            Conversation conversation, ClientMessage message, String name, Function<Channel, Append> to) {
        return inboxOf(name).handle((recipient, failure) -> {
            if (failure == null) {
                append(conversation, message, to.apply(recipient));
            } else {
                Conversation.onlyWeather(failure);
                conversation.refuseBeforeStore(message.id(), Conversation.storeAway());
            }
            return Optional.empty();
        });
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
    private CompletionStage<?> append(Conversation conversation, ClientMessage message, Append append) {
        int era = conversation.holdBack().era();
        boolean isQueued = store.append(
                append,
                () -> conversation.holdBack().mayFollow(era),
                outcome -> answer(conversation, message.id(), append.id(), era, outcome));
        if (!isQueued) {
            conversation.refuseBeforeStore(message.id(), Conversation.storeAway());
        }
        return Turns.DONE;
    }

    /** On the store's thread, so whatever takes time is left to the fan-out's: acks leave together there. */
    private void answer(Conversation conversation, Optional<String> clientsId, String id, int era, Appended outcome) {
        if (outcome instanceof Appended.Stored stored) {
            fanOut.answer(conversation.session(), ack(id, stored.place()));
        } else if (outcome instanceof Appended.Again again) {
            fanOut.answer(conversation.session(), ack(id, again.place()));
        } else if (outcome instanceof Appended.Conflict) {
            conversation.refuse(
                    Optional.of(id),
                    ErrorCode.CONFLICT,
                    "You sent another message under the id '" + id + "' before; this one was not stored.");
        } else if (outcome instanceof Appended.HeldBack) {
            conversation.refuse(Conversation.storeAway().answer(clientsId));
        } else if (outcome instanceof Appended.Unavailable) {
            conversation.refuseInStore(clientsId, Conversation.storeAway(), era);
        } else {
            conversation.refuseInStore(
                    clientsId,
                    new HoldBack.Refusal(
                            ErrorCode.INTERNAL, "The server failed on this message and did not store it.", 0),
                    era);
        }
    }

    private static ServerMessage.Ack ack(String id, Appended.Place place) {
        return ServerMessage.Ack.stored(id, place.channel(), place.seq(), place.sentAt());
    }

    private boolean mayStore(Conversation conversation, ClientMessage message, String content) {
        if (content.length() > maxLength) {
            conversation.refuse(
                    message.id(),
                    ErrorCode.TOO_LONG,
                    "'content' may hold " + maxLength + " characters here, but holds " + content.length() + ".");
            return false;
        }
        return conversation.mayStore(rates, message.id());
    }

    private String idOf(ClientMessage message) {
        return message.id().orElseGet(ids);
    }

    private static String nameOf(Conversation conversation) {
        return conversation.session().signedInAs().name();
    }

    private static String keyOf(Conversation conversation) {
        return conversation.session().signedInAs().key();
    }
}
