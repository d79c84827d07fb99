package dev.parley.server.dispatch;

import dev.parley.protocol.Attachment;
import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.Utf8;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.session.Identity;
import dev.parley.server.store.Append;
import dev.parley.server.store.Appended;
import dev.parley.server.store.AttachmentStore;
import dev.parley.server.store.Fingerprint;
import dev.parley.server.store.MessageStore;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Whatever is stored: {@code chat}, {@code message}, {@code notification}. Acknowledged after the commit. A sender's
 * messages of one session are stored in the order in which they came; see {@link HoldBack}.
 */
public final class ChatHandler {
    private final MessageStore store;
    private final AttachmentStore attachments;
    private final FanOut fanOut;
    private final Rates rates;
    private final boolean isOpenToGuests;
    private final int maxBytes;
    private final Supplier<String> ids;

    /**
     * A message on its way to the store.
     *
     * @param clientsId what its sender called it
     * @param id the same, or one made here
     * @param era in which it came, see {@link HoldBack}
     */
    private record Sending(Conversation conversation, Optional<String> clientsId, String id, int era) {
        String key() {
            return conversation.session().signedInAs().key();
        }

        String name() {
            return conversation.session().signedInAs().name();
        }
    }

    /**
     * @param maxBytes of a content, in UTF-8
     * @param ids makes an id for a message that came without one
     */
    public ChatHandler(
            MessageStore store,
            AttachmentStore attachments,
            FanOut fanOut,
            Rates rates,
            boolean isOpenToGuests,
            int maxBytes,
            Supplier<String> ids) {
        this.store = store;
        this.attachments = attachments;
        this.maxBytes = maxBytes;
        this.fanOut = fanOut;
        this.rates = rates;
        this.isOpenToGuests = isOpenToGuests;
        this.ids = ids;
    }

    CompletionStage<?> chat(Conversation conversation, ClientMessage.Chat chat) {
        Channel.Room room = new Channel.Room(chat.room());
        Optional<Sending> sending = sending(conversation, chat, chat.content());
        if (sending.isEmpty()) {
            return Turns.DONE;
        }
        if (chat.attachment().isEmpty()) {
            return appendNaming(sending.get(), asAppend(sending.get(), chat, room, Optional.empty()));
        }
        return attachments
                .find(chat.attachment().get().id())
                .handle((found, failure) -> {
                    if (failure != null) {
                        return notFound(sending.get(), failure);
                    }
                    Optional<Attachment> own = found.filter(kept -> kept.room().equals(room)
                                    && kept.uploader().equals(sending.get().key()))
                            .map(AttachmentStore.Kept::attachment);
                    Append append = asAppend(sending.get(), chat, room, own);
                    return own.isPresent() ? append(sending.get(), append) : withoutFile(sending.get(), append);
                })
                .thenCompose(rest -> rest);
    }

    private static Append asAppend(
            Sending sending, ClientMessage.Chat chat, Channel.Room room, Optional<Attachment> attachment) {
        String sender = sending.name();
        String id = sending.id();
        Optional<String> file = chat.attachment().map(Attachment::id);
        return new Append(
                sending.key(),
                id,
                List.of(room),
                Fingerprint.of("chat", List.of(room), List.of(Optional.of(chat.content()), file)),
                file,
                (channel, seq, sentAt) ->
                        new ServerMessage.Chat(room.name(), seq, id, sender, chat.content(), sentAt, attachment));
    }

    /** A chat whose file is not there may have been stored long ago, and the file have been forgotten since. */
    private CompletionStage<?> withoutFile(Sending sending, Append append) {
        return store.before(append).handle((before, failure) -> {
            if (failure != null) {
                return notFound(sending, failure);
            }
            before.ifPresentOrElse(outcome -> answer(sending, append, outcome), () -> sending.conversation()
                    .refuse(
                            sending.clientsId(),
                            ErrorCode.BAD_MESSAGE,
                            "There is no attachment '"
                                    + append.attachment().orElseThrow()
                                    + "' that you uploaded to this room."));
            return Turns.DONE;
        });
    }

