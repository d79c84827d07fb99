package dev.parley.server.dispatch;

import dev.parley.protocol.ChunkJoiner;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.session.Door;
import dev.parley.server.session.Session;
import dev.parley.server.session.Traffic;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * Takes what a session's frames held and gives each message to the handler of its family. The first message signs in;
 * whatever else comes first signs the session in by itself, if it can.
 */
public final class Dispatcher {
    private static final Set<Class<? extends ClientMessage>> MONITOR_CARRIES = Set.of(
            ClientMessage.Login.class,
            ClientMessage.Ping.class,
            ClientMessage.Subscribe.class,
            ClientMessage.Unsubscribe.class,
            ClientMessage.Metric.class);

    /** What a message costs beside its bytes. */
    private static final int MESSAGE_COST_BYTES = 256;

    private final LoginHandler login;
    private final ChatHandler chat;
    private final RoomHandler rooms;
    private final PrivateRoomHandler privateRooms;
    private final HistoryHandler history;
    private final MetricHandler metrics;
    private final ChunkHandler chunks;
    private final UploadHandler uploads;
    private final Rates rates;
    private final Unfinished unfinished;
    private final Traffic traffic;
    private final Executor resume;
    private final Executor inOrder;
    private final LongSupplier nanoTime;
    private final Map<Session, Inbox> inboxes = new ConcurrentHashMap<>();

    /**
     * @param resume where a session's turns go on after they waited for the store
     * @param inOrder where answers to stored messages leave one after the other: the fan-out
     * @param nanoTime the monotonic clock
     */
    public Dispatcher(
            LoginHandler login,
            ChatHandler chat,
            RoomHandler rooms,
            PrivateRoomHandler privateRooms,
            HistoryHandler history,
            MetricHandler metrics,
            ChunkHandler chunks,
            UploadHandler uploads,
            Rates rates,
            Unfinished unfinished,
            Traffic traffic,
            Executor resume,
            Executor inOrder,
            LongSupplier nanoTime) {
        this.login = login;
        this.chat = chat;
        this.rooms = rooms;
        this.privateRooms = privateRooms;
        this.history = history;
        this.metrics = metrics;
        this.chunks = chunks;
        this.uploads = uploads;
        this.rates = rates;
        this.unfinished = unfinished;
        this.traffic = traffic;
        this.resume = resume;
        this.inOrder = inOrder;
        this.nanoTime = nanoTime;
    }

    /** Begins to listen to a session. {@code /text} has no login message, so it signs in at once. */
    public Inbox open(Session session) {
        Inbox inbox = new Inbox(session);
        inboxes.put(session, inbox);
        if (session.isEnded()) {
            gone(session);
        } else if (session.door() == Door.TEXT) {
            inbox.signInOrClose(CloseCode.LOGIN_REFUSED);
        }
        return inbox;
    }

    /** The time to sign in is over: the session signs in by itself, or is closed. */
    public void loginOverdue(Session session) {
        Optional.ofNullable(inboxes.get(session)).ifPresent(inbox -> inbox.signInOrClose(CloseCode.LOGIN_TIMEOUT));
    }

    /** Frees what a session that ended had begun. */
    public void gone(Session session) {
        Optional.ofNullable(inboxes.remove(session)).ifPresent(Inbox::abandon);
    }

    /** To be called often: forgets messages and files that were begun and do not become whole in time. */
    public void expire() {
        inboxes.values().forEach(Inbox::expire);
    }

    /** Where one session's messages arrive. Any thread; frames are handled in the order of the calls. */
    public final class Inbox {
        private final Conversation conversation;
        private final Turns turns = new Turns(resume, uploads.maxBytes());
        private final AtomicBoolean isDecided = new AtomicBoolean();

        private Inbox(Session session) {
            conversation = new Conversation(
                    session,
                    new Refusals(),
                    new HoldBack(nanoTime),
                    new ChunkJoiner(chunks.bounds(), nanoTime),
                    unfinished.share(),
                    inOrder);
        }

