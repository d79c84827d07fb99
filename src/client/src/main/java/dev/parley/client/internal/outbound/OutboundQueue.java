package dev.parley.client.internal.outbound;

import dev.parley.client.ClientObserver;
import dev.parley.client.ParleyException;
import dev.parley.client.internal.transport.ClientErrors;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ServerMessage;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Everything that waits for the connection or for an answer. Matches answers with what waits for them. Confined to the
 * event loop; callers pass the monotonic time in nanoseconds.
 */
public final class OutboundQueue {
    /**
     * The protocol's default limits; the welcome contains only the limits for messages. Several sessions of one user
     * may share them.
     */
    private static final Rate METRICS = new Rate(ServerMessage.Limits.METRICS_PER_SECOND, 2_000);

    private static final Rate QUERIES = new Rate(ServerMessage.Limits.QUERIES_PER_SECOND, 20);
    private static final Rate BINARY = new Rate(ServerMessage.Limits.BINARY_PER_SECOND, 200);

    /** For joining, leaving and members of rooms, and for subscriptions. */
    private static final Rate JOINS = new Rate(ServerMessage.Limits.JOINS_PER_SECOND, 200);

    private record Rate(int perSecond, int atOnce) {}

    /** Requests with the rate of queries; the others have the rate of joins. */
    static final Set<Class<? extends ClientMessage>> QUERY_TYPES = Set.of(
            ClientMessage.History.class,
            ClientMessage.Search.class,
            ClientMessage.Presence.class,
            ClientMessage.Rooms.class,
            ClientMessage.Members.class,
            ClientMessage.Read.class);

    private final Function<ClientMessage, String> encoder;
    private final ClientObserver observer;
    private final TokenBucket messageBucket = new TokenBucket();
    private final TokenBucket metricBucket = new TokenBucket();
    private final TokenBucket queryBucket = new TokenBucket();
    private final TokenBucket joinBucket = new TokenBucket();
    private final TokenBucket binaryBucket = new TokenBucket();
    private final Unacked unacked = new Unacked(messageBucket);
    private final PendingRequests requests = new PendingRequests();
    private final Uploads uploads = new Uploads();
    private final PendingMetrics metrics;
    private final PendingBinary binary;
    /** Messages that the connection itself needs: login and pings. */
    private final Deque<String> control = new ArrayDeque<>();

    public OutboundQueue(
            Function<ClientMessage, String> encoder,
            ClientObserver observer,
            PendingMetrics metrics,
            PendingBinary binary) {
        this.encoder = encoder;
        this.observer = observer;
        this.metrics = metrics;
        this.binary = binary;
    }

    public void control(ClientMessage message) {
        control.add(encoder.apply(message));
    }

    /** Sends a message, unless one with its id has no answer yet: then there would be one answer for two results. */
    public void send(Unacked.Entry entry) {
        if (unacked.contains(entry.id())) {
            failed(entry, ClientErrors.duplicate(entry.id()));
        } else {
            unacked.add(entry);
        }
    }

    public void ask(
            String id, ClientMessage message, long deadline, SendCallback<ServerMessage> callback, long nanoTime) {
        requests.ask(id, question(message, false, deadline, callback), nanoTime);
    }

    /** Sends a request that has no meaning on another connection. It is forgotten with the current one. */
    public void askOnThisConnection(
            String id, ClientMessage message, long deadline, SendCallback<ServerMessage> callback, long nanoTime) {
        requests.ask(id, question(message, true, deadline, callback), nanoTime);
    }

    private PendingRequests.Request question(
            ClientMessage message, boolean isPerConnection, long deadline, SendCallback<ServerMessage> callback) {
        return new PendingRequests.Request(
                encoder.apply(message),
                subject(message),
                QUERY_TYPES.contains(message.getClass()) ? queryBucket : joinBucket,
                message instanceof ClientMessage.Search ? ClientMessage.Search.COST : 1,
                isPerConnection,
                deadline,
                callback);
    }

    /** The room or metric whose state a request changes; its requests are sent one after the other. */
    static Optional<String> subject(ClientMessage message) {
        if (message instanceof ClientMessage.Join join) {
            return Optional.of("room " + join.room());
        } else if (message instanceof ClientMessage.Leave leave) {
            return Optional.of("room " + leave.room());
        } else if (message instanceof ClientMessage.Subscribe subscribe) {
            return Optional.of("metric " + subscribe.metricId());
        } else if (message instanceof ClientMessage.Unsubscribe unsubscribe) {
            return Optional.of("metric " + unsubscribe.metricId());
        }
        return Optional.empty();
    }

    public void upload(Uploads.File file) {
        uploads.add(file);
    }

    public void limit(ServerMessage.Limits limits, long nanoTime) {
        messageBucket.limit(limits.rate(), limits.burst(), nanoTime);
        // If messages have no limit, nothing has.
        limit(metricBucket, METRICS, limits, nanoTime);
        limit(queryBucket, QUERIES, limits, nanoTime);
        limit(joinBucket, JOINS, limits, nanoTime);
        limit(binaryBucket, BINARY, limits, nanoTime);
    }

    /**
     * There is a connection that takes binary frames.
     *
     * @param frameMax maximum bytes of a frame
     */
    public void opened(int frameMax) {
        binary.opened(frameMax);
    }

    private static void limit(TokenBucket bucket, Rate rate, ServerMessage.Limits limits, long nanoTime) {
        bucket.limit(limits.rate() > 0 ? rate.perSecond() : 0, rate.atOnce(), nanoTime);
    }

