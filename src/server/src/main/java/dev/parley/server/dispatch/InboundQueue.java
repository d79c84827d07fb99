package dev.parley.server.dispatch;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.Decoded;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** The queue of one session's incoming frames. Any thread; frames are handled in the order of the calls. */
public final class InboundQueue {
    private final SessionContext context;
    private final MessageHandlers handlers;
    private final ChunkAssembler chunks;
    private final MessageProcessor processor;
    private final SerialExecutor executor;
    private final AtomicBoolean isDecided = new AtomicBoolean();

    InboundQueue(
            SessionContext context,
            MessageHandlers handlers,
            ChunkAssembler chunks,
            MessageProcessor processor,
            SerialExecutor executor) {
        this.context = context;
        this.handlers = handlers;
        this.chunks = chunks;
        this.processor = processor;
        this.executor = executor;
    }

    /**
     * Queues the messages of a text frame.
     *
     * @param frame decodes the frame; called only if its length is within the rate, because decoding costs most
     * @param bytes of the frame's text
     */
    public void received(Supplier<List<Decoded>> frame, int bytes) {
        if (!context.session().isOpen() || !context.rates().allowBytes(bytes)) {
            return;
        }
        List<Decoded> messages = frame.get();
        if (!context.rates().allowBytes((long) RateLimiter.MESSAGE_COST_BYTES * messages.size())) {
            return;
        }
        List<SerialExecutor.Task> wanted = messages.stream()
                .<SerialExecutor.Task>map(
                        message -> () -> guarded(valid(message), () -> processor.process(context, message)))
                .toList();
        if (!executor.add(wanted, bytes)) {
            context.errors().closeForRate();
        }
    }

    /**
     * Queues a binary frame. Only the cost of a frame is charged here: an upload has been charged for its bytes, and
     * the bytes of other frames are charged when they are handled.
     */
    public void received(byte[] bytes) {
        if (!context.session().isOpen() || !context.rates().allowBytes(RateLimiter.MESSAGE_COST_BYTES)) {
            return;
        }
        InboundMemoryBudget.Share share = context.memory();
        if (!share.take(bytes.length)) {
            context.errors().closeWithGoodbye(CloseCode.TRY_AGAIN_LATER);
            return;
        }
        SerialExecutor.Task task = () -> guarded(Optional.empty(), () -> receive(bytes))
                .whenComplete((done, failure) -> share.release(bytes.length));
        if (!executor.addBinary(task, bytes.length)) {
            share.release(bytes.length);
            context.errors().closeForRate();
        }
    }

    /** A user has signed in under a name that this session may have as a guest. Any thread. */
    void nameTaken(String name) {
        executor.addFromElsewhere(() -> guarded(Optional.empty(), () -> handlers.nameTaken(context, name)));
    }

    /** The session is to come back elsewhere; see {@link ErrorReplies#sendAway}. Any thread. */
    void sendAway(Duration reconnectAfter) {
        context.errors().sendAway(reconnectAfter);
    }

    /** The session has lost the right to read a room: messages that arrive from now on find it outside. Any thread. */
    void evicted(Channel.Room room) {
        executor.addFromElsewhere(() -> guarded(Optional.empty(), () -> handlers.evicted(context, room)));
    }

    private CompletionStage<?> receive(byte[] bytes) {
        return context.session().isOpen() ? handlers.binary(context, bytes) : SerialExecutor.DONE;
    }

    /** Drops unfinished transfers and uploads that are too late. To be called often. */
    void expire() {
        if (context.hasUnfinished()) {
            executor.add(
                    List.of(() -> guarded(Optional.empty(), () -> {
                        chunks.expire(context);
                        return handlers.expire(context);
                    })),
                    0);
        }
    }

    /** Releases what the ended session had begun. */
    void abandon() {
        executor.addUnbounded(() -> guarded(Optional.empty(), () -> {
            chunks.abandon(context);
            return handlers.abandon(context);
        }));
    }

    /** The peer speaks plain lines, which have no login message. */
    void signInForLines() {
        signInOrClose(CloseCode.LOGIN_REFUSED);
    }

    /** Sends a session that is signed in another welcome, because its peer could not read the first one. */
    void welcomeAgain() {
        SerialExecutor.Task task = () -> guarded(
                Optional.empty(),
                () -> context.session().isSignedIn()
                        ? handlers.handle(context, ClientMessage.Login.IMPLICIT)
                        : SerialExecutor.DONE);
        if (!executor.add(List.of(task), 0)) {
            context.errors().closeForRate();
        }
    }

    /** Signs in implicitly, or closes the session. The second call does nothing. */
    void signInOrClose(CloseCode otherwise) {
        if (!isDecided.compareAndSet(false, true)) {
            return;
        }
        SerialExecutor.Task task =
                () -> guarded(Optional.empty(), () -> handlers.signInImplicitly(context, Optional.empty())
                        .thenAccept(isSignedIn -> {
                            if (!isSignedIn) {
                                closeUnsigned(otherwise);
                            }
                        }));
        if (!executor.add(List.of(task), 0)) {
            context.errors().closeForRate();
        }
    }

    /** A session that was kept out by the store alone is asked to come back. */
    private void closeUnsigned(CloseCode otherwise) {
        if (handlers.maySignInImplicitly(context)) {
            context.errors().closeWithGoodbye(CloseCode.TRY_AGAIN_LATER);
        } else {
            context.session().close(otherwise);
        }
    }

    /** Answers any failure of a task, immediate or asynchronous, with an error; the session goes on. */
    private CompletionStage<?> guarded(Optional<ClientMessage> message, SerialExecutor.Task task) {
        try {
            return task.run().whenComplete((result, failure) -> {
                if (failure != null) {
                    context.errors().replyFailed(message, failure);
                }
            });
        } catch (RuntimeException | Error e) {
            context.errors().replyFailed(message, e);
            return SerialExecutor.DONE;
        }
    }

    private static Optional<ClientMessage> valid(Decoded decoded) {
        return decoded instanceof Decoded.Valid valid ? Optional.of(valid.message()) : Optional.empty();
    }
}