        /** @param bytes of the frame's text */
        public void received(List<Decoded> messages, int bytes) {
            // Nothing of it is done: what was in it is sent again on the next connection.
            if (!conversation.isWithinRate(
                    rates, Rates.Kind.BYTES, bytes + (long) MESSAGE_COST_BYTES * messages.size(), Optional.empty())) {
                conversation.closeForRate();
                return;
            }
            List<Turns.Turn> wanted = messages.stream()
                    .<Turns.Turn>map(message -> () -> guarded(valid(message), () -> dispatch(conversation, message)))
                    .toList();
            if (!turns.add(wanted, bytes)) {
                conversation.closeForRate();
            }
        }

        /** A binary frame's bytes. */
        public void received(byte[] bytes) {
            Unfinished.Share share = conversation.unfinished();
            if (!share.take(bytes.length)) {
                conversation.closeWithGoodbye(CloseCode.TRY_LATER);
                return;
            }
            Turns.Turn turn = () -> guarded(Optional.empty(), () -> receive(bytes))
                    .whenComplete((done, failure) -> share.release(bytes.length));
            if (!turns.addBinary(turn, bytes.length)) {
                share.release(bytes.length);
                conversation.closeForRate();
            }
        }

        private CompletionStage<?> receive(byte[] bytes) {
            Session session = conversation.session();
            if (!session.isOpen()) {
                return Turns.DONE;
            }
            return uploads.bytes(conversation, bytes);
        }

        private void expire() {
            if (conversation.hasUnfinished()) {
                turns.add(
                        List.of(() -> guarded(Optional.empty(), () -> {
                            chunks.expire(conversation);
                            return uploads.expire(conversation);
                        })),
                        0);
            }
        }

        private void abandon() {
            turns.addLast(() -> guarded(Optional.empty(), () -> {
                chunks.abandon(conversation);
                return uploads.abandon(conversation);
            }));
        }

        private void signInOrClose(CloseCode otherwise) {
            if (!isDecided.compareAndSet(false, true)) {
                return;
            }
            Turns.Turn turn = () -> guarded(Optional.empty(), () -> login.byItself(conversation, Optional.empty())
                    .thenAccept(isSignedIn -> {
                        if (!isSignedIn) {
                            closeUnsigned(otherwise);
                        }
                    }));
            if (!turns.add(List.of(turn), 0)) {
                conversation.closeForRate();
            }
        }

        /** Who could have come in, but for the store, is asked to come back. */
        private void closeUnsigned(CloseCode otherwise) {
            if (login.mayEnterByItself(conversation)) {
                conversation.closeWithGoodbye(CloseCode.TRY_LATER);
            } else {
                conversation.session().close(otherwise);
            }
        }

        /** Whatever goes wrong, at once or later, the peer is told and the session goes on. */
        private CompletionStage<?> guarded(Optional<ClientMessage> message, Turns.Turn turn) {
            try {
                return turn.take().whenComplete((result, failure) -> {
                    if (failure != null) {
                        conversation.refuseForBug(message, failure);
                    }
                });
            } catch (RuntimeException e) {
                conversation.refuseForBug(message, e);
                return Turns.DONE;
            }
        }

        private static Optional<ClientMessage> valid(Decoded decoded) {
            return decoded instanceof Decoded.Valid valid ? Optional.of(valid.message()) : Optional.empty();
        }
    }

