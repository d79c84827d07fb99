package dev.parley.acceptance.service;

import dev.parley.acceptance.Tokens;
import dev.parley.acceptance.checker.Event;
import dev.parley.acceptance.checker.Message;
import dev.parley.acceptance.checker.Place;
import dev.parley.acceptance.checker.Recorder;
import dev.parley.acceptance.checker.Who;
import dev.parley.client.ClientObserver;
import dev.parley.client.ClientState;
import dev.parley.client.Notice;
import dev.parley.client.ParleyClient;
import dev.parley.client.ParleyException;
import dev.parley.client.ParleyListener;
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

/**
 * A Java client that leaves with a recorder what its application sees. A message is known there by the name that opens its
 * content, not by the id on the wire: so one that is stored twice under two ids is found out, too.
 */
final class RecordedClient implements ParleyListener, AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int BROKEN = 1006;

    /** Between the client and its application: what is heard of a message. A sound one hears it once. */
    interface Ear {
        Ear SOUND = List::of;

        List<ServerMessage.Stored> hear(ServerMessage.Stored message);
    }

    /** @param rooms besides the lobby */
    record Seat(Who who, URI chat, Set<String> rooms, Duration sendTimeout, Ear ear) {}

    /** What became of what was sent, as its stages tell it. */
    static final class Outcomes {
        final AtomicInteger sent = new AtomicInteger();
        final AtomicInteger acked = new AtomicInteger();
        final AtomicInteger refused = new AtomicInteger();
        final AtomicInteger timedOut = new AtomicInteger();

        int settled() {
            return acked.get() + refused.get() + timedOut.get();
        }
    }

    /** The same as an observer hears it, who is told by the client's own hand and not by a stage, which settles once anyway. */
    static final class Observed implements ClientObserver {
        final AtomicInteger acked = new AtomicInteger();
        final AtomicInteger failed = new AtomicInteger();
        final AtomicInteger doubled = new AtomicInteger();

        @Override
        public void acked(Duration waited) {
            acked.incrementAndGet();
        }

        @Override
        public void failed(String code) {
            failed.incrementAndGet();
        }

        @Override
        public void doubled() {
            doubled.incrementAndGet();
        }
    }

    private final Seat seat;
    private final Recorder recorder;
    private final ParleyClient client;
    private final Outcomes outcomes = new Outcomes();
    private final Observed observed = new Observed();

    // Under this object's lock.
    private final Map<String, Place> places = new LinkedHashMap<>();
    private Optional<ParleyException> ending = Optional.empty();
    private boolean isOpen;
    private int said;

    RecordedClient(Seat seat, Recorder recorder) {
        this.seat = seat;
        this.recorder = recorder;
        this.client = ParleyClient.builder(seat.chat())
                .name(seat.who().device())
                .token(() -> Tokens.of(who().user(), "user", "notify"))
                .listener(this)
                .observer(observed)
                .connectTimeout(Duration.ofSeconds(5))
                .reconnectDelay(Duration.ofMillis(100))
                .maxReconnectDelay(Duration.ofMillis(500))
                .sendTimeout(seat.sendTimeout())
                .build();
    }

    Who who() {
        return seat.who();
    }

    Set<String> rooms() {
        return seat.rooms();
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

    /** Why it stopped for good. */
    synchronized Optional<ParleyException> ending() {
        return ending;
    }

    /** How far its application has heard, by the names of the checker. */
    synchronized Map<String, Place> reached() {
        return Map.copyOf(places);
    }

    /** Begins to connect and to enter its rooms. */
    CompletionStage<?> start() {
        client.connect();
        return CompletableFuture.allOf(seat.rooms().stream()
                .map(room -> client.join(room, this::received).toCompletableFuture())
                .toArray(CompletableFuture<?>[]::new));
    }

    /** Whether it reads all its channels; they are open from then on. While it is asked, nobody may say anything. */
    synchronized boolean isIn() {
        Map<String, Position> positions = client.positions();
        boolean isIn = positions.keySet().containsAll(Set.of("inbox", "broadcast", "room:lobby"))
                && seat.rooms().stream().allMatch(room -> positions.containsKey("room:" + room));
        if (isIn && places.isEmpty()) {
            positions.forEach((key, position) -> {
                Place place = new Place(position.epoch(), position.seq());
                places.put(channel(key), place);
                recorder.record(new Event.Opened(who(), channel(key), Optional.empty(), place, true));
            });
        }
        return isIn;
    }

    void chat(String room, String content) {
        send(List.of("room:" + room), content, whole -> client.chat(room, whole));
    }

    void message(String to, String content) {
        List<String> inboxes = List.of("inbox:" + who().user(), "inbox:" + to);
        send(inboxes, content, whole -> client.message(to, whole));
    }

    void broadcast(String content) {
        send(List.of("broadcast"), content, whole -> client.notification(Notice.toEveryone(whole)));
    }

    private synchronized void send(
            List<String> channels, String content, Function<String, CompletionStage<ServerMessage.Ack>> send) {
        said++;
        Message message = named(who().user(), who().device() + "-" + said + " " + content);
        recorder.record(new Event.Sent(who(), channels, message));
        outcomes.sent.incrementAndGet();
        send.apply(message.content()).whenComplete((ack, failure) -> {
            if (failure == null) {
                recorder.record(new Event.Acked(
                        who(), message.id(), channel(ack), ack.seq().orElseThrow()));
                outcomes.acked.incrementAndGet();
            } else {
                String code = ((ParleyException) failure).code();
                recorder.record(new Event.Refused(who(), message.id(), code));
                (code.equals(ParleyException.TIMEOUT) ? outcomes.timedOut : outcomes.refused).incrementAndGet();
            }
        });
    }

    /** By the name that opens the content. */
    static Message named(String sender, String content) {
        return new Message(sender, content.split(" ", 2)[0], content);
    }

    @Override
    public void received(ServerMessage.Stored message) {
        seat.ear().hear(message).forEach(this::heard);
    }

    private synchronized void heard(ServerMessage.Stored message) {
        String channel = channel(message);
        Place before = places.getOrDefault(channel, new Place("", 0));
        Message content = recorder.same(named(message.sender(), message.content()));
        recorder.record(new Event.Received(who(), channel, before.epoch(), message.seq(), content));
        if (before.seq() < message.seq()) {
            places.put(channel, new Place(before.epoch(), message.seq()));
        }
    }

    @Override
    public synchronized void notRecovered(Channel channel, Position position) {
        Place place = new Place(position.epoch(), position.seq());
        String name = channel(channel.wireKey());
        recorder.record(new Event.Opened(who(), name, Optional.ofNullable(places.put(name, place)), place, false));
    }

    /** To the application nothing begins anew with a line: each channel goes on where it has heard it last. */
    @Override
    public synchronized void stateChanged(ClientState state, Optional<ParleyException> why) {
        if (state == ClientState.OPEN) {
            isOpen = true;
            recorder.record(new Event.Connected(who()));
            places.forEach((channel, place) ->
                    recorder.record(new Event.Opened(who(), channel, Optional.of(place), place, true)));
        } else if (isOpen) {
            isOpen = false;
            recorder.record(new Event.Disconnected(who(), BROKEN));
        }
        if (state == ClientState.CLOSED) {
            ending = why;
        }
    }

    private String channel(String wireKey) {
        return wireKey.equals("inbox") ? "inbox:" + who().user() : wireKey;
    }

    private String channel(ServerMessage.Ack ack) {
        return channel(ack.room(), ack.inbox());
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
        return room.map(name -> "room:" + name).orElseGet(() -> inbox.isPresent() ? channel("inbox") : "broadcast");
    }

    /** A log after this place, under the same names of messages. */
    static Event.Audited renamed(Event.Audited log, long after) {
        List<Event.Audited.Entry> entries = log.entries().stream()
                .filter(entry -> entry.seq() > after)
                .map(entry -> new Event.Audited.Entry(
                        entry.seq(),
                        named(entry.message().sender(), entry.message().content())))
                .toList();
        return new Event.Audited(log.channel(), log.epoch(), log.head(), Math.max(log.oldest(), after + 1), entries);
    }

    /** Stops at once; what it still says does not count. */
    @Override
    public void close() {
        try {
            client.forceClose().toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(who() + " did not close.", e);
        }
    }
}
