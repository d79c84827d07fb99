package dev.parley.server.dispatch.handlers;

import dev.parley.protocol.Attachment;
import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.MessageId;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.Utf8;
import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.ErrorReplies;
import dev.parley.server.dispatch.Refusal;
import dev.parley.server.dispatch.SerialExecutor;
import dev.parley.server.store.AttachmentStore;
import dev.parley.server.store.MessageStore;
import dev.parley.server.store.model.Append;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.ContentDigest;
import dev.parley.server.store.model.StoredAttachment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Sends the messages that are stored ({@code chat}, {@code message}, {@code notification}) to the store, whether they
 * come over a WebSocket or over HTTP: so a message that is sent again over the other one is a duplicate. Any thread.
 */
public final class Publisher {
    private final MessageStore store;
    private final AttachmentStore attachments;
    private final Recipients recipients;
    private final int maxBytes;

    /** @param maxBytes limit of a message's content, in UTF-8 */
    public Publisher(MessageStore store, AttachmentStore attachments, Recipients recipients, int maxBytes) {
        this.store = store;
        this.attachments = attachments;
        this.recipients = recipients;
        this.maxBytes = maxBytes;
    }

    /**
     * A message on its way to the store, and where its outcome goes: exactly one of the last three methods is called,
     * once, on a store thread or the caller's. They must not block.
     */
    public interface Send {
        Identity sender();

        /** The id that the sender gave it, or a generated one. */
        MessageId id();

        /** Whether it may be stored now. If not, an earlier message of its sender must come first. */
        boolean mayFollow();

        /** Takes the new ones of these channels from the sender's rate. Never fails; empty if the rate allows them. */
        CompletionStage<Optional<Refusal>> allowNaming(Collection<Channel> channels);

        void acknowledged(Appended.AckPosition position);

        /** @param policy what the refusal means for the order of the sender's messages */
        void refused(ErrorReplies.Policy policy, Refusal refusal);

        /** A lookup that must precede the append failed. */
        void failed(Throwable failure);
    }

    /** The reason why this sender may not send this message, whatever its rate; empty if it may. */
    public Optional<Refusal> refusal(Identity sender, ClientMessage.Notification notification) {
        return sender.has(Identity.ROLE_NOTIFY)
                ? refusal(notification.content())
                : Optional.of(Refusal.of(ErrorCode.FORBIDDEN, "Notifications need the role 'notify' in your token."));
    }

    /** The reason why nobody may send this content; empty if it may be sent. */
    public Optional<Refusal> refusal(String content) {
        int bytes = Utf8.length(content);
        return bytes > maxBytes
                ? Optional.of(Refusal.of(
                        ErrorCode.TOO_LONG, "'content' may hold " + maxBytes + " bytes here, but holds " + bytes + "."))
                : Optional.empty();
    }

    /** @return done when the message is queued or refused, as with the other methods */
    public CompletionStage<?> chat(Send send, ClientMessage.Chat chat) {
        Channel.Room room = new Channel.Room(chat.room());
        if (chat.attachment().isEmpty()) {
            return appendNaming(send, asAppend(send, chat, room, Optional.empty()));
        }
        return attachments
                .find(chat.attachment().get().id())
                .handle((found, failure) -> {
                    if (failure != null) {
                        return failed(send, failure);
                    }
                    Optional<Attachment> own = found.filter(kept -> kept.room().equals(room)
                                    && kept.uploader().equals(send.sender().key()))
                            .map(StoredAttachment::attachment);
                    Append append = asAppend(send, chat, room, own);
                    return own.isPresent() ? append(send, append) : duplicateOr(send, append, noFile(append));
                })
                .thenCompose(rest -> rest);
    }

