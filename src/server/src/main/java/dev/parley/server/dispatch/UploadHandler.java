package dev.parley.server.dispatch;

import dev.parley.protocol.Attachment;
import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.store.AttachmentStore;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Files: {@code upload}, and the binary frames that follow it. Bytes go to the store in parts as they come, and the session's
 * next turn waits for each part, so that a file takes little memory however long it is.
 */
public final class UploadHandler {
    private static final int PART_BYTES = 256 * 1024;

    private final AttachmentStore store;
    private final Rates rates;
    private final Limits limits;
    private final Supplier<String> ids;
    private final LongSupplier nanoTime;

    /**
     * @param maxBytes of a file
     * @param timeout within which an upload goes on
     */
    public record Limits(int maxBytes, Duration timeout) {}

    /**
     * @param ids random names: who knows one can ask for that file
     * @param nanoTime the monotonic clock
     */
    public UploadHandler(
            AttachmentStore store, Rates rates, Limits limits, Supplier<String> ids, LongSupplier nanoTime) {
        this.store = store;
        this.rates = rates;
        this.limits = limits;
        this.ids = ids;
        this.nanoTime = nanoTime;
    }

    int maxBytes() {
        return limits.maxBytes();
    }

    /** An upload under way. Owned by the session's turn. */
    static final class Upload {
        private final Optional<String> id;
        private final Attachment attachment;
        private final ByteArrayOutputStream part = new ByteArrayOutputStream(0);
        private long received;
        private int parts;
        private long lastAt;

        private Upload(Optional<String> id, Attachment attachment, long now) {
            this.id = id;
            this.attachment = attachment;
            this.lastAt = now;
        }

        private boolean isWhole() {
            return received == attachment.size();
        }
    }

    CompletionStage<?> upload(Conversation conversation, ClientMessage.Upload upload) {
        if (conversation.upload().isPresent()) {
            return fail(
                    conversation,
                    upload.id(),
                    ErrorCode.BAD_CHUNK,
                    "One upload at a time: '"
                            + conversation.upload().get().attachment.name()
                            + "' was not complete, and both are rejected, because bytes could belong to either.");
        }
        conversation.lateBytes(0);
        Channel.Room room = new Channel.Room(upload.room());
        if (!RoomHandler.isVisible(conversation, room, upload.id())) {
            return refused(conversation, upload);
        }
        long size = upload.size().orElseThrow();
        if (size > limits.maxBytes()) {
            conversation.refuse(
                    upload.id(),
                    ErrorCode.TOO_LONG,
                    "A file may have " + limits.maxBytes() + " bytes, but '" + upload.name() + "' has " + size + ".");
            return refused(conversation, upload);
        }
        if (!conversation.isWithinRate(rates, Rates.Kind.MESSAGE, upload.id())) {
            return refused(conversation, upload);
        }
        String id = ids.get();
        Attachment attachment = new Attachment(id, upload.name(), upload.mediaType(), size, Attachment.href(id));
        return store.begin(attachment, room, conversation.session().signedInAs().key())
                .handle((isThere, failure) -> {
                    if (failure != null) {
                        conversation.refuseForNow(upload.id(), failure);
                        return refused(conversation, upload);
                    }
                    if (!isThere) {
                        RoomHandler.noSuchRoom(conversation, room, upload.id());
                        return refused(conversation, upload);
                    }
                    Upload begun = new Upload(upload.id(), attachment, nanoTime.getAsLong());
                    conversation.uploading(begun);
                    conversation.answer(ServerMessage.Ack.of(upload.id()));
                    return begun.isWhole() ? finish(conversation, begun) : Turns.DONE;
                })
                .thenCompose(rest -> rest);
    }

    /** Its bytes may be on their way already; they are no error of their own. */
    private static CompletionStage<?> refused(Conversation conversation, ClientMessage.Upload upload) {
        conversation.lateBytes(upload.size().orElseThrow());
        return Turns.DONE;
    }

    CompletionStage<?> bytes(Conversation conversation, byte[] bytes) {
        Optional<Upload> present = conversation.upload();
        if (present.isEmpty()) {
            if (conversation.lateBytes() >= bytes.length && bytes.length > 0) {
                conversation.lateBytes(conversation.lateBytes() - bytes.length);
            } else {
                conversation.refuse(
                        Optional.empty(),
                        ErrorCode.BAD_CHUNK,
                        "Binary frames must be announced by an 'upload' message.");
            }
            return Turns.DONE;
        }
        Upload upload = present.get();
        if (upload.received + bytes.length > upload.attachment.size()) {
            return fail(
                    conversation,
                    upload.id,
                    ErrorCode.BAD_CHUNK,
                    "'" + upload.attachment.name() + "' was announced with " + upload.attachment.size()
                            + " bytes, and more came.");
        }
        upload.part.writeBytes(bytes);
        upload.received += bytes.length;
        upload.lastAt = nanoTime.getAsLong();
        return upload.isWhole() || upload.part.size() >= PART_BYTES ? storePart(conversation, upload) : Turns.DONE;
    }

    private CompletionStage<?> storePart(Conversation conversation, Upload upload) {
        byte[] part = upload.part.toByteArray();
        upload.part.reset();
        return store.add(upload.attachment.id(), upload.parts++, part)
                .handle((stored, failure) -> {
                    if (failure != null) {
                        return failInStore(conversation, upload, failure);
                    }
                    return upload.isWhole() ? finish(conversation, upload) : Turns.DONE;
                })
                .thenCompose(rest -> rest);
    }

    private CompletionStage<?> finish(Conversation conversation, Upload upload) {
        return store.complete(upload.attachment.id())
                .handle((complete, failure) -> {
                    if (failure != null) {
                        return failInStore(conversation, upload, failure);
                    }
                    conversation.uploaded();
                    conversation.answer(new ServerMessage.Uploaded(upload.id, upload.attachment));
                    return Turns.DONE;
                })
                .thenCompose(rest -> rest);
    }

    private CompletionStage<?> failInStore(Conversation conversation, Upload upload, Throwable failure) {
        conversation.refuseForNow(upload.id, failure);
        return forget(conversation);
    }

    private CompletionStage<?> fail(Conversation conversation, Optional<String> id, ErrorCode code, String reason) {
        conversation.refuse(id, code, reason);
        return forget(conversation);
    }

    private CompletionStage<?> forget(Conversation conversation) {
        Optional<Upload> upload = conversation.upload();
        conversation.uploaded();
        if (upload.isEmpty()) {
            return Turns.DONE;
        }
        conversation.lateBytes(upload.get().attachment.size() - upload.get().received);
        // Whether it works or not: what is left goes in the background after a while.
        return store.abandon(upload.get().attachment.id())
                .handle((gone, failure) -> CompletableFuture.completedFuture(null));
    }

    /** Forgets an upload that does not go on. In the session's turn. */
    CompletionStage<?> expire(Conversation conversation) {
        Optional<Upload> late = conversation
                .upload()
                .filter(upload ->
                        nanoTime.getAsLong() - upload.lastAt >= limits.timeout().toNanos());
        return late.isEmpty()
                ? Turns.DONE
                : fail(
                        conversation,
                        late.get().id,
                        ErrorCode.BAD_CHUNK,
                        "'" + late.get().attachment.name() + "' is rejected: nothing of it came for "
                                + limits.timeout().toMillis() + " ms.");
    }

    /** The session ended. In its turn. */
    CompletionStage<?> abandon(Conversation conversation) {
        return forget(conversation);
    }
}
