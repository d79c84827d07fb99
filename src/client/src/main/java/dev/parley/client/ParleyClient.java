package dev.parley.client;

import dev.parley.client.internal.inbound.ListenerDispatcher;
import dev.parley.client.internal.inbound.ListenerQueue;
import dev.parley.client.internal.loop.ClientLoop;
import dev.parley.client.internal.loop.SendQueue;
import dev.parley.protocol.Attachment;
import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A connection to Parley that keeps itself alive.
 *
 * <p>It comes back by itself, with a fresh token, after exponential backoff with full jitter; then every channel goes
 * on where it was ({@link ParleyListener} hears each message once, in order), and what has no ack goes again, in order
 * and under the same id, so that it is stored once. It stops for good, in {@link ClientState#CLOSED}, when it is
 * closed, when the server says not to come back, or after {@code maxReconnectAttempts}.
 *
 * <p>Every stage settles exactly once: with the server's answer, or exceptionally with a {@link ParleyException} that
 * has the server's code ({@code forbidden}, {@code no_such_room} …), {@code timeout}, {@code queue_full} (at once,
 * where too much waits already) or {@code closed}. Messages may be sent in every state but CLOSED; they wait for the
 * connection. After a {@code timeout} a message may or may not have been stored.
 *
 * <p>Thread rule: any thread may call any method, none blocks but {@link #close()}. Stages complete on the thread
 * {@code parley-NAME-results}; whoever blocks it holds up other results, and nothing else.
 */
public final class ParleyClient implements AutoCloseable {
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    /** Beyond the time to drain, for what close() itself takes. */
    private static final Duration CLOSE_GRACE = Duration.ofSeconds(5);

    private final ClientLoop loop;
    private final SendQueue sendQueue;
    private final ListenerDispatcher dispatcher;
    private final ListenerQueue listeners;
    private final CompletableFuture<Void> closed;

    ParleyClient(
            ClientLoop loop,
            SendQueue sendQueue,
            ListenerDispatcher dispatcher,
            ListenerQueue listeners,
            CompletableFuture<Void> closed) {
        this.loop = loop;
        this.sendQueue = sendQueue;
        this.dispatcher = dispatcher;
        this.listeners = listeners;
        this.closed = closed;
    }

    /** @param uri {@code ws://HOST/chat} or {@code wss://HOST/chat}; {@code /monitor} for metrics alone */
    public static ParleyClientBuilder builder(URI uri) {
        return new ParleyClientBuilder(uri);
    }

    /**
     * Connects, and from then on comes back by itself. Settles with the first welcome, or when the client stops for
     * good.
     */
    public CompletionStage<ServerMessage.Welcome> connect() {
        return sendQueue.connect();
    }

    /** Tries at once, where it waits; gives the present connection up for a new one, where there is one. */
    public void reconnect() {
        loop.post(loop::reconnect);
    }

    public ClientState state() {
        return loop.state();
    }

    /**
     * To everyone in a room.
     *
     * @param content up to 1 MiB of UTF-8
     */
    public CompletionStage<ServerMessage.Ack> chat(String room, String content) {
        return sendQueue.send(id -> new ClientMessage.Chat(id, content, room, Optional.empty()));
    }

    /** To everyone in a room, with a file that {@link #upload} brought there. */
    public CompletionStage<ServerMessage.Ack> chat(String room, String content, Attachment attachment) {
        return sendQueue.send(id -> new ClientMessage.Chat(id, content, room, Optional.of(attachment)));
    }

    /** To one user. */
    public CompletionStage<ServerMessage.Ack> message(String to, String content) {
        return sendQueue.send(id -> new ClientMessage.Message(id, content, Optional.of(to)));
    }

    /** To one user, one room or everyone, also for those who are away; role {@code notify}. */
    public CompletionStage<ServerMessage.Ack> notification(NotificationRequest notice) {
        return sendQueue.send(id -> new ClientMessage.Notification(
                id, notice.content(), notice.title(), notice.level(), notice.to(), notice.room()));
    }

    /**
     * A metric's new value; role {@code metrics}. Has no answer: while the connection is slow or away, the latest value
     * of each metric waits. A refusal comes to {@link ParleyListener#refused}.
     *
     * @param metricId 1-128 characters
     * @param value finite
     * @throws ParleyException {@code queue_full} where 10,000 other metrics wait, {@code closed}, or what is wrong with
     *     a value
     */
    public void metric(String metricId, double value) {
        sendQueue.metric(metricId, value);
    }

    /**
     * Enters a room and stays in it over all connections; its messages come to this listener from now on. A second call
     * for the same room replaces the listener.
     */
    public CompletionStage<ServerMessage.Joined> join(String room, RoomListener listener) {
        return sendQueue.ask(
                ServerMessage.Joined.class,
                id -> new ClientMessage.Join(id, room, Optional.empty()),
                (id, message, deadline, callback) -> loop.requests().join(id, room, listener, deadline, callback));
    }

    public CompletionStage<ServerMessage.Left> leave(String room) {
        return sendQueue.ask(
                ServerMessage.Left.class,
                id -> new ClientMessage.Leave(id, room),
                (id, message, deadline, callback) -> loop.requests().leave(id, room, deadline, callback));
    }

    /**
     * Hears the last value of a metric and each new one, over all connections.
     *
     * @param metricId exact, or ending in {@code *} for all that begin so
     */
    public CompletionStage<ServerMessage.Subscribed> subscribe(String metricId, MetricListener listener) {
        return sendQueue.ask(
                ServerMessage.Subscribed.class,
                id -> new ClientMessage.Subscribe(id, metricId),
                (id, message, deadline, callback) ->
                        loop.requests().subscribe(id, metricId, listener, deadline, callback));
    }

    public CompletionStage<ServerMessage.Unsubscribed> unsubscribe(String metricId) {
        return sendQueue.ask(
                ServerMessage.Unsubscribed.class,
                id -> new ClientMessage.Unsubscribe(id, metricId),
                (id, message, deadline, callback) -> loop.requests().unsubscribe(id, metricId, deadline, callback));
    }

    /**
     * A page of what a channel holds, in {@code seq} order.
     *
     * @param before only messages with a smaller seq; empty for the newest
     * @param limit 1-200 messages
     */
    public CompletionStage<ServerMessage.History> history(Channel channel, OptionalLong before, int limit) {
        return sendQueue.ask(
                ServerMessage.History.class,
                id -> new ClientMessage.History(
                        id,
                        channel.roomName(),
                        channel.isInbox() ? Optional.of(true) : Optional.empty(),
                        channel.isBroadcast() ? Optional.of(true) : Optional.empty(),
                        before,
                        OptionalInt.of(limit)));
    }

    /** Everything of the channel up to {@code seq} has been read, by this user. */
    public CompletionStage<ServerMessage.Ack> read(Channel channel, long seq) {
        return sendQueue.ask(
                ServerMessage.Ack.class,
                id -> new ClientMessage.Read(
                        id,
                        channel.roomName(),
                        channel.isInbox() ? Optional.of(true) : Optional.empty(),
                        channel.isBroadcast() ? Optional.of(true) : Optional.empty(),
                        OptionalLong.of(seq)));
    }

    /**
     * Brings a file to a room, to be shown there by {@link #chat(String, String, Attachment)}.
     *
     * @param content of up to 8 MiB; not copied, so it must not change before the stage settles
     */
    public CompletionStage<Attachment> upload(String room, String name, String mediaType, byte[] content) {
        return sendQueue.upload(room, name, mediaType, content);
    }

    /** How far each channel has been applied, by its name on the wire, for {@link ParleyClientBuilder#positions}. */
    public Map<String, Position> positions() {
        return dispatcher.applied();
    }

    /** Messages that wait for their ack. */
    public int unacked() {
        return sendQueue.unacked();
    }

    /** Calls that wait for listeners. */
    public int waitingForListeners() {
        return listeners.count();
    }

    /**
     * Takes nothing more, waits for the answers to what was sent, then closes. What has no answer by then ends as
     * {@code closed}. Settles when the connection is given up; listeners still hear what was received before.
     */
    public CompletionStage<Void> close(Duration atMost) {
        sendQueue.close();
        loop.post(() -> loop.drain(atMost));
        return closed;
    }

    /** The same at once; what waits for listeners is forgotten, and {@link #positions()} does not count it. */
    public CompletionStage<Void> forceClose() {
        sendQueue.close();
        loop.post(loop::forceClose);
        return closed;
    }

    /** {@link #close(Duration)} within 5 s, and waits for it. */
    @Override
    public void close() {
        try {
            close(CLOSE_TIMEOUT)
                    .toCompletableFuture()
                    .get(CLOSE_TIMEOUT.plus(CLOSE_GRACE).toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            forceClose();
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            forceClose();
        }
    }
}