    CompletionStage<?> message(Conversation conversation, ClientMessage.Message message) {
        Optional<Sending> sending = sending(conversation, message, message.content());
        if (sending.isEmpty()) {
            return Turns.DONE;
        }
        String sender = sending.get().name();
        String id = sending.get().id();
        Append.Writer writer = (channel, seq, sentAt) ->
                ServerMessage.Message.in(channel, seq, id, sender, message.content(), sentAt, message.to());
        // Whoever the name means: the same message again is the same, even if it would go to somebody else now.
        Fingerprint content =
                Fingerprint.of("message", List.of(), List.of(Optional.of(message.content()), message.to()));
        Function<List<Channel>, Append> to =
                channels -> new Append(sending.get().key(), id, channels, content, writer);
        if (message.to().isEmpty()) {
            return append(sending.get(), to.apply(List.of(Channel.LOBBY)));
        }
        Channel own = new Channel.Inbox(sending.get().key());
        return appendToInbox(
                sending.get(),
                message.to().get(),
                recipient -> appendNaming(sending.get(), to.apply(List.of(own, recipient))));
    }

    CompletionStage<?> notification(Conversation conversation, ClientMessage.Notification notification) {
        if (!conversation.session().signedInAs().has(Identity.ROLE_NOTIFY)) {
            conversation.refuse(
                    notification.id(), ErrorCode.FORBIDDEN, "Notifications need the role 'notify' in your token.");
            return Turns.DONE;
        }
        Optional<Channel.Room> room = notification.room().map(Channel.Room::new);
        Optional<Sending> sending = sending(conversation, notification, notification.content());
        if (sending.isEmpty()) {
            return Turns.DONE;
        }
        String sender = sending.get().name();
        String id = sending.get().id();
        Append.Writer writer = (channel, seq, sentAt) -> ServerMessage.Notification.in(
                channel, seq, id, sender, notification.content(), sentAt, notification.title(), notification.level());
        Fingerprint content = Fingerprint.of(
                "notification",
                List.of(),
                List.of(
                        Optional.of(notification.content()),
                        notification.title(),
                        notification.level(),
                        notification.to(),
                        notification.room()));
        Function<Channel, Append> to =
                channel -> new Append(sending.get().key(), id, List.of(channel), content, writer);
        if (notification.to().isPresent()) {
            // The role is trusted with everybody's inbox, however many were never here.
            return appendToInbox(
                    sending.get(), notification.to().get(), recipient -> append(sending.get(), to.apply(recipient)));
        }
        Channel everyone = room.<Channel>map(one -> one).orElse(Channel.BROADCAST);
        return append(sending.get(), to.apply(everyone));
    }

    private CompletionStage<?> appendToInbox(
            Sending sending, String name, Function<Channel, CompletionStage<?>> appendTo) {
        return inboxOf(name)
                .<CompletionStage<?>>handle((recipient, failure) ->
                        failure == null ? appendTo.apply(recipient) : notFound(sending, failure))
                .thenCompose(rest -> rest);
    }

    /** Stores a message in channels that it may make by naming them, if its sender's rate of new ones allows it. */
    private CompletionStage<?> appendNaming(Sending sending, Append append) {
        Conversation conversation = sending.conversation();
        return conversation
                .mayName(store, rates, append.channels())
                .<CompletionStage<?>>thenApply(refusal -> {
                    if (refusal.isPresent()) {
                        conversation.refuseBeforeStore(sending.clientsId(), refusal.get(), sending.era());
                        return Turns.DONE;
                    }
                    return append(sending, append);
                })
                .thenCompose(rest -> rest);
    }

    /** What must be known before the message goes to the store could not be read. */
    private static CompletionStage<?> notFound(Sending sending, Throwable failure) {
        Conversation conversation = sending.conversation();
        conversation.refuseBeforeStore(sending.clientsId(), conversation.failed(failure), sending.era());
        return Turns.DONE;
    }