    private CompletionStage<?> dispatch(Conversation conversation, Decoded decoded) {
        Session session = conversation.session();
        if (!session.isOpen()) {
            // After a refused login, what came with it must not sign in by itself.
            return Turns.DONE;
        }
        if (decoded instanceof Decoded.Malformed malformed) {
            conversation.refuse(malformed.id(), malformed.code(), malformed.reason());
            return Turns.DONE;
        }
        ClientMessage message = ((Decoded.Valid) decoded).message();
        traffic.messageIn();
        if (session.door() == Door.MONITOR && !MONITOR_CARRIES.contains(message.getClass())) {
            conversation.refuse(
                    message.id(),
                    ErrorCode.UNKNOWN_TYPE,
                    "/monitor carries login, ping, subscribe, unsubscribe and metric only; connect to /chat for the rest.");
            return Turns.DONE;
        }
        Router router = new Router(conversation);
        boolean isFreeToCome = message instanceof ClientMessage.Login || message instanceof ClientMessage.Ping;
        if (session.isSignedIn() || isFreeToCome) {
            return message.accept(router);
        }
        return login.byItself(conversation, Optional.of(message))
                .thenComposeAsync(
                        isSignedIn -> isSignedIn ? message.accept(router) : CompletableFuture.completedFuture(null),
                        resume);
    }

    /** Which family handles which message. */
    private final class Router implements ClientMessage.Visitor<CompletionStage<?>> {
        private final Conversation conversation;

        Router(Conversation conversation) {
            this.conversation = conversation;
        }

        @Override
        public CompletionStage<?> login(ClientMessage.Login message) {
            return login.login(conversation, message);
        }

        @Override
        public CompletionStage<?> chat(ClientMessage.Chat message) {
            return chat.chat(conversation, message);
        }

        @Override
        public CompletionStage<?> message(ClientMessage.Message message) {
            return chat.message(conversation, message);
        }

        @Override
        public CompletionStage<?> notification(ClientMessage.Notification message) {
            return chat.notification(conversation, message);
        }

        @Override
        public CompletionStage<?> join(ClientMessage.Join message) {
            return rooms.join(conversation, message);
        }

        @Override
        public CompletionStage<?> leave(ClientMessage.Leave message) {
            return rooms.leave(conversation, message);
        }

        @Override
        public CompletionStage<?> rooms(ClientMessage.Rooms message) {
            return rooms.rooms(conversation, message);
        }

        @Override
        public CompletionStage<?> typing(ClientMessage.Typing message) {
            return rooms.typing(conversation, message);
        }

        @Override
        public CompletionStage<?> presence(ClientMessage.Presence message) {
            return rooms.presence(conversation, message);
        }

        @Override
        public CompletionStage<?> history(ClientMessage.History message) {
            return history.history(conversation, message);
        }

        @Override
        public CompletionStage<?> read(ClientMessage.Read message) {
            return history.read(conversation, message);
        }

        @Override
        public CompletionStage<?> subscribe(ClientMessage.Subscribe message) {
            return metrics.subscribe(conversation, message);
        }

        @Override
        public CompletionStage<?> unsubscribe(ClientMessage.Unsubscribe message) {
            return metrics.unsubscribe(conversation, message);
        }

        @Override
        public CompletionStage<?> metric(ClientMessage.Metric message) {
            return metrics.metric(conversation, message);
        }

        @Override
        public CompletionStage<?> ping(ClientMessage.Ping message) {
            conversation.answer(new ServerMessage.Pong(message.id()));
            return Turns.DONE;
        }

        @Override
        public CompletionStage<?> create(ClientMessage.Create message) {
            return privateRooms.create(conversation, message);
        }

        @Override
        public CompletionStage<?> invite(ClientMessage.Invite message) {
            return privateRooms.invite(conversation, message);
        }

        @Override
        public CompletionStage<?> remove(ClientMessage.Remove message) {
            return privateRooms.remove(conversation, message);
        }

        @Override
        public CompletionStage<?> upload(ClientMessage.Upload message) {
            return uploads.upload(conversation, message);
        }

        @Override
        public CompletionStage<?> chunk(ClientMessage.Chunk message) {
            return chunks.chunk(conversation, message, whole -> dispatch(conversation, whole));
        }
    }
}