    /**
     * The next item to write.
     *
     * @param isOpen whether the welcome has arrived; before it, only the login is sent
     * @param frameMax maximum bytes of a frame
     */
    public Optional<FrameWriter.Outbound> next(boolean isOpen, int frameMax, long nanoTime) {
        if (!control.isEmpty()) {
            return Optional.of(message(Optional.empty(), control.remove()));
        }
        if (!isOpen) {
            return Optional.empty();
        }
        return requests.next(nanoTime)
                .map(json -> message(Optional.empty(), json))
                .or(() -> unacked.next(nanoTime).map(entry -> message(Optional.of(entry.id()), entry.json())))
                .or(() -> nextMetric(nanoTime).map(metric -> message(Optional.empty(), encoder.apply(metric))))
                .or(() -> nextBinary(nanoTime))
                .or(() -> uploads.next(frameMax, nanoTime));
    }

    /** Drops what waits while an upload is under way: the server would take it for bytes of that file. */
    private Optional<FrameWriter.Outbound> nextBinary(long nanoTime) {
        if (uploads.isUnderWay()) {
            binary.clear();
        }
        return binary.isEmpty() || !binaryBucket.take(nanoTime)
                ? Optional.empty()
                : binary.next().map(frame -> new FrameWriter.Outbound.Bytes(ByteBuffer.wrap(frame)));
    }

    private Optional<ClientMessage.Metric> nextMetric(long nanoTime) {
        return metrics.isEmpty() || !metricBucket.take(nanoTime) ? Optional.empty() : metrics.next();
    }

    private static FrameWriter.Outbound message(Optional<String> id, String json) {
        return new FrameWriter.Outbound.Message(id, json);
    }

    public void acked(ServerMessage.Ack ack, long nanoTime) {
        String id = ack.id().orElse("");
        Optional<Unacked.Entry> entry = unacked.settle(id);
        if (entry.isPresent()) {
            observer.acked(Duration.ofNanos(nanoTime - entry.get().sentAt()));
            entry.get().callback().succeeded(ack);
        } else if (uploads.isUnderWay(id)) {
            uploads.announced();
        } else {
            requests.answered(id, ack);
        }
    }

    /** Whether a request with this id waits for its answer. */
    public boolean isAsked(Optional<String> id) {
        return id.filter(requests::contains).isPresent();
    }

    /** Completes the request with this id. Returns whether there was one. */
    public boolean answered(Optional<String> id, ServerMessage answer) {
        boolean isAsked = isAsked(id);
        id.ifPresent(asked -> requests.answered(asked, answer));
        return isAsked;
    }

    public void uploaded(ServerMessage.Uploaded uploaded) {
        if (uploaded.id().filter(uploads::isUnderWay).isPresent()) {
            uploads.uploaded(uploaded.attachment());
        }
    }

    /** Handles an error. Returns whether it answers something that waits. */
    public boolean refused(ServerMessage.Error error, long nanoTime) {
        String id = error.id().orElse("");
        ParleyException why = ClientErrors.of(error);
        if (unacked.contains(id)) {
            if (ClientErrors.isRetryable(error.code())) {
                unacked.refused(id, why.retryAfter(), nanoTime);
            } else {
                unacked.settle(id).ifPresent(entry -> failed(entry, why));
            }
        } else if (uploads.isUnderWay(id)) {
            uploads.refused(why, nanoTime);
        } else if (requests.contains(id)) {
            requests.refused(id, why, nanoTime);
        } else {
            return false;
        }
        return true;
    }

    private void failed(Unacked.Entry entry, ParleyException why) {
        observer.failed(why.code());
        entry.callback().failed(why);
    }

    public void connectionLost() {
        control.clear();
        unacked.connectionLost();
        requests.connectionLost();
        uploads.connectionLost();
        binary.connectionLost();
    }

    /**
     * Fails everything whose deadline has passed.
     *
     * @param why creates the error of each
     * @return whether an upload was interrupted midway, so that the connection cannot go on
     */
    public boolean expire(long nanoTime, Supplier<ParleyException> why) {
        unacked.expire(nanoTime).forEach(entry -> failed(entry, why.get()));
        requests.expire(nanoTime, why);
        return uploads.expire(nanoTime, why);
    }

    /** Fails everything that waits. */
    public void fail(ParleyException why) {
        unacked.clear().forEach(entry -> failed(entry, why));
        requests.fail(why);
        uploads.fail(why);
        metrics.clear();
        binary.clear();
    }

    public boolean isEmpty() {
        return unacked.count() == 0
                && requests.count() == 0
                && uploads.isEmpty()
                && metrics.isEmpty()
                && binary.isEmpty();
    }

    /**
     * The times at which something expires or may be sent.
     *
     * @param isOpen whether there is an open connection
     * @param isIdle whether it could send at once
     */
    public List<Long> deadlines(boolean isOpen, boolean isIdle, long nanoTime) {
        List<Long> deadlines = new ArrayList<>();
        unacked.firstDeadline().ifPresent(deadlines::add);
        requests.nextDeadline(isOpen, nanoTime).ifPresent(deadlines::add);
        uploads.nextDeadline(isOpen, nanoTime).ifPresent(deadlines::add);
        if (isOpen && isIdle) {
            OptionalLong wait = unacked.waitNanos(nanoTime);
            wait.ifPresent(nanos -> deadlines.add(nanoTime + Math.max(1, nanos)));
            if (!metrics.isEmpty()) {
                deadlines.add(nanoTime + Math.max(1, metricBucket.waitNanos(nanoTime)));
            }
            if (!binary.isEmpty()) {
                deadlines.add(nanoTime + Math.max(1, binaryBucket.waitNanos(nanoTime)));
            }
        }
        return deadlines;
    }
}