    private static Append asAppend(
            Send send, ClientMessage.Chat chat, Channel.Room room, Optional<Attachment> attachment) {
        ServerMessage.Person sender = send.sender().person();
        MessageId id = send.id();
        Optional<String> file = chat.attachment().map(Attachment::id);
        return new Append(
                send.sender().key(),
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
    private CompletionStage<?> duplicateOr(Send send, Append append, Refusal refusal) {
        return store.findDuplicate(append).handle((before, failure) -> {
            if (failure != null) {
                return failed(send, failure);
            }
            before.ifPresentOrElse(
                    outcome -> outcome.accept(new Outcome(send, append)).run(),
                    () -> send.refused(ErrorReplies.Policy.NOW, refusal));
            return SerialExecutor.DONE;
        });
    }

    public CompletionStage<?> message(Send send, ClientMessage.Message message) {
        ServerMessage.Person sender = send.sender().person();
        MessageId id = send.id();
        ContentDigest content = digest(message);
        BiFunction<List<Channel>, Optional<ServerMessage.Person>, Append> to = (channels, recipient) -> new Append(
                send.sender().key(),
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
                        recipient.map(ServerMessage.Person::username),
                        recipient.flatMap(ServerMessage.Person::guest)));
        if (message.to().isEmpty()) {
            return append(send, to.apply(List.of(Channel.Room.LOBBY), Optional.empty()));
        }
        Channel own = new Channel.Inbox(send.sender().key());
        return appendToInbox(
                send,
                message.toGuest()
                        .map(recipients::findGuest)
                        .orElseGet(() -> recipients.find(message.to().get())),
                to.apply(List.of(own), Optional.empty()),
                recipient ->
                        appendNaming(send, to.apply(List.of(own, recipient.inbox()), Optional.of(recipient.person()))));
    }

    /**
     * Digests the recipient's name and tag as the sender wrote them, not the key: a retry is the same message even if
     * the name means another identity now, or the guest has another name.
     */
    private static ContentDigest digest(ClientMessage.Message message) {
        List<Optional<String>> fields = new ArrayList<>(List.of(Optional.of(message.content()), message.to()));
        // Only where there is one: the digests that an earlier version stored have no place for it.
        if (message.toGuest().isPresent()) {
            fields.add(message.toGuest());
        }
        return ContentDigest.of("message", List.of(), fields);
    }

    /** Stores a notification of a sender that {@link #refusal} does not refuse. */
    public CompletionStage<?> notification(Send send, ClientMessage.Notification notification) {
        ServerMessage.Person sender = send.sender().person();
        MessageId id = send.id();
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
        Function<Channel, Append> to =
                channel -> new Append(send.sender().key(), id, List.of(channel), content, writer);
        if (notification.to().isPresent()) {
            // Not limited by the rate of new channels: the role may write to every inbox, even of users who were never
            // here.
            return appendToInbox(
                    send,
                    recipients.find(notification.to().get()),
                    to.apply(new Channel.Inbox(send.sender().key())),
                    recipient -> append(send, to.apply(recipient.inbox())));
        }
        Channel everyone = notification.room().<Channel>map(Channel.Room::new).orElse(Channel.Broadcast.INSTANCE);
        return append(send, to.apply(everyone));
    }

    /**
     * @param found who receives it
     * @param toOneself the same message to the sender's own inbox, to look for a duplicate if the recipient is unclear
     */
    private CompletionStage<?> appendToInbox(
            Send send,
            CompletionStage<Recipients.Recipient> found,
            Append toOneself,
            Function<Recipients.Recipient.Known, CompletionStage<?>> appendTo) {
        return found.<CompletionStage<?>>handle((recipient, failure) -> {
                    if (failure != null) {
                        return failed(send, failure);
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
    private CompletionStage<?> appendNaming(Send send, Append append) {
        return send.allowNaming(append.channels())
                .<CompletionStage<?>>thenApply(refusal -> {
                    if (refusal.isPresent()) {
                        send.refused(ErrorReplies.Policy.HOLD_BACK, refusal.get());
                        return SerialExecutor.DONE;
                    }
                    return append(send, append);
                })
                .thenCompose(rest -> rest);
    }

    private static CompletionStage<?> failed(Send send, Throwable failure) {
        send.failed(failure);
        return SerialExecutor.DONE;
    }

    /** Queues an append. Done once it is queued: a sender need not wait for the ack before the next message. */
    private CompletionStage<?> append(Send send, Append append) {
        boolean isQueued = store.append(append, send::mayFollow, outcome -> outcome.accept(new Outcome(send, append))
                .run());
        if (!isQueued) {
            send.refused(ErrorReplies.Policy.HOLD_BACK, Refusal.storeUnavailable());
        }
        return SerialExecutor.DONE;
    }

    /** The reaction to each outcome. */
    private record Outcome(Send send, Append append) implements Appended.Visitor<Runnable> {
        @Override
        public Runnable acknowledged(Appended.AckPosition position) {
            return () -> send.acknowledged(position);
        }

        @Override
        public Runnable conflict() {
            return refusal(
                    ErrorReplies.Policy.IN_ORDER,
                    Refusal.of(
                            ErrorCode.CONFLICT,
                            "You sent another message under the id '" + send.id()
                                    + "' before; this one was not stored."));
        }

        @Override
        public Runnable noFile() {
            return refusal(
                    ErrorReplies.Policy.IN_ORDER,
                    Refusal.of(
                            ErrorCode.BAD_MESSAGE,
                            "The attachment of this message no longer exists; upload it again."));
        }

        @Override
        public Runnable noSuchRoom() {
            return refusal(
                    ErrorReplies.Policy.IN_ORDER,
                    Refusal.noSuchRoom(append.channels().get(0).roomName().orElseThrow()));
        }

        /** Its sender should send it again; messages sent after it are held back until then. */
        @Override
        public Runnable retryLater() {
            return refusal(ErrorReplies.Policy.HOLD_BACK_IN_STORE, Refusal.storeUnavailable());
        }

        @Override
        public Runnable failed() {
            return refusal(
                    ErrorReplies.Policy.HOLD_BACK_IN_STORE,
                    Refusal.of(ErrorCode.INTERNAL, "The server failed on this message and did not store it."));
        }

        private Runnable refusal(ErrorReplies.Policy policy, Refusal refusal) {
            return () -> send.refused(policy, refusal);
        }
    }
}
