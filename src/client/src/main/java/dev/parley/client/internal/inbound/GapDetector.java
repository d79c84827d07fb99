package dev.parley.client.internal.inbound;

import dev.parley.client.ClientObserver;
import dev.parley.client.MetricListener;
import dev.parley.client.ParleyException;
import dev.parley.client.RoomListener;
import dev.parley.client.internal.transport.ConnectionFailure;
import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Reads channels and metrics. Passes each message to its listener once and in order, has gaps filled before it delivers
 * anything after them, and restores rooms and subscriptions on each new connection. Confined to the event loop.
 */
public final class GapDetector {
    private static final Logger LOG = System.getLogger(GapDetector.class.getName());

    /** Maximum number of channels that a server may open. */
    private static final int CHANNELS_MAX = 10 * ServerMessage.Limits.ROOMS_MAX;

    /** The client loop, as far as the gap detector calls it. */
    public interface Callbacks {
        /**
         * Sends a request, and calls {@code whenRefused} if the server refuses it. A missing answer ends the
         * connection.
         */
        void ask(Function<Optional<String>, ClientMessage> question, Consumer<ParleyException> whenRefused);

        /**
         * The queue of the listeners is full. The connection ends until they have caught up; rejected messages come
         * again.
         */
        void slow();

        /** Ends the connection, which cannot go on. */
        void failed(ConnectionFailure failure);
    }

    private final ChannelPositions channels;
    private final ListenerDispatcher dispatcher;
    private final ClientObserver observer;
    private final Callbacks callbacks;
    /**
     * Number of unanswered leaves, by room. Until the last one is answered, messages of the server belong to an earlier
     * stay.
     */
    private final Map<String, Integer> leaving = new HashMap<>();
    /**
     * Unanswered joins from a position of the application, by room: the id of the request. Until it is answered,
     * answers to other joins of the room do not count.
     */
    private final Map<String, String> starting = new HashMap<>();
    /** Channels of these whose new position the server does not know yet; it sends them from an earlier one. */
    private final Set<String> repositioned = new HashSet<>();

    public GapDetector(
            ChannelPositions channels, ListenerDispatcher dispatcher, ClientObserver observer, Callbacks callbacks) {
        this.channels = channels;
        this.dispatcher = dispatcher;
        this.observer = observer;
        this.callbacks = callbacks;
    }

    private static String key(String room) {
        return Channel.Room.wireKey(room);
    }

    /**
     * The positions for the login: of no more rooms than a session may join, the lobby and rooms with a listener first.
     */
    public Map<String, Position> positionsForLogin() {
        repositioned.clear();
        Map<String, Position> known = channels.positions();
        Set<String> entered = dispatcher.rooms().stream().map(GapDetector::key).collect(Collectors.toSet());
        Map<String, Position> positions = new HashMap<>(known);
        known.keySet().stream()
                .filter(key -> ListenerDispatcher.room(key).isPresent())
                .sorted(Comparator.comparing((String key) -> !key.equals(Channel.Room.LOBBY.wireKey()))
                        .thenComparing(key -> !entered.contains(key)))
                .skip(ServerMessage.Limits.ROOMS_MAX)
                .forEach(positions::remove);
        return positions;
    }

    /** A request to join the room at its last position. */
    public ClientMessage.Join join(Optional<String> id, String room) {
        return new ClientMessage.Join(id, room, channels.position(key(room)));
    }

    /** Gives the room this listener. If the room is open already, the listener is told so at once. */
    public void enter(String room, RoomListener listener) {
        String key = key(room);
        Optional<Position> known = channels.position(key);
        boolean isOpen = channels.isOpen(key);
        dispatcher.enter(room, listener, known.isPresent() && !isOpen);
        if (isOpen && !repositioned.contains(key)) {
            closeIfFull(dispatcher.opened(List.of(new ListenerDispatcher.Opening(key, known.orElseThrow(), false))));
        }
    }

    /**
     * The same, from a position of the application.
     *
     * @param id of the join that asks for it; {@link #started} follows
     */
    public void enter(String room, RoomListener listener, Position start, String id) {
        channels.startAt(key(room), start);
        starting.put(room, id);
        repositioned.add(key(room));
        dispatcher.enter(room, listener, true);
    }

    /** The join with this id has been answered, or will get no answer. */
    public void started(String room, String id) {
        if (starting.remove(room, id)) {
            repositioned.remove(key(room));
        }
    }

    public void leave(String room) {
        removedFrom(room);
        starting.remove(room);
        repositioned.remove(key(room));
        leaving.merge(room, 1, Integer::sum);
    }

    /** A leave has been answered, or will get no answer. */
    public void left(String room) {
        leaving.computeIfPresent(room, (same, count) -> count == 1 ? null : count - 1);
    }

    /** The client is no longer in the room, for example because the server removed it. */
    public void removedFrom(String room) {
        dispatcher.leave(room, RoomListener::left);
        channels.left(key(room));
    }

    /**
     * The server refused a join. If the room is open on this connection already, its messages keep coming, to the
     * general listener.
     */
    public void joinRefused(String room, ParleyException why) {
        dispatcher.leave(room, listener -> listener.refused(why));
        if (!channels.isOpen(key(room))) {
            channels.left(key(room));
        }
    }

    public void subscribe(String metricId, MetricListener listener) {
        dispatcher.subscribe(metricId, listener);
    }

    public void unsubscribe(String metricId) {
        dispatcher.unsubscribe(metricId);
    }

