package dev.parley.server.dispatch.handlers;

import dev.parley.protocol.Attachment;
import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Field;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.binary.BinaryCodec;
import dev.parley.protocol.binary.ClientBinary;
import dev.parley.protocol.binary.DecodedBinary;
import dev.parley.server.dispatch.RateLimiter;
import dev.parley.server.dispatch.Refusal;
import dev.parley.server.dispatch.SerialExecutor;
import dev.parley.server.dispatch.SessionContext;
import dev.parley.server.dispatch.Upload;
import dev.parley.server.dispatch.budget.BudgetKeys;
import dev.parley.server.store.AttachmentStore;
import dev.parley.server.store.model.FileAdmission;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Handles uploads: {@code upload}, and the binary frames that follow it. Bytes go to the store in parts as they arrive,
 * and the session's next task waits for each part, so that a file takes little memory however long it is.
 */
public final class UploadHandler {
    private static final int PART_BYTES = 256 * 1024;

    /** Memory per byte: a growing array takes up to twice the bytes that it holds. */
    private static final int GROWTH = 2;

    /** Minimum average rate; a slower upload is rejected. 8 MiB may take nine minutes. */
    private static final int BYTES_A_SECOND_MIN = 16 * 1024;

    /** Limit of an upload's duration, below the age at which the store deletes attachments that no chat shows. */
    private static final Duration WHOLE_MAX = Duration.ofMinutes(50);

    private final AttachmentStore store;
    private final Limits limits;
    private final Supplier<String> ids;
    private final LongSupplier nanoTime;

    /**
     * @param maxBytes limit of a file
     * @param timeout longest pause within an upload
     */
    public record Limits(int maxBytes, Duration timeout) {}

    /**
     * @param ids generates unpredictable ids: knowing an id is enough to ask for that file
     * @param nanoTime the monotonic clock
     */
    public UploadHandler(AttachmentStore store, Limits limits, Supplier<String> ids, LongSupplier nanoTime) {
        this.store = store;
        this.limits = limits;
        this.ids = ids;
        this.nanoTime = nanoTime;
    }

    CompletionStage<?> upload(SessionContext context, ClientMessage.Upload upload) {
        if (context.upload().isPresent()) {
            return failBoth(
                    context,
                    upload,
                    "One upload at a time: '"
                            + Field.shown(context.upload().get().attachment().name())
                            + "' was not complete, and both are rejected, because bytes could belong to either.");
        }
        expectLate(context, 0);
        Channel.Room room = new Channel.Room(upload.room());
        long size = upload.size().orElseThrow();
        if (size > limits.maxBytes()) {
            context.errors()
                    .reply(
                            upload.id(),
                            Refusal.of(
                                    ErrorCode.TOO_LONG,
                                    "A file may have " + limits.maxBytes() + " bytes, but '"
                                            + Field.shown(upload.name()) + "' has " + size + "."));
            return refused(context, upload);
        }
        if (!context.rates().allow(RateLimiter.Kind.MESSAGE, upload.id())
                || !context.rates().allow(RateLimiter.Kind.BYTES, size, upload.id())) {
            return refused(context, upload);
        }
        String id = ids.get();
        Attachment attachment = new Attachment(id, upload.name(), upload.mediaType(), size, Attachment.href(id));
        return store.begin(
                        attachment,
                        room,
                        context.session().signedInAs().key(),
                        BudgetKeys.of(context.session()).guestAddress())
                .handle((admission, failure) -> {
                    if (failure != null) {
                        context.errors().reply(upload.id(), context.errors().refusal(failure));
                        return refused(context, upload);
                    }
                    if (admission != FileAdmission.TAKEN) {
                        context.errors().reply(upload.id(), refusal(admission, room));
                        return refused(context, upload);
                    }
                    Upload begun = new Upload(upload.id(), attachment, nanoTime.getAsLong());
                    context.uploading(begun);
                    context.answer(ServerMessage.Ack.of(upload.id()));
                    return begun.isWhole() ? finish(context, begun) : SerialExecutor.DONE;
                })
                .thenCompose(rest -> rest);
    }

    private static Refusal refusal(FileAdmission admission, Channel.Room room) {
        return switch (admission) {
            case TAKEN -> throw new IllegalArgumentException("A file that is taken has no refusal.");
            case NO_SUCH_ROOM -> Refusal.noSuchRoom(room.name());
            case USER_FULL -> tooManyFiles("Your files take all the space that one user has here.");
            case ADDRESS_FULL -> tooManyFiles("The files of the guests of your address take all the space they have.");
            case STORE_FULL -> tooManyFiles("This server has no more space for files.");
            case DISK_FULL -> tooManyFiles("The disk of this server is almost full; it takes messages, but no files.");
        };
    }

    private static Refusal tooManyFiles(String reason) {
        return Refusal.of(ErrorCode.TOO_MANY_FILES, reason + " A file goes with its message.");
    }

    /** Ends a refused upload. Its bytes may be in flight already and are ignored without a further error. */
    private CompletionStage<?> refused(SessionContext context, ClientMessage.Upload upload) {
        expectLate(context, late(upload));
        return SerialExecutor.DONE;
    }

    /** Bytes that are dropped if they come soon: later the client knows, and sends other things. */
    private void expectLate(SessionContext context, long bytes) {
        context.lateBytes(bytes, nanoTime.getAsLong() + limits.timeout().toNanos());
    }

    /** Bytes to ignore, at most the limit of a file: beyond it, an oversized upload gets errors for its bytes. */
    private long late(ClientMessage.Upload upload) {
        return Math.min(upload.size().orElseThrow(), limits.maxBytes());
    }

