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
import java.nio.ByteBuffer;
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
 * A client of a Parley server that reconnects by itself.
 *
 * <p>After a lost connection it fetches a fresh token and reconnects, with exponential backoff and full jitter. Every
 * channel resumes at its position, so a {@link ParleyListener} receives each message once and in order. Messages
 * without an ack are sent again, in order and under the same id, so that each is stored once. The client stops for
 * good, in {@link ClientState#CLOSED}, when the application closes it, when the server refuses it for good, or after
 * {@code maxReconnectAttempts}.
 *
 * <p>Every stage completes exactly once: with the server's answer, or exceptionally with a {@link ParleyException}. Its
 * code is the server's ({@code forbidden}, {@code no_such_room} and others), {@code timeout}, {@code queue_full} (if a
 * limit on pending work is reached), {@code duplicate} or {@code closed}. Messages may be sent in every state except
 * IDLE and CLOSED; they wait for the connection. After a {@code timeout} a message may or may not have been stored.
 *
 * <p>{@link #join} and {@link #subscribe} may be called before {@link #connect}, so that no message is received before
 * its listener is there. All other requests and messages throw {@link IllegalStateException} before it.
 *
 * <p>The methods that send a message take {@link SendOptions} as their last argument: an id of the application, under
 * which a message may be sent again after a crash of the application, and how long the call may wait for room in the
 * queue. Without them the id is random, and a full queue fails the stage at once.
 *
 * <p>Thread rule: any thread may call any method. Only {@link #close()} and {@link SendOptions#waitAtMost} block; the
 * latter throws {@link IllegalStateException} on a thread of the client, such as that of a listener or a result. Stages
 * complete on the thread {@code parley-NAME-results}. A callback that blocks this thread delays other results and
 * nothing else.
 */
public final class ParleyClient implements AutoCloseable {
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    /** Time for close() itself, in addition to the time to drain. */
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

    /**
     * @param uri {@code ws://HOST/chat} or {@code wss://HOST/chat}, also without the path; or the same with
     *     {@code /monitor}, for metrics only
     */
    public static ParleyClientBuilder builder(URI uri) {
        return new ParleyClientBuilder(uri);
    }

    /**
     * Connects, and reconnects after every lost connection from then on. The stage completes with the first welcome, or
     * exceptionally when the client stops for good.
     */
    public CompletionStage<ServerMessage.Welcome> connect() {
        return sendQueue.connect();
    }

    /**
     * In state WAITING, starts the next attempt now. In state OPEN, replaces the connection with a new one. In state
     * IDLE, connects. Otherwise it has no effect.
     */
    public void reconnect() {
        sendQueue.reconnect();
    }

    public ClientState state() {
        return loop.state();
    }

    /**
     * Sends a message to a room.
     *
     * @param content up to 1 MiB of UTF-8
     */
    public CompletionStage<Ack> chat(String room, String content) {
        return chat(room, content, SendOptions.DEFAULT);
    }

    public CompletionStage<Ack> chat(String room, String content, SendOptions options) {
        return sendQueue.send(options, id -> new ClientMessage.Chat(id, content, room, Optional.empty()));
    }

    /** Sends a message to a room, with a file that {@link #upload} has stored there. */
    public CompletionStage<Ack> chat(String room, String content, Attachment attachment) {
        return chat(room, content, attachment, SendOptions.DEFAULT);
    }

    public CompletionStage<Ack> chat(String room, String content, Attachment attachment, SendOptions options) {
        return sendQueue.send(options, id -> new ClientMessage.Chat(id, content, room, Optional.of(attachment)));
    }

    /**
     * Sends a message to one user, or to the only guest that is connected under this name. An answer to a guest goes to
     * the {@linkplain #message(ServerMessage.Person, String) person}, since the name may be another's by then.
     */
    public CompletionStage<Ack> message(String to, String content) {
        return message(to, content, SendOptions.DEFAULT);
    }

    public CompletionStage<Ack> message(String to, String content, SendOptions options) {
        return message(ServerMessage.Person.user(to), content, options);
    }

    /**
     * Sends a message to one user or guest. One to a guest reaches nobody but the guest with this tag, under whatever
     * name, connected or not; it fails with {@code conflict} if that guest is no longer remembered.
     *
     * @param to somebody who is {@linkplain ServerMessage.Joined#present() present}, or
     *     {@linkplain ServerMessage.Stored#person() who sent} a message
     */
    public CompletionStage<Ack> message(ServerMessage.Person to, String content) {
        return message(to, content, SendOptions.DEFAULT);
    }

    public CompletionStage<Ack> message(ServerMessage.Person to, String content, SendOptions options) {
        return sendQueue.send(
                options, id -> new ClientMessage.Message(id, content, Optional.of(to.username()), to.guest()));
    }

    /**
     * Sends a notification to one user, one room or everyone. It is stored, so users who are not connected receive it
     * later. Needs the role {@code notify}.
     */
    public CompletionStage<Ack> notification(NotificationRequest notice) {
        return notification(notice, SendOptions.DEFAULT);
    }

    public CompletionStage<Ack> notification(NotificationRequest notice, SendOptions options) {
        return sendQueue.send(
                options,
                id -> new ClientMessage.Notification(
                        id, notice.content(), notice.title(), notice.level(), notice.to(), notice.room()));
    }

    /**
     * Sends the new value of a metric. Needs the role {@code metrics}. There is no answer. While the connection is slow
     * or lost, only the latest value of each metric is kept. An error from the server is passed to
     * {@link ParleyListener#refused}.
     *
     * @param metricId 1-128 characters
     * @param value finite
     * @throws ParleyException with the code {@code queue_full} if 10,000 other metrics wait, {@code closed}, or the
     *     code of an invalid argument
     */
    public void metric(String metricId, double value) {
        sendQueue.metric(metricId, value);
    }

    /**
     * Sends a live payload to the others in a room that this client is in, as a binary frame. It is not stored and has
     * no answer; an error from the server is passed to {@link ParleyListener#refused}. Those receive it who have asked
     * for it, such as clients with a {@linkplain ParleyClientBuilder#binaryListener listener}.
     *
     * @param mediaType such as {@code audio/webm;codecs=opus}
     * @param payload up to 32 KiB by default; its position does not change, and it is copied
     * @return false if the frame was dropped: the client is not connected, or 100 frames or 256 KiB wait for a slow
     *     connection. A frame that waits is dropped too when the connection is lost or an {@link #upload} begins
     * @throws ParleyException with the code {@code too_long} if it fits into no frame to this server, {@code closed},
     *     or the code of an invalid argument
     */
    public boolean sendBinary(String room, String mediaType, ByteBuffer payload) {
        return sendQueue.binary(room, mediaType, payload);
    }

    /**
     * Joins a room, and joins it again after every reconnect. From now on this listener receives the messages of the
     * room and {@linkplain RoomListener what becomes of the stay}. A second call for the same room replaces the
     * listener.
     *
     * @param room in any spelling; what arrives from it names it as the server does
     */
    public CompletionStage<ServerMessage.Joined> join(String room, RoomListener listener) {
        return join(room, Optional.empty(), listener);
    }

    /**
     * The same, but reads the room from this position on, also if the client is in it already. The listener gets
     * {@link RoomListener#recovered} and the messages after the position; or {@link RoomListener#notRecovered}, if they
     * can no longer be sent.
     *
     * @param start a position in this room, as {@link #positions()} or an earlier {@code joined} has it
     */
    public CompletionStage<ServerMessage.Joined> join(String room, Position start, RoomListener listener) {
        return join(room, Optional.of(start), listener);
    }

    private CompletionStage<ServerMessage.Joined> join(String room, Optional<Position> start, RoomListener listener) {
        return sendQueue.register(
                ServerMessage.Joined.class,
                id -> new ClientMessage.Join(id, room, start),
                (id, message, deadline, callback) ->
                        loop.requests().join(id, room, start, listener, deadline, callback));
    }

    public CompletionStage<ServerMessage.Left> leave(String room) {
        return sendQueue.ask(
                ServerMessage.Left.class,
                id -> new ClientMessage.Leave(id, room),
                (id, message, deadline, callback) -> loop.requests().leave(id, room, deadline, callback));
    }

    /**
     * Asks who the members of a private room are, present or not. Only a member is told; for anybody else the stage
     * ends with {@code no_such_room}, as if there were no such room.
     */
    public CompletionStage<ServerMessage.Members> members(String room) {
        return sendQueue.ask(ServerMessage.Members.class, id -> new ClientMessage.Members(id, room));
    }

    /**
     * Subscribes to a metric, and subscribes again after every reconnect. The listener receives the last value and each
     * new one.
     *
     * @param metricId the id of a metric, or a prefix followed by {@code *}
     */
    public CompletionStage<ServerMessage.Subscribed> subscribe(String metricId, MetricListener listener) {
        return sendQueue.register(
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
     * Reads one page of the stored messages of a channel, in {@code seq} order.
     *
     * @param before returns only messages with a smaller seq; empty for the newest messages
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

    /**
     * Searches the stored messages of a channel for a text in their content or title, in any case: the newest first,
     * returned in {@code seq} order. One search looks at a bounded part of the channel. While {@code more} is true, the
     * next one goes on with {@code searched} as its {@code before}, also if nothing was found.
     *
     * @param text 1-200 characters
     * @param before searches only messages with a smaller seq; empty for the newest messages
     * @param limit 1-200 messages
     */
    public CompletionStage<ServerMessage.History> search(Channel channel, String text, OptionalLong before, int limit) {
        return sendQueue.ask(
                ServerMessage.History.class,
                id -> new ClientMessage.Search(
                        id,
                        channel.roomName(),
                        channel.isInbox() ? Optional.of(true) : Optional.empty(),
                        channel.isBroadcast() ? Optional.of(true) : Optional.empty(),
                        text,
                        before,
                        OptionalInt.of(limit)));
    }

    /**
     * Sets this user's read mark: all messages of the channel up to {@code seq} have been read. May be called for each
     * message: while one mark of a channel is under way, the highest of those that follow waits for its answer. Each
     * stage completes with the ack of the mark that covers its own.
     */
    public CompletionStage<ServerMessage.Ack> read(Channel channel, long seq) {
        return sendQueue.ask(
                ServerMessage.Ack.class,
                id -> new ClientMessage.Read(
                        id,
                        channel.roomName(),
                        channel.isInbox() ? Optional.of(true) : Optional.empty(),
                        channel.isBroadcast() ? Optional.of(true) : Optional.empty(),
                        OptionalLong.of(seq)),
                (id, message, deadline, callback) ->
                        loop.requests().read((ClientMessage.Read) message, deadline, callback));
    }

    /**
     * Stores a file for a room, to be sent there with {@link #chat(String, String, Attachment)}.
     *
     * @param content up to 8 MiB; not copied, so it must not change before the stage completes
     */
    public CompletionStage<Attachment> upload(String room, String name, String mediaType, byte[] content) {
        return sendQueue.upload(room, name, mediaType, content);
    }

    /**
     * The position up to which the listeners have processed each channel, by the channel's name on the wire. For
     * {@link ParleyClientBuilder#positions}.
     */
    public Map<String, Position> positions() {
        return dispatcher.applied();
    }

    /** Number of messages without an ack. */
    public int unacked() {
        return sendQueue.unacked();
    }

    /** Number of calls in the queue of the listeners. */
    public int waitingForListeners() {
        return listeners.count();
    }

    /**
     * Accepts no new work, waits for the answers to what was sent, then closes. Work without an answer by then fails
     * with {@code closed}. The stage completes when the connection has been given up. Listeners still receive what
     * arrived before.
     */
    public CompletionStage<Void> close(Duration atMost) {
        sendQueue.close();
        loop.post(() -> loop.drain(atMost));
        return closed;
    }

    /**
     * Closes at once. Calls in the queue of the listeners are discarded, and {@link #positions()} does not include
     * them.
     */
    public CompletionStage<Void> forceClose() {
        sendQueue.close();
        loop.post(loop::forceClose);
        return closed;
    }

    /**
     * Calls {@link #close(Duration)} with 5 s and waits for it. If that does not end within 10 s, or the thread is
     * interrupted, the client is closed by {@link #forceClose()}.
     */
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