    /** The connection has ended. Gaps are detected afresh on the next one. */
    public void connectionLost() {
        channels.connectionLost();
        dispatcher.connectionLost();
    }

    /**
     * A new connection is open. Opens the channels that the server sends, and asks again for missing rooms and for
     * subscriptions. A room that the application left after the login was sent belongs to the earlier stay and is not
     * opened; nor is one for which it has chosen a position since, because the server opened it elsewhere.
     */
    public void welcomed(Map<String, ServerMessage.Opened> sent) {
        Map<String, ServerMessage.Opened> opened = new HashMap<>(sent);
        leaving.keySet().forEach(room -> opened.remove(key(room)));
        opened.keySet().removeAll(repositioned);
        if (!openChannels(opened)) {
            return;
        }
        for (String room : dispatcher.rooms()) {
            if (!opened.containsKey(key(room)) && !starting.containsKey(room)) {
                callbacks.ask(id -> join(id, room), why -> joinRefused(room, why));
            }
        }
        for (String metricId : dispatcher.subscriptions()) {
            callbacks.ask(id -> new ClientMessage.Subscribe(id, metricId), why -> dispatcher.unsubscribe(metricId));
        }
    }

    public boolean isReading(String room) {
        return channels.position(key(room)).isPresent();
    }

    /**
     * Handles the answer to a join.
     *
     * @return whether the connection goes on
     */
    public boolean joined(ServerMessage.Joined joined) {
        Optional<String> starts = Optional.ofNullable(starting.get(joined.room()));
        boolean isOther = starts.isPresent() && !starts.equals(joined.id());
        return isOther
                || leaving.containsKey(joined.room())
                || openChannels(
                        Map.of(key(joined.room()), new ServerMessage.Opened(joined.position(), joined.recovered(), 0)));
    }

    /** Opens channels. Nothing is read from them unless the calls that report missed messages fit into the queue. */
    private boolean openChannels(Map<String, ServerMessage.Opened> opened) {
        List<ListenerDispatcher.Opening> openings = new ArrayList<>();
        int fresh = 0;
        for (Map.Entry<String, ServerMessage.Opened> channel : opened.entrySet()) {
            String key = channel.getKey();
            Position position = channel.getValue().position();
            boolean isNew = channels.position(key).isEmpty();
            boolean isMissed =
                    channels.isMissed(key, position, channel.getValue().recovered());
            fresh += isNew ? 1 : 0;
            if (!Channel.isWireKey(key) || channels.count() + fresh > CHANNELS_MAX) {
                callbacks.failed(ConnectionFailure.of(
                        ParleyException.BAD_SERVER, "The server opened an invalid channel, or too many channels."));
                return false;
            }
            if (isNew || isMissed) {
                openings.add(new ListenerDispatcher.Opening(key, position, isMissed));
            } else if (dispatcher.awaitsOpening(key)) {
                openings.add(new ListenerDispatcher.Opening(
                        key, channels.position(key).orElseThrow(), false));
            }
        }
        if (!openings.isEmpty() && !dispatcher.opened(openings)) {
            callbacks.slow();
            return false;
        }
        opened.forEach((key, channel) -> channels.opened(key, channel.position(), channel.recovered()));
        return true;
    }

    /** @param bytes bytes that the message occupies in the queue of the listeners */
    public void stored(ServerMessage.Stored stored, int bytes) {
        String key = ListenerDispatcher.channel(stored);
        if (repositioned.contains(key)) {
            // It comes again after the answer to the join, if it is after the new position.
            return;
        }
        switch (channels.judge(key, stored.seq())) {
            case DELIVER -> {
                Position position = channels.position(key).orElseThrow().at(stored.seq());
                if (dispatcher.message(key, position, stored, bytes)) {
                    channels.delivered(key, stored.seq());
                    observer.received();
                } else {
                    callbacks.slow();
                }
            }
            case DUPLICATE -> observer.duplicateDropped();
            case GAP -> fillGap(key, stored.seq());
            case REPEATED_GAP -> callbacks.failed(gap(key, stored.seq()));
            case IGNORE -> LOG.log(Level.TRACE, "Not read now: {0} {1}", key, stored.seq());
        }
    }

    /**
     * Asks for the missing messages. A room can be joined again at its last position; the other channels need a new
     * connection.
     */
    private void fillGap(String key, long seq) {
        ListenerDispatcher.room(key)
                .ifPresentOrElse(
                        room -> callbacks.ask(id -> join(id, room), why -> callbacks.failed(gap(key, seq))),
                        () -> callbacks.failed(gap(key, seq)));
    }

    private static ConnectionFailure gap(String key, long seq) {
        return ConnectionFailure.of(
                ParleyException.BAD_SERVER, "Before message " + seq + " of " + key + " others are missing.");
    }

    public void metric(ServerMessage.Metric metric) {
        closeIfFull(dispatcher.metric(metric.metricId(), metric.value(), metric.at()));
    }

    public void subscribed(ServerMessage.Subscribed subscribed) {
        boolean isTaken = true;
        for (ServerMessage.Value value : subscribed.metrics()) {
            isTaken &= dispatcher.metric(value.metricId(), value.value(), value.at());
        }
        closeIfFull(isTaken);
    }

    /** @param bytes bytes that the event occupies in the queue of the listeners */
    public void event(ServerMessage message, int bytes) {
        closeIfFull(dispatcher.event(message, bytes));
    }

    public void refused(ParleyException why) {
        closeIfFull(dispatcher.refused(why));
    }

    private void closeIfFull(boolean isTaken) {
        if (!isTaken) {
            callbacks.slow();
        }
    }
}