    /** Whether a binary frame belongs to an upload: the one that is open, or one that was rejected. */
    boolean takes(SessionContext context, byte[] bytes) {
        return context.upload().isPresent()
                || (bytes.length > 0 && context.lateBytes(nanoTime.getAsLong()) >= bytes.length);
    }

    /** @param bytes a binary frame that this one {@link #takes} */
    CompletionStage<?> bytes(SessionContext context, byte[] bytes) {
        Optional<Upload> present = context.upload();
        if (present.isEmpty()) {
            dropLate(context, bytes);
            return SerialExecutor.DONE;
        }
        if (bytes.length == 0) {
            // An empty frame is no progress and keeps no upload alive.
            return SerialExecutor.DONE;
        }
        Upload upload = present.get();
        if (bytes.length > upload.missing()) {
            return fail(
                    context,
                    upload.id(),
                    ErrorCode.BAD_CHUNK,
                    "'" + Field.shown(upload.attachment().name()) + "' was announced with "
                            + upload.attachment().size() + " bytes, and more came.");
        }
        upload.add(bytes, nanoTime.getAsLong());
        boolean isKept = !upload.isWhole()
                && upload.partBytes() < PART_BYTES
                && context.memory().take((long) GROWTH * bytes.length);
        // If the node's memory budget is exhausted, the bytes go to the store at once, as a smaller part.
        return isKept ? SerialExecutor.DONE : storePart(context, upload, upload.partBytes() - bytes.length);
    }

    /** A frame to a room is dropped too: a file may hold bytes that look like one. */
    private void dropLate(SessionContext context, byte[] bytes) {
        // No upload has been charged for these bytes.
        if (!context.rates().allowBytes(bytes.length)) {
            return;
        }
        context.lateArrived(bytes.length);
        if (BinaryCodec.decode(bytes) instanceof DecodedBinary.Valid<ClientBinary> valid) {
            context.errors()
                    .reply(
                            valid.frame().id(),
                            Refusal.of(
                                    ErrorCode.BAD_CHUNK,
                                    "A file was rejected a moment ago. This binary frame was dropped, because it could"
                                            + " be a part of that. Send no others for "
                                            + limits.timeout().toMillis() + " ms."));
        }
    }

    /** @param kept bytes of this part that the memory budget counts */
    private CompletionStage<?> storePart(SessionContext context, Upload upload, int kept) {
        int number = upload.parts();
        byte[] part = upload.takePart();
        context.memory().release((long) GROWTH * kept);
        return store.add(upload.attachment().id(), number, part)
                .handle((stored, failure) -> {
                    if (failure != null) {
                        return failInStore(context, upload, failure);
                    }
                    return upload.isWhole() ? finish(context, upload) : SerialExecutor.DONE;
                })
                .thenCompose(rest -> rest);
    }

    private CompletionStage<?> finish(SessionContext context, Upload upload) {
        return store.complete(upload.attachment().id())
                .handle((complete, failure) -> {
                    if (failure != null) {
                        return failInStore(context, upload, failure);
                    }
                    if (!complete) {
                        return failInStore(
                                context,
                                upload,
                                new IllegalStateException(
                                        "A part of " + upload.attachment().id() + " is missing."));
                    }
                    context.uploaded();
                    context.answer(new ServerMessage.Uploaded(upload.id(), upload.attachment()));
                    return SerialExecutor.DONE;
                })
                .thenCompose(rest -> rest);
    }

    private CompletionStage<?> failInStore(SessionContext context, Upload upload, Throwable failure) {
        context.errors().reply(upload.id(), context.errors().refusal(failure));
        return forget(context);
    }

    private CompletionStage<?> failBoth(SessionContext context, ClientMessage.Upload second, String reason) {
        CompletionStage<?> forgotten = fail(context, second.id(), ErrorCode.BAD_CHUNK, reason);
        expectLate(context, context.lateBytes(nanoTime.getAsLong()) + late(second));
        return forgotten;
    }

    private CompletionStage<?> fail(SessionContext context, Optional<String> id, ErrorCode code, String reason) {
        context.errors().reply(id, Refusal.of(code, reason));
        return forget(context);
    }

    private CompletionStage<?> forget(SessionContext context) {
        Optional<Upload> upload = context.upload();
        context.uploaded();
        if (upload.isEmpty()) {
            return SerialExecutor.DONE;
        }
        expectLate(context, upload.get().missing());
        context.memory().release((long) GROWTH * upload.get().partBytes());
        // Done whether it works or not: the retention job deletes the rest later.
        return store.abandon(upload.get().attachment().id())
                .handle((gone, failure) -> CompletableFuture.completedFuture(null));
    }

    /** Rejects an upload that is stalled or too slow. Runs in the session's queue. */
    CompletionStage<?> expire(SessionContext context) {
        Optional<Upload> late = context.upload().filter(this::isLate);
        return late.isEmpty()
                ? SerialExecutor.DONE
                : fail(
                        context,
                        late.get().id(),
                        ErrorCode.BAD_CHUNK,
                        "'" + Field.shown(late.get().attachment().name())
                                + "' is rejected: it came too slowly, or nothing of it for "
                                + limits.timeout().toMillis() + " ms.");
    }

    private boolean isLate(Upload upload) {
        long now = nanoTime.getAsLong();
        Duration slowest = limits.timeout().plusSeconds(upload.attachment().size() / BYTES_A_SECOND_MIN);
        Duration whole = slowest.compareTo(WHOLE_MAX) < 0 ? slowest : WHOLE_MAX;
        return upload.silence(now) >= limits.timeout().toNanos() || upload.age(now) >= whole.toNanos();
    }

    /** Discards the upload of a session that has ended. Runs in the session's queue. */
    CompletionStage<?> abandon(SessionContext context) {
        return forget(context);
    }
}
