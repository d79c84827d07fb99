package dev.parley.client.internal.loop;

import dev.parley.client.Ack;
import dev.parley.client.ClientState;
import dev.parley.client.ParleyException;
import dev.parley.client.SendOptions;
import dev.parley.client.internal.outbound.CapacityLimit;
import dev.parley.client.internal.outbound.PendingBinary;
import dev.parley.client.internal.outbound.PendingMetrics;
import dev.parley.client.internal.outbound.RandomId;
import dev.parley.client.internal.outbound.RequestSender;
import dev.parley.client.internal.outbound.Results;
import dev.parley.client.internal.outbound.SendCallback;
import dev.parley.client.internal.outbound.Unacked;
import dev.parley.client.internal.outbound.Uploads;
import dev.parley.client.internal.transport.ClientErrors;
import dev.parley.protocol.Attachment;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.InvalidMessage;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.Utf8;
import dev.parley.protocol.binary.BinaryCodec;
import dev.parley.protocol.binary.ClientBinary;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Accepts the application's messages and requests. Validates them and checks the limits on the application's own
 * thread, posts them to the event loop and returns a stage that completes once. Any thread may call any method; only
 * {@link #send} may block, on a thread of the application.
 */
public final class SendQueue {
    private final ClientSettings settings;
    private final Scheduler eventLoop;
    private final Results results;
    private final Function<ClientMessage, String> encoder;
    private final ClientLoop loop;
    private final PendingMetrics metrics;
    private final PendingBinary binary;
    private final CapacityLimits limits;
    private final BooleanSupplier isOwnThread;
    private final AtomicBoolean metricsTold = new AtomicBoolean();
    private final AtomicBoolean binaryTold = new AtomicBoolean();
    private volatile boolean isConnectCalled;
    private volatile boolean isClosing;

    /** Limits on pending work, by kind. */
    public record CapacityLimits(CapacityLimit messages, CapacityLimit questions, CapacityLimit files) {}

    public SendQueue(
            ClientSettings settings,
            ClientLoop.ClientDependencies dependencies,
            ClientLoop loop,
            PendingMetrics metrics,
            PendingBinary binary,
            CapacityLimits limits) {
        this.settings = settings;
        this.eventLoop = dependencies.eventLoop();
        this.results = dependencies.results();
        this.encoder = dependencies.encoder();
        this.isOwnThread = dependencies.isOwnThread();
        this.loop = loop;
        this.metrics = metrics;
        this.binary = binary;
        this.limits = limits;
    }

    /** Accepts nothing from now on. */
    public void close() {
        isClosing = true;
    }

    /** Number of messages without an ack. */
    public int unacked() {
        return limits.messages().count();
    }

    public CompletionStage<ServerMessage.Welcome> connect() {
        isConnectCalled = true;
        CompletableFuture<ServerMessage.Welcome> result = new CompletableFuture<>();
        boolean isTaken = !isOver() && loop.post(() -> loop.connect(result));
        return isTaken ? result : failed(ClientErrors.closed());
    }

    public void reconnect() {
        isConnectCalled = true;
        loop.post(loop::reconnect);
    }

    /** Whatever is sent before it waits for ever. So that is a mistake, which shows at once and not as a timeout. */
    private void requireConnectCalled() {
        if (!isConnectCalled && !isOver()) {
            throw new IllegalStateException("Call connect() first: this client has not been told to connect.");
        }
    }

    /**
     * @throws ParleyException if the metric is not accepted
     * @throws IllegalStateException before {@link #connect}
     */
    public void metric(String metricId, double value) {
        requireConnectCalled();
        if (isOver()) {
            throw ClientErrors.closed();
        }
        ClientMessage.Metric metric;
        try {
            metric = new ClientMessage.Metric(Optional.empty(), metricId, OptionalDouble.of(value), Optional.empty());
        } catch (InvalidMessage e) {
            throw invalid(e);
        }
        if (!metrics.put(metric)) {
            throw full("Too many metrics wait for the connection; their limit is fixed.");
        }
        // One task for many values, so that the event loop's queue does not grow with them.
        if (metricsTold.compareAndSet(false, true)) {
            loop.post(() -> metricsTold.set(false));
        }
    }

    /**
     * @return false if the frame was dropped
     * @throws ParleyException if the frame is not accepted
     * @throws IllegalStateException before {@link #connect}
     */
    public boolean binary(String room, String mediaType, ByteBuffer payload) {
        requireConnectCalled();
        if (isOver()) {
            throw ClientErrors.closed();
        }
        byte[] frame;
        try {
            frame = BinaryCodec.encode(new ClientBinary(Optional.empty(), room, mediaType, payload));
        } catch (InvalidMessage e) {
            throw invalid(e);
        }
        PendingBinary.Put put = binary.put(frame);
        if (put == PendingBinary.Put.TOO_LONG) {
            throw new ParleyException(
                    ErrorCode.TOO_LONG.wireName(),
                    "A payload of " + payload.remaining() + " bytes does not fit into a frame to this server; upload"
                            + " it as a file.");
        }
        // One task for many frames, as above.
        if (put == PendingBinary.Put.TAKEN && binaryTold.compareAndSet(false, true)) {
            loop.post(() -> binaryTold.set(false));
        }
        return put == PendingBinary.Put.TAKEN;
    }

    /**
     * @param content not copied
     * @throws IllegalStateException before {@link #connect}
     */
    public CompletionStage<Attachment> upload(String room, String name, String mediaType, byte[] content) {
        requireConnectCalled();
        String id = RandomId.next();
        if (isOver()) {
            return failed(ClientErrors.closed());
        }
        try {
            String announcement = encoder.apply(
                    new ClientMessage.Upload(Optional.of(id), room, name, mediaType, OptionalLong.of(content.length)));
            if (!limits.files().tryAcquire(content.length)) {
                return failed(full("Too many files wait to be stored; their limits are fixed: " + limits.files()));
            }
            CompletableFuture<Attachment> result = new CompletableFuture<>();
            SendCallback<Attachment> callback = results.to(result, limits.files(), content.length);
            Uploads.File file = new Uploads.File(id, announcement, content, deadline(), callback);
            orClosed(callback, loop.post(() -> loop.requests().upload(file)));
            return result;
        } catch (InvalidMessage e) {
            return failed(invalid(e));
        }
    }

    private boolean isOver() {
        return isClosing || loop.state() == ClientState.CLOSED;
    }

    private long deadline() {
        return eventLoop.nanoTime() + settings.sendTimeout().toNanos();
    }

    /**
     * Sends a message that is stored in a channel.
     *
     * @throws IllegalStateException before {@link #connect}, and if the call may wait for room although this thread is
     *     one of the client's own
     */
    public CompletionStage<Ack> send(SendOptions options, Function<Optional<String>, ClientMessage> message) {
        requireConnectCalled();
        requireThreadThatMayWait(options.waitAtMost());
        String id = options.id().orElseGet(RandomId::next);
        if (isOver()) {
            return failed(ClientErrors.closed());
        }
        String json;
        try {
            json = encoder.apply(message.apply(Optional.of(id)));
        } catch (InvalidMessage e) {
            return failed(invalid(e));
        }
        long bytes = Utf8.length(json);
        Optional<ParleyException> full = acquire(bytes, options.waitAtMost());
        if (full.isPresent()) {
            settings.observer().failed(ParleyException.QUEUE_FULL);
            return failed(full.get());
        }
        if (isOver()) {
            // Closed while this thread waited.
            limits.messages().release(bytes);
            return failed(ClientErrors.closed());
        }
        CompletableFuture<Ack> result = new CompletableFuture<>();
        SendCallback<ServerMessage.Ack> callback = new StoredAckCallback(results.to(result, limits.messages(), bytes));
        Unacked.Entry entry = new Unacked.Entry(id, json, eventLoop.nanoTime(), deadline(), callback);
        orClosed(callback, loop.post(() -> loop.requests().send(entry)));
        return result;
    }

    /**
     * Results release the room, and listeners must keep pace with the connection that brings the acks. So a wait on one
     * of these threads would last until its deadline.
     */
    private void requireThreadThatMayWait(Duration atMost) {
        if (!atMost.isZero() && isOwnThread.getAsBoolean()) {
            throw new IllegalStateException("waitAtMost cannot be used on "
                    + Thread.currentThread().getName()
                    + ", which is a thread of the client: room comes by its work. Send without it, or on another"
                    + " thread.");
        }
    }

    /** Waits for room up to this time. Returns the error if there is none. */
    private Optional<ParleyException> acquire(long bytes, Duration atMost) {
        CapacityLimit messages = limits.messages();
        Duration within = atMost.compareTo(Backoff.LONGEST) > 0 ? Backoff.LONGEST : atMost;
        try {
            return messages.acquire(bytes, within)
                    ? Optional.empty()
                    : Optional.of(full("Too many messages wait for their ack: " + messages + ". This one has " + bytes
                            + " bytes. The builder's maxUnacked sets these limits."));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of(full("The thread was interrupted while it waited for room in the queue."));
        }
    }

    /**
     * Sends a request that changes no state of the client.
     *
     * @throws IllegalStateException before {@link #connect}
     */
    public <T extends ServerMessage> CompletionStage<T> ask(
            Class<T> type, Function<Optional<String>, ClientMessage> question) {
        return ask(type, question, loop.requests()::ask);
    }

    /** @throws IllegalStateException before {@link #connect} */
    public <T extends ServerMessage> CompletionStage<T> ask(
            Class<T> type, Function<Optional<String>, ClientMessage> question, RequestSender asking) {
        requireConnectCalled();
        return register(type, question, asking);
    }

    /** Sends a request that the client repeats on each connection. It may be made before the first one. */
    public <T extends ServerMessage> CompletionStage<T> register(
            Class<T> type, Function<Optional<String>, ClientMessage> question, RequestSender asking) {
        String id = RandomId.next();
        if (isOver()) {
            return failed(ClientErrors.closed());
        }
        ClientMessage message;
        try {
            message = question.apply(Optional.of(id));
        } catch (InvalidMessage e) {
            return failed(invalid(e));
        }
        if (!limits.questions().tryAcquire(0)) {
            return failed(full("Too many requests wait for their answer; their limit is fixed."));
        }
        CompletableFuture<T> result = new CompletableFuture<>();
        SendCallback<ServerMessage> callback = new TypedCallback<>(type, results.to(result, limits.questions(), 0));
        long deadline = deadline();
        orClosed(callback, loop.post(() -> asking.ask(id, message, deadline, callback)));
        return result;
    }

    /** The client may have ended since {@link #isOver} was checked. */
    private static void orClosed(SendCallback<?> callback, boolean isHandedOver) {
        if (!isHandedOver) {
            callback.failed(ClientErrors.closed());
        }
    }

    /** Accepts an answer of the expected type only. */
    private record TypedCallback<T extends ServerMessage>(Class<T> type, SendCallback<T> callback)
            implements SendCallback<ServerMessage> {
        @Override
        public void succeeded(ServerMessage answer) {
            if (type.isInstance(answer)) {
                callback.succeeded(type.cast(answer));
            } else {
                String wrong = answer.getClass().getSimpleName();
                failed(new ParleyException(ParleyException.BAD_SERVER, "The server answered with " + wrong + "."));
            }
        }

        @Override
        public void failed(ParleyException why) {
            callback.failed(why);
        }
    }

    private static ParleyException full(String sentence) {
        return new ParleyException(ParleyException.QUEUE_FULL, sentence);
    }

    private static ParleyException invalid(InvalidMessage e) {
        return new ParleyException(e.code().wireName(), e.getMessage(), Optional.empty(), e);
    }

    private static <T> CompletionStage<T> failed(ParleyException why) {
        return CompletableFuture.failedFuture(why);
    }
}
