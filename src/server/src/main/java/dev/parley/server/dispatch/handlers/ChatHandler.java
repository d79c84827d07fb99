package dev.parley.server.dispatch.handlers;

import dev.parley.protocol.Attachment;
import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.MessageId;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import dev.parley.protocol.Utf8;
import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.ErrorReplies;
import dev.parley.server.dispatch.Refusal;
import dev.parley.server.dispatch.SendOrderGuard;
import dev.parley.server.dispatch.SerialExecutor;
import dev.parley.server.dispatch.SessionContext;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.store.AttachmentStore;
import dev.parley.server.store.MessageStore;
import dev.parley.server.store.model.Append;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.ContentDigest;
import dev.parley.server.store.model.StoredAttachment;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Handles the messages that are stored: {@code chat}, {@code message}, {@code notification}. They are acknowledged
 * after the commit. The messages of one session are stored in the order of their arrival; see {@link SendOrderGuard}.
 */
public final class ChatHandler {
    private final MessageStore store;
    private final AttachmentStore attachments;
    private final FanOut fanOut;
    private final Recipients recipients;
    private final int maxBytes;
    private final Supplier<String> ids;

    /**
     * A message on its way to the store.
     *
     * @param clientsId id that the sender gave it, if any
     * @param id the same id, or a generated one
     * @param generation generation in which the message arrived, see {@link SendOrderGuard}
     */
    private record PendingSend(SessionContext context, Optional<String> clientsId, MessageId id, int generation) {
        UserKey key() {
            return context.session().signedInAs().key();
        }

        ServerMessage.Person person() {
            return context.session().signedInAs().person();
        }
    }

    /**
     * @param maxBytes limit of a message's content, in UTF-8
     * @param ids generates an id for a message that came without one
     */
    public ChatHandler(
            MessageStore store,
            AttachmentStore attachments,
            FanOut fanOut,
            Recipients recipients,
            int maxBytes,
            Supplier<String> ids) {
        this.store = store;
        this.attachments = attachments;
        this.maxBytes = maxBytes;
        this.fanOut = fanOut;
        this.recipients = recipients;
        this.ids = ids;
    }

    CompletionStage<?> chat(SessionContext context, ClientMessage.Chat chat) {
        Channel.Room room = new Channel.Room(chat.room());
        Optional<PendingSend> send = sending(context, chat, chat.content());
        if (send.isEmpty()) {
            return SerialExecutor.DONE;
        }
        if (chat.attachment().isEmpty()) {
            return appendNaming(send.get(), asAppend(send.get(), chat, room, Optional.empty()));
        }
        return attachments
                .find(chat.attachment().get().id())
                .handle((found, failure) -> {
                    if (failure != null) {
                        return notFound(send.get(), failure);
                    }
                    Optional<Attachment> own = found.filter(kept -> kept.room().equals(room)
                                    && kept.uploader().equals(send.get().key()))
                            .map(StoredAttachment::attachment);
                    Append append = asAppend(send.get(), chat, room, own);
                    return own.isPresent()
                            ? append(send.get(), append)
                            : duplicateOr(send.get(), append, noFile(append));
                })
                .thenCompose(rest -> rest);
    }

    private static Append asAppend(
            PendingSend send, ClientMessage.Chat chat, Channel.Room room, Optional<Attachment> attachment) {
        ServerMessage.Person sender = send.person();
        MessageId id = send.id();
        Optional<String> file = chat.attachment().map(Attachment::id);
        return new Append(
                send.key(),
                id,
                List.of(room),
                ContentDigest.of("chat", List.of(room), List.of(Optional.of(chat.content()), file)),
                file,
                (channel, seq, sentAt) -> new ServerMessage.Chat(
                        room.name(),
                        seq,
                        id.value(),
                        sender.username(),
                        sender.guest(),
                        chat.content(),
                        sentAt,
                        attachment));
    }

    private static Refusal noFile(Append append) {
        return Refusal.of(
                ErrorCode.BAD_MESSAGE,
                "There is no attachment '" + append.attachment().orElseThrow() + "' that you uploaded to this room.");
    }

    /**
     * Refuses a message that cannot be stored now, unless it is a duplicate: it may have been stored before its
     * attachment was deleted, or before its recipient left.
     */
    private CompletionStage<?> duplicateOr(PendingSend send, Append append, Refusal refusal) {
        return store.findDuplicate(append).handle((before, failure) -> {
            if (failure != null) {
                return notFound(send, failure);
            }
            before.ifPresentOrElse(
                    outcome -> answer(send, append, outcome),
                    () -> send.context().errors().reply(send.clientsId(), refusal));
            return SerialExecutor.DONE;
        });
    }