    /** The inbox that a name means: a user's, unless only a guest of that name has been here. */
    private CompletionStage<Channel> inboxOf(String name) {
        Channel.Inbox users = new Channel.Inbox(Identity.key(name, false));
        if (!isOpenToGuests) {
            return CompletableFuture.completedFuture(users);
        }
        Channel.Inbox guests = new Channel.Inbox(Identity.key(name, true));
        return store.tokenUser(name).thenCompose(user -> {
            CompletionStage<Boolean> isGuest =
                    user.isPresent() ? CompletableFuture.completedFuture(false) : store.exists(guests, guests.owner());
            return isGuest.thenApply(found -> found ? guests : users);
        });
    }

    /** Over once the store has it in its queue: a sender need not wait for one ack before the next message. */
    private CompletionStage<?> append(Sending sending, Append append) {
        boolean isQueued = store.append(
                append,
                () -> sending.conversation().holdBack().mayFollow(sending.era()),
                outcome -> answer(sending, append, outcome));
        if (!isQueued) {
            sending.conversation().refuseBeforeStore(sending.clientsId(), Conversation.storeAway(), sending.era());
        }
        return Turns.DONE;
    }

    /**
     * On the store's thread, where nothing may wait for a peer: every answer is the fan-out's, and leaves with others.
     */
    private void answer(Sending sending, Append append, Appended outcome) {
        outcome.accept(new Answer(sending, append)).run();
    }

    /** What is to be done for each outcome. */
    private final class Answer implements Appended.Visitor<Runnable> {
        private final Sending sending;
        private final Append append;

        Answer(Sending sending, Append append) {
            this.sending = sending;
            this.append = append;
        }

        @Override
        public Runnable acknowledged(Appended.Place place) {
            return () -> fanOut.answer(
                    sending.conversation().session(),
                    ServerMessage.Ack.stored(sending.id(), place.channel(), place.seq(), place.sentAt()));
        }

        @Override
        public Runnable conflict() {
            return refusal(ServerMessage.Error.of(
                    Optional.of(sending.id()),
                    ErrorCode.CONFLICT,
                    "You sent another message under the id '" + sending.id() + "' before; this one was not stored."));
        }

        @Override
        public Runnable noFile() {
            return refusal(ServerMessage.Error.of(
                    sending.clientsId(),
                    ErrorCode.BAD_MESSAGE,
                    "The attachment of this message is there no more; upload it again."));
        }

        @Override
        public Runnable noSuchRoom() {
            return refusal(
                    RoomHandler.noSuchRoom(append.channels().get(0).roomName().orElseThrow(), sending.clientsId()));
        }

        @Override
        public Runnable notNow() {
            return heldBack(Conversation.storeAway());
        }

        @Override
        public Runnable failed() {
            return heldBack(new HoldBack.Refusal(
                    ErrorCode.INTERNAL, "The server failed on this message and did not store it.", 0));
        }

        private Runnable refusal(ServerMessage.Error error) {
            return () -> sending.conversation().refuseInOrder(error);
        }

        /** Those wait for it that were sent after it. */
        private Runnable heldBack(HoldBack.Refusal refusal) {
            return () -> {
                sending.conversation().holdBackInStore(sending.clientsId(), refusal, sending.era());
                sending.conversation().refuseInOrder(refusal.answer(sending.clientsId()));
            };
        }
    }

    /** Empty, with the error answered, where it may not go to the store now. */
    private Optional<Sending> sending(Conversation conversation, ClientMessage message, String content) {
        int bytes = Utf8.length(content);
        if (bytes > maxBytes) {
            conversation.refuse(
                    message.id(),
                    ErrorCode.TOO_LONG,
                    "'content' may hold " + maxBytes + " bytes here, but holds " + bytes + ".");
            return Optional.empty();
        }
        OptionalInt era = conversation.mayStore(rates, message.id());
        return era.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new Sending(conversation, message.id(), message.id().orElseGet(ids), era.getAsInt()));
    }
}
