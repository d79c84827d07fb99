package dev.parley.acceptance.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.checker.ChannelPosition;
import dev.parley.acceptance.checker.ClientId;
import dev.parley.acceptance.checker.Event;
import dev.parley.acceptance.checker.Message;
import dev.parley.acceptance.checker.Recorder;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.swarm.ClientRecord;
import dev.parley.acceptance.swarm.SwarmClient;
import dev.parley.client.Ack;
import dev.parley.client.ClientObserver;
import dev.parley.client.ClientState;
import dev.parley.client.NotificationRequest;
import dev.parley.client.ParleyClient;
import dev.parley.client.ParleyException;
import dev.parley.client.ParleyListener;
import dev.parley.client.RoomListener;
import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.awaitility.Awaitility;

/**
 * A Java client whose application records everything that it observes. Messages are identified by the name at the start
 * of their content and not by their id on the wire. So a message that is stored twice under two ids is found, too.
 */
final class InstrumentedJavaClient implements SwarmClient, ParleyListener, AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int BROKEN = 1006;

    /**
     * Sits between the client and its application, and may drop, repeat or reorder messages. {@link #SOUND} changes
     * nothing.
     */
    interface ClientListener {
        ClientListener SOUND = List::of;

        List<ServerMessage.Stored> deliver(ServerMessage.Stored message);
    }

    /** @param rooms rooms in addition to the lobby */
    record ClientSpec(ClientId clientId, URI chat, Set<String> rooms, Duration sendTimeout, ClientListener listener) {
        ClientSpec successor() {
            return new ClientSpec(
                    new ClientId(clientId.user(), clientId.device() + "+"), chat, rooms, sendTimeout, listener);
        }
    }

    /** Counts the results of sent messages, as their stages report them. */
    static final class Outcomes {
        final AtomicInteger sent = new AtomicInteger();
        final AtomicInteger acked = new AtomicInteger();
        final AtomicInteger refused = new AtomicInteger();
        final AtomicInteger timedOut = new AtomicInteger();

        int settled() {
            return acked.get() + refused.get() + timedOut.get();
        }
    }

    /**
     * Counts the same results as an observer. Unlike a stage, which completes once anyway, an observer would notice a
     * second call.
     */
    static final class Observed implements ClientObserver {
        final AtomicInteger acked = new AtomicInteger();
        final AtomicInteger failed = new AtomicInteger();
        final AtomicInteger duplicates = new AtomicInteger();

        @Override
        public void acked(Duration waited) {
            acked.incrementAndGet();
        }

        @Override
        public void failed(String code) {
            failed.incrementAndGet();
        }

        @Override
        public void duplicateDropped() {
            duplicates.incrementAndGet();
        }
    }

    private final ClientSpec spec;
    private final Recorder recorder;
    private final ClientRecord record;
    private final ParleyClient client;
    private final Outcomes outcomes = new Outcomes();
    private final Observed observed = new Observed();
    private final AtomicInteger misrouted = new AtomicInteger();

    // Guarded by this.
    private final Map<String, Stay> stays = new LinkedHashMap<>();
    private Optional<ParleyException> ending = Optional.empty();
    private boolean isOpen;
    private int said;

    /** @param positions positions of an earlier client */
    InstrumentedJavaClient(ClientSpec spec, Recorder recorder, Map<String, Position> positions) {
        this.spec = spec;
        this.recorder = recorder;
        this.record = new ClientRecord(spec.clientId(), recorder);
        positions.forEach((key, position) -> record.resume(record.channel(key), toPosition(position)));
        this.client = ParleyClient.builder(spec.chat())
                .name(spec.clientId().device())
                .token(() -> Tokens.of(who().user(), "user", "notify"))
                .listener(this)
                .observer(observed)
                .positions(positions)
                .connectTimeout(Duration.ofSeconds(5))
                .reconnectDelay(Duration.ofMillis(100))
                .maxReconnectDelay(Duration.ofMillis(500))
                .sendTimeout(spec.sendTimeout())
                .build();
    }

    @Override
    public ClientId who() {
        return spec.clientId();
    }

    @Override
    public Set<String> rooms() {
        return spec.rooms();
    }

    ClientState state() {
        return client.state();
    }

    int unacked() {
        return client.unacked();
    }

    Outcomes outcomes() {
        return outcomes;
    }

    Observed observed() {
        return observed;
    }

    /** Number of messages of a room that did not reach the listener of the room. */
    int misrouted() {
        return misrouted.get();
    }

    /** The reason why it stopped for good. */
    synchronized Optional<ParleyException> ending() {
        return ending;
    }

    /** The positions of its application. */
    @Override
    public Map<String, ChannelPosition> reached() {
        return record.reached();
    }

    boolean isPatient() {
        return spec.sendTimeout().compareTo(PATIENCE) > 0;
    }

    /** Starts to join its rooms and to connect. */
    synchronized void start() {
        spec.rooms().forEach(this::enter);
        client.connect();
    }

    private void enter(String room) {
        Stay stay = new Stay(ClientRecord.room(room));
        stays.put(room, stay);
        stay.joined = client.join(room, stay).toCompletableFuture();
    }

    /** Leaves a room and joins it again at once, at its head. */
    synchronized void rejoin(String room) {
        stays.get(room).isOver = true;
        record.leave(ClientRecord.room(room));
        client.leave(room);
        enter(room);
    }

    /** One stay in a room, from join to leave. Guarded by the client's lock. */
    private final class Stay implements RoomListener {
        private final String channel;
        private CompletableFuture<ServerMessage.Joined> joined = new CompletableFuture<>();
        private boolean isOver;

        private Stay(String channel) {
            this.channel = channel;
        }

        /**
         * The join has been answered before the message arrives. If the join was repeated, its answer may have a later
         * position than the message.
         */
        @Override
        public void received(ServerMessage.Stored message) {
            Optional<Position> entered = record.reached(channel).isPresent()
                    ? Optional.empty()
                    : Optional.of(joined().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                            .join()
                            .position());
            synchronized (InstrumentedJavaClient.this) {
                if (!isOver) {
                    entered.ifPresent(position ->
                            begin(new ChannelPosition(position.epoch(), Math.min(position.seq(), message.seq() - 1))));
                    spec.listener().deliver(message).forEach(InstrumentedJavaClient.this::heard);
                }
            }
        }

        private CompletableFuture<ServerMessage.Joined> joined() {
            synchronized (InstrumentedJavaClient.this) {
                return joined;
            }
        }

        private void begin(ChannelPosition position) {
            if (record.reached(channel).isEmpty()) {
                record.opened(channel, Optional.empty(), position, false);
            }
        }

        /** Whether the join has succeeded, even if there was no message since. */
        private boolean isIn() {
            if (joined.isDone() && !joined.isCompletedExceptionally()) {
                begin(toPosition(joined.join().position()));
            }
            return record.reached(channel).isPresent();
        }
    }

    private static ChannelPosition toPosition(Position position) {
        return new ChannelPosition(position.epoch(), position.seq());
    }

    /** Whether every sent message has a result, and the client is in its rooms or closed for good. */
    synchronized boolean isSettled() {
        boolean isThere = client.state() == ClientState.CLOSED
                || (client.state() == ClientState.OPEN
                        && stays.values().stream().allMatch(Stay::isIn));
        return isThere && outcomes.settled() == outcomes.sent.get();
    }

    /**
     * Closes the client at once, like a service that is replaced.
     *
     * @return its successor, which starts at the positions of this one
     */
    InstrumentedJavaClient replace() {
        close();
        Awaitility.await().atMost(PATIENCE).until(() -> ending().isPresent());
        Map<String, ChannelPosition> left = new LinkedHashMap<>();
        client.positions().forEach((key, position) -> left.put(record.channel(key), toPosition(position)));
        assertThat(left).as("what %s says it has applied", who()).containsAllEntriesOf(reached());
        return new InstrumentedJavaClient(spec.successor(), recorder, client.positions());
    }

    /** Whether it reads all its channels, which then count as opened. No client may send anything during this call. */
    synchronized boolean isIn() {
        Map<String, Position> positions = client.positions();
        boolean isIn = positions.keySet().containsAll(Set.of("inbox", "broadcast", "room:lobby"))
                && spec.rooms().stream().allMatch(room -> positions.containsKey(ClientRecord.room(room)));
        if (isIn && reached().isEmpty()) {
            positions.forEach((key, position) ->
                    record.opened(record.channel(key), Optional.empty(), toPosition(position), false));
        }
        return isIn;
    }

    @Override
    public void chat(String room, String content) {
        send(List.of(ClientRecord.room(room)), content, whole -> client.chat(room, whole));
    }

    @Override
    public void message(String to, String content) {
        send(record.inboxes(to), content, whole -> client.message(to, whole));
    }

    @Override
    public void broadcast(String content) {
        send(
                List.of(ClientRecord.BROADCAST),
                content,
                whole -> client.notification(NotificationRequest.toEveryone(whole)));
    }

    private synchronized void send(List<String> channels, String content, Function<String, CompletionStage<Ack>> send) {
        said++;
        Message message = named(who().user(), who().device() + "-" + said + " " + content);
        record.sent(new Event.Sent(who(), channels, message));
        outcomes.sent.incrementAndGet();
        send.apply(message.content()).whenComplete((ack, failure) -> {
            if (failure == null) {
                record.acked(message.id(), record.channel(ack.channel().wireKey()), ack.seq());
                outcomes.acked.incrementAndGet();
            } else {
                String code = ((ParleyException) failure).code();
                record.refused(message.id(), code);
                (code.equals(ParleyException.TIMEOUT) ? outcomes.timedOut : outcomes.refused).incrementAndGet();
            }
        });
    }

    /** A message that is identified by the name at the start of its content. */
    static Message named(String sender, String content) {
        return new Message(sender, content.split(" ", 2)[0], content);
    }

    /**
     * Receives messages outside its rooms. A message of one of its rooms that arrives here has missed the listener of
     * the room.
     */
    @Override
    public void received(ServerMessage.Stored message) {
        String channel = channel(message);
        if (spec.rooms().stream().anyMatch(room -> channel.equals(ClientRecord.room(room)))) {
            misrouted.incrementAndGet();
        }
        spec.listener().deliver(message).forEach(this::heard);
    }

    private synchronized void heard(ServerMessage.Stored message) {
        record.received(channel(message), true, message.seq(), named(message.sender(), message.content()));
    }

    @Override
    public synchronized void notRecovered(Channel channel, Position position) {
        String name = record.channel(channel.wireKey());
        record.opened(name, record.reached(name), toPosition(position), false);
    }

    /** For the application, a new connection resumes each channel at the last received position. */
    @Override
    public synchronized void stateChanged(ClientState state, Optional<ParleyException> why) {
        if (state == ClientState.OPEN) {
            isOpen = true;
            record.connected();
            reached().forEach((channel, position) -> record.opened(channel, Optional.of(position), position, true));
        } else if (isOpen) {
            isOpen = false;
            record.disconnected(BROKEN);
        }
        if (state == ClientState.CLOSED) {
            ending = why;
        }
    }

    private String channel(ServerMessage.Stored stored) {
        if (stored instanceof ServerMessage.Chat chat) {
            return channel(Optional.of(chat.room()), Optional.empty());
        }
        if (stored instanceof ServerMessage.Message message) {
            return channel(message.room(), message.inbox());
        }
        ServerMessage.Notification notification = (ServerMessage.Notification) stored;
        return channel(notification.room(), notification.inbox());
    }

    private String channel(Optional<String> room, Optional<Boolean> inbox) {
        return room.map(ClientRecord::room).orElse(inbox.isPresent() ? record.inbox() : ClientRecord.BROADCAST);
    }

    /** The log after this seq, with messages identified by name. */
    static Event.Audited renamed(Event.Audited log, long after) {
        List<Event.Audited.Entry> entries = log.entries().stream()
                .filter(entry -> entry.seq() > after)
                .map(entry -> new Event.Audited.Entry(
                        entry.seq(),
                        named(entry.message().sender(), entry.message().content())))
                .toList();
        return new Event.Audited(log.channel(), log.epoch(), log.head(), Math.max(log.oldest(), after + 1), entries);
    }

    /** Closes the client at once. Later events are ignored by the test. */
    @Override
    public void close() {
        try {
            client.forceClose().toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(who() + " did not close.", e);
        }
    }
}