    CompletionStage<?> message(SessionContext context, ClientMessage.Message message) {
        Optional<PendingSend> send = sending(context, message, message.content());
        if (send.isEmpty()) {
            return SerialExecutor.DONE;
        }
        ServerMessage.Person sender = send.get().person();
        MessageId id = send.get().id();
        // Digests the recipient's name, not its key: a retry is the same message even if the name means another
        // identity now.
        ContentDigest content =
                ContentDigest.of("message", List.of(), List.of(Optional.of(message.content()), message.to()));
        BiFunction<List<Channel>, Optional<String>, Append> to = (channels, toGuest) -> new Append(
                send.get().key(),
                id,
                channels,
                content,
                (channel, seq, sentAt) -> ServerMessage.Message.in(
                        channel,
                        seq,
                        id.value(),
                        sender.username(),
                        sender.guest(),
                        message.content(),
                        sentAt,
                        message.to(),
                        toGuest));
        if (message.to().isEmpty()) {
            return append(send.get(), to.apply(List.of(Channel.Room.LOBBY), Optional.empty()));
        }
        Channel own = new Channel.Inbox(send.get().key());
        return appendToInbox(
                send.get(),
                message.to().get(),
                to.apply(List.of(own), Optional.empty()),
                recipient -> appendNaming(send.get(), to.apply(List.of(own, recipient.inbox()), recipient.guest())));
    }

    CompletionStage<?> notification(SessionContext context, ClientMessage.Notification notification) {
        if (!context.session().signedInAs().has(Identity.ROLE_NOTIFY)) {
            context.errors()
                    .reply(
                            notification.id(),
                            Refusal.of(ErrorCode.FORBIDDEN, "Notifications need the role 'notify' in your token."));
            return SerialExecutor.DONE;
        }
        Optional<Channel.Room> room = notification.room().map(Channel.Room::new);
        Optional<PendingSend> send = sending(context, notification, notification.content());
        if (send.isEmpty()) {
            return SerialExecutor.DONE;
        }
        ServerMessage.Person sender = send.get().person();
        MessageId id = send.get().id();
        Append.Writer writer = (channel, seq, sentAt) -> ServerMessage.Notification.in(
                channel,
                seq,
                id.value(),
                sender.username(),
                sender.guest(),
                notification.content(),
                sentAt,
                notification.title(),
                notification.level());
        ContentDigest content = ContentDigest.of(
                "notification",
                List.of(),
                List.of(
                        Optional.of(notification.content()),
                        notification.title(),
                        notification.level(),
                        notification.to(),
                        notification.room()));
        Function<Channel, Append> to = channel -> new Append(send.get().key(), id, List.of(channel), content, writer);
        if (notification.to().isPresent()) {
            // Not limited by the rate of new channels: the role may write to every inbox, even of users who were never
            // here.
            return appendToInbox(
                    send.get(),
                    notification.to().get(),
                    to.apply(new Channel.Inbox(send.get().key())),
                    recipient -> append(send.get(), to.apply(recipient.inbox())));
        }
        Channel everyone = room.<Channel>map(one -> one).orElse(Channel.Broadcast.INSTANCE);
        return append(send.get(), to.apply(everyone));
    }

    /** @param toOneself the same message to the sender's own inbox, to look for a duplicate if the name is unclear */
    private CompletionStage<?> appendToInbox(
            PendingSend send,
            String name,
            Append toOneself,
            Function<Recipients.Recipient.Known, CompletionStage<?>> appendTo) {
        return recipients
                .find(name)
                .<CompletionStage<?>>handle((recipient, failure) -> {
                    if (failure != null) {
                        return notFound(send, failure);
                    }
                    return recipient instanceof Recipients.Recipient.Unclear unclear
                            ? duplicateOr(send, toOneself, unclear.refusal())
                            : appendTo.apply((Recipients.Recipient.Known) recipient);
                })
                .thenCompose(rest -> rest);
    }

    /**
     * Stores a message in channels that it may create by naming them, if its sender's rate of new channels allows it.
     */
    private CompletionStage<?> appendNaming(PendingSend send, Append append) {
        SessionContext context = send.context();
        return context.rates()
                .allowNaming(store, append.channels())
                .<CompletionStage<?>>thenApply(refusal -> {
                    if (refusal.isPresent()) {
                        context.errors()
                                .reply(
                                        ErrorReplies.Policy.HOLD_BACK,
                                        send.clientsId(),
                                        refusal.get(),
                                        send.generation());
                        return SerialExecutor.DONE;
                    }
                    return append(send, append);
                })
                .thenCompose(rest -> rest);
    }

