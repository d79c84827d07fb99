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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Reads channels and metrics: each message once and in order to its listener, holes filled before anything after them,
 * rooms and subscriptions held over all connections. Confined to the event loop.
 */
public final class GapDetector {
    private static final Logger LOG = System.getLogger(GapDetector.class.getName());

    /** What a session may be in, as the contract says; the server puts it into the lobby in any case. */
    private static final int ROOMS_MAX = 100;

    /** What a server may open to us. */
    private static final int CHANNELS_MAX = 10 * ROOMS_MAX;

    /** The conversation, as reading needs it. */
    public interface Callbacks {
        /** Asks the server; told where it refuses. No answer in time ends the connection. */
        void ask(Function<Optional<String>, ClientMessage> question, Consumer<ParleyException> whenRefused);

        /** The listeners have no room: the connection ends until they have, and what was not taken comes again. */
        void slow();

        /** The connection cannot go on. */
        void failed(ConnectionFailure failure);
    }

    private final ChannelPositions channels;
    private final ListenerDispatcher dispatcher;
    private final ClientObserver observer;
    private final Callbacks callbacks;
    /** Leaves without an answer, by room: until the last one has its own, the server speaks of an earlier stay. */
    private final Map<String, Integer> leaving = new HashMap<>();

    public GapDetector(
            ChannelPositions channels, ListenerDispatcher dispatcher, ClientObserver observer, Callbacks callbacks) {
        this.channels = channels;
        this.dispatcher = dispatcher;
        this.observer = observer;
        this.callbacks = callbacks;
    }

    private static String key(String room) {
        return Channel.ROOM_PREFIX + room;
    }

    /** For the login: of no more rooms than a session may be in, the lobby and those with a listener first. */
    public Map<String, Position> positions() {
        Map<String, Position> known = channels.positions();
        Set<String> entered = dispatcher.rooms().stream().map(GapDetector::key).collect(Collectors.toSet());
        Map<String, Position> positions = new HashMap<>(known);
        known.keySet().stream()
                .filter(key -> ListenerDispatcher.room(key).isPresent())
                .sorted(Comparator.comparing((String key) -> !key.equals(Channel.LOBBY.wireKey()))
                        .thenComparing(key -> !entered.contains(key)))
                .skip(ROOMS_MAX)
                .forEach(positions::remove);
        return positions;
    }

    /** The question that enters a room where it was read last. */
    public ClientMessage.Join join(Optional<String> id, String room) {
        return new ClientMessage.Join(id, room, channels.position(key(room)));
    }

    public void enter(String room, RoomListener listener) {
        dispatcher.enter(room, listener);
    }

    public void leave(String room) {
        removedFrom(room);
        leaving.merge(room, 1, Integer::sum);
    }

    /** A question to leave has its answer, or will have none. */
    public void left(String room) {
        leaving.computeIfPresent(room, (same, count) -> count == 1 ? null : count - 1);
    }

    /** The server took this client out. */
    public void removedFrom(String room) {
        dispatcher.leave(room);
        channels.left(key(room));
    }

    /** The server did not let this client in; what it reads there on this connection goes on. */
    public void joinRefused(String room) {
        if (channels.isOpen(key(room))) {
            dispatcher.leave(room);
        } else {
            removedFrom(room);
        }
    }

    public void subscribe(String metricId, MetricListener listener) {
        dispatcher.subscribe(metricId, listener);
    }

    public void unsubscribe(String metricId) {
        dispatcher.unsubscribe(metricId);
    }

    /** Filling begins anew with the next connection. */
    public void connectionLost() {
        channels.connectionLost();
    }

    /** A new connection: what it reads, and what has to be asked for again. */
    public void welcomed(Map<String, ServerMessage.Opened> opened) {
        if (!openChannels(opened)) {
            return;
        }
        for (String room : dispatcher.rooms()) {
            if (!opened.containsKey(key(room))) {
                callbacks.ask(id -> join(id, room), why -> joinRefused(room));
            }
        }
        for (String metricId : dispatcher.subscriptions()) {
            callbacks.ask(id -> new ClientMessage.Subscribe(id, metricId), why -> dispatcher.unsubscribe(metricId));
        }
    }

    public boolean isReading(String room) {
        return channels.position(key(room)).isPresent();
    }

    /** Whether the connection goes on. */
    public boolean joined(ServerMessage.Joined joined) {
        return leaving.containsKey(joined.room())
                || openChannels(
                        Map.of(key(joined.room()), new ServerMessage.Opened(joined.position(), joined.recovered(), 0)));
    }

    /** Nothing is read from there before the application can hear of what it missed. */
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
                        ParleyException.BAD_SERVER, "The server opened what is no channel, or too many of them."));
                return false;
            }
            if (isNew || isMissed) {
                openings.add(new ListenerDispatcher.Opening(key, position, isMissed));
            }
        }
        if (!openings.isEmpty() && !dispatcher.opened(openings)) {
            callbacks.slow();
            return false;
        }
        opened.forEach((key, channel) -> channels.opened(key, channel.position(), channel.recovered()));
        return true;
    }

    /** @param bytes that it takes while it waits for its listener */
    public void stored(ServerMessage.Stored stored, int bytes) {
        String key = ListenerDispatcher.channel(stored);
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

    /** A room can be entered again where it was read last; the other channels only with a new connection. */
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

    /** @param bytes as above */
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