    /** Refuses a message because a lookup that must precede its append failed. */
    private static CompletionStage<?> notFound(PendingSend send, Throwable failure) {
        SessionContext context = send.context();
        context.errors()
                .reply(
                        ErrorReplies.Policy.HOLD_BACK,
                        send.clientsId(),
                        context.errors().refusal(failure),
                        send.generation());
        return SerialExecutor.DONE;
    }

    /** Queues an append. Done once it is queued: a sender need not wait for the ack before the next message. */
    private CompletionStage<?> append(PendingSend send, Append append) {
        boolean isQueued = store.append(
                append,
                () -> send.context().sendOrder().isCurrent(send.generation()),
                outcome -> answer(send, append, outcome));
        if (!isQueued) {
            send.context()
                    .errors()
                    .reply(
                            ErrorReplies.Policy.HOLD_BACK,
                            send.clientsId(),
                            Refusal.storeUnavailable(),
                            send.generation());
        }
        return SerialExecutor.DONE;
    }

    /**
     * Answers an outcome. Runs on the store's thread, which must not wait for a peer: so every answer goes through the
     * fan-out's loop, and leaves together with others.
     */
    private void answer(PendingSend send, Append append, Appended outcome) {
        outcome.accept(new OutcomeReply(send, append)).run();
    }

    /** The reaction to each outcome. */
    private final class OutcomeReply implements Appended.Visitor<Runnable> {
        private final PendingSend send;
        private final Append append;

        OutcomeReply(PendingSend send, Append append) {
            this.send = send;
            this.append = append;
        }

        @Override
        public Runnable acknowledged(Appended.AckPosition position) {
            return () -> fanOut.answer(
                    send.context().session(),
                    ServerMessage.Ack.stored(send.id().value(), position.channel(), position.seq(), position.sentAt()));
        }

        @Override
        public Runnable conflict() {
            return refusal(
                    Optional.of(send.id().value()),
                    Refusal.of(
                            ErrorCode.CONFLICT,
                            "You sent another message under the id '" + send.id()
                                    + "' before; this one was not stored."));
        }

        @Override
        public Runnable noFile() {
            return refusal(
                    send.clientsId(),
                    Refusal.of(
                            ErrorCode.BAD_MESSAGE,
                            "The attachment of this message no longer exists; upload it again."));
        }

        @Override
        public Runnable noSuchRoom() {
            return refusal(
                    send.clientsId(),
                    Refusal.noSuchRoom(append.channels().get(0).roomName().orElseThrow()));
        }

        @Override
        public Runnable retryLater() {
            return retryFirst(Refusal.storeUnavailable());
        }

        @Override
        public Runnable failed() {
            return retryFirst(
                    Refusal.of(ErrorCode.INTERNAL, "The server failed on this message and did not store it."));
        }

        private Runnable refusal(Optional<String> id, Refusal refusal) {
            return () -> send.context().errors().reply(ErrorReplies.Policy.IN_ORDER, id, refusal);
        }

        /** Refuses a message that its sender should send again. Messages sent after it are held back until then. */
        private Runnable retryFirst(Refusal refusal) {
            return () -> send.context()
                    .errors()
                    .reply(ErrorReplies.Policy.HOLD_BACK_IN_STORE, send.clientsId(), refusal, send.generation());
        }
    }

    /** Checks length and rate of a message; empty, with an error sent, if it may not be stored now. */
    private Optional<PendingSend> sending(SessionContext context, ClientMessage message, String content) {
        int bytes = Utf8.length(content);
        if (bytes > maxBytes) {
            context.errors()
                    .reply(
                            message.id(),
                            Refusal.of(
                                    ErrorCode.TOO_LONG,
                                    "'content' may hold " + maxBytes + " bytes here, but holds " + bytes + "."));
            return Optional.empty();
        }
        OptionalInt generation = context.rates().allowStore(message.id());
        if (generation.isEmpty()) {
            return Optional.empty();
        }
        MessageId id = new MessageId(message.id().orElseGet(ids));
        context.session().sending(id);
        return Optional.of(new PendingSend(context, message.id(), id, generation.getAsInt()));
    }
}
