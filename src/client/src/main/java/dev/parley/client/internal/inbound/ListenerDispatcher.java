package dev.parley.client.internal.inbound;

import dev.parley.client.BinaryListener;
import dev.parley.client.ClientState;
import dev.parley.client.MetricListener;
import dev.parley.client.ParleyException;
import dev.parley.client.ParleyListener;
import dev.parley.client.RoomListener;
import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.Utf8;
import dev.parley.protocol.binary.ServerBinary;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Chooses the listener for each event, and knows the position that the listeners have processed. Confined to the event
 * loop, except {@link #applied}, which any thread may call.
 */
public final class ListenerDispatcher {
    private final ParleyListener general;
    private final Optional<BinaryListener> binary;
    private final ListenerQueue listeners;
    private final Map<String, Stay> rooms = new LinkedHashMap<>();
    private final Map<String, MetricListener> subscriptions = new LinkedHashMap<>();
    /**
     * Positions of messages whose listener has returned. An earlier update would lose messages in a crash of this JVM.
     */
    private final Map<String, Position> applied;

    /** The stay in a room whose messages have their own listener, from the join to the end. */
    private static final class Stay {
        private final RoomListener listener;
        /** True if the client has a position in the room: the next join continues there, not at the head. */
        private boolean resumes;
        /** True after the join of the room on the current connection was reported to the listener. */
        private boolean isOpen;

        private Stay(RoomListener listener, boolean resumes) {
            this.listener = listener;
            this.resumes = resumes;
        }
    }

    public ListenerDispatcher(
            ParleyListener general,
            Optional<BinaryListener> binary,
            ListenerQueue listeners,
            Map<String, Position> known) {
        this.general = general;
        this.binary = binary;
        this.listeners = listeners;
        this.applied = new ConcurrentHashMap<>(known);
    }

    public Map<String, Position> applied() {
        return Map.copyOf(applied);
    }

    /** The name of its channel on the wire. */
    static String channel(ServerMessage.Stored stored) {
        if (stored instanceof ServerMessage.Chat chat) {
            return Channel.Room.wireKey(chat.room());
        }
        if (stored instanceof ServerMessage.Message message) {
            return message.room().map(Channel.Room::wireKey).orElse(Channel.Inbox.OWN.wireKey());
        }
        ServerMessage.Notification notification = (ServerMessage.Notification) stored;
        if (notification.room().isPresent()) {
            return Channel.Room.wireKey(notification.room().get());
        }
        return notification.inbox().orElse(false) ? Channel.Inbox.OWN.wireKey() : Channel.Broadcast.INSTANCE.wireKey();
    }

    static Optional<String> room(String key) {
        return Channel.parse(key).flatMap(Channel::roomName);
    }

    Set<String> rooms() {
        return Set.copyOf(rooms.keySet());
    }

    /** @param resumes whether the listener starts at a position that it, or the application, knows */
    void enter(String room, RoomListener listener, boolean resumes) {
        rooms.put(room, new Stay(listener, resumes));
    }

    /** @param farewell the last call of the room's listener, if it has one */
    void leave(String room, Consumer<RoomListener> farewell) {
        Optional<Stay> stay = Optional.ofNullable(rooms.remove(room));
        applied.remove(Channel.Room.wireKey(room));
        listeners.offerAlways(() -> {
            // Once more after the waiting calls: one of them may have added the position of this channel.
            applied.remove(Channel.Room.wireKey(room));
            stay.ifPresent(ended -> farewell.accept(ended.listener));
        });
    }

    /** The connection has ended. The next one opens the rooms again. */
    void connectionLost() {
        rooms.values().forEach(stay -> stay.isOpen = false);
    }

    /** Returns true for a room whose join on the current connection was not yet reported to its listener. */
    boolean awaitsOpening(String key) {
        return stay(key).filter(stay -> !stay.isOpen).isPresent();
    }

    private Optional<Stay> stay(String key) {
        return room(key).map(rooms::get);
    }

    Set<String> subscriptions() {
        return Set.copyOf(subscriptions.keySet());
    }

    void subscribe(String metricId, MetricListener listener) {
        subscriptions.put(metricId, listener);
    }

    void unsubscribe(String metricId) {
        subscriptions.remove(metricId);
    }

    /**
     * Returns whether the queue accepted it.
     *
     * @param bytes bytes that it occupies there
     */
    boolean message(String key, Position position, ServerMessage.Stored stored, int bytes) {
        Optional<RoomListener> own = stay(key).map(stay -> stay.listener);
        return listeners.offer(bytes, () -> {
            try {
                own.ifPresentOrElse(listener -> listener.received(stored), () -> general.received(stored));
            } finally {
                // No effect if the channel was left meanwhile.
                applied.computeIfPresent(key, (same, before) -> position);
            }
        });
    }

    /** Returns whether the queue accepted it. */
    boolean metric(String metricId, double value, String at) {
        boolean isTaken = true;
        for (Map.Entry<String, MetricListener> subscription : subscriptions.entrySet()) {
            if (matches(subscription.getKey(), metricId)) {
                MetricListener listener = subscription.getValue();
                isTaken &= listeners.offerLatest(
                        subscription.getKey() + "\n" + metricId,
                        at.length(),
                        () -> listener.changed(metricId, value, at));
            }
        }
        return isTaken;
    }

    private static boolean matches(String pattern, String metricId) {
        return pattern.endsWith("*")
                ? metricId.startsWith(pattern.substring(0, pattern.length() - 1))
                : metricId.equals(pattern);
    }

    /**
     * Returns whether the queue accepted it.
     *
     * @param bytes bytes that it occupies there
     */
    boolean event(ServerMessage message, int bytes) {
        return listeners.offer(bytes, () -> general.event(message));
    }

    /**
     * Returns whether it is passed to its listener; a queue that fills drops it.
     *
     * @param bytes bytes that it occupies there
     */
    public boolean binary(ServerBinary frame, int bytes) {
        return binary.isPresent()
                && listeners.offerLossy(bytes, () -> binary.get().received(frame));
    }

    /** Returns whether the queue accepted it. */
    boolean refused(ParleyException why) {
        return listeners.offer(Utf8.length(why.getMessage()), () -> general.refused(why));
    }

    /**
     * The position at which a channel is opened.
     *
     * @param isMissed whether messages before it are lost
     */
    record Opening(String key, Position position, boolean isMissed) {}

    /**
     * Reports the opened channels. Returns whether the queue accepted the call. One call for all, so that one place in
     * the queue is enough for any number of channels.
     */
    boolean opened(List<Opening> openings) {
        List<Runnable> reports = new ArrayList<>();
        for (Opening opening : openings) {
            if (opening.isMissed()) {
                Channel channel = Channel.parse(opening.key()).orElseThrow();
                reports.add(() -> general.notRecovered(channel, opening.position()));
            }
            stay(opening.key()).ifPresent(stay -> reports.add(report(stay, opening)));
        }
        int bytes = openings.stream()
                .mapToInt(opening ->
                        opening.key().length() + opening.position().epoch().length())
                .sum();
        boolean isTaken = listeners.offer(bytes, () -> {
            openings.forEach(opening -> applied.put(opening.key(), opening.position()));
            callEach(reports.iterator());
        });
        if (isTaken) {
            openings.forEach(opening -> stay(opening.key()).ifPresent(stay -> {
                stay.isOpen = true;
                stay.resumes = true;
            }));
        }
        return isTaken;
    }

    private static Runnable report(Stay stay, Opening opening) {
        RoomListener listener = stay.listener;
        if (opening.isMissed()) {
            return () -> listener.notRecovered(opening.position());
        }
        return stay.resumes ? () -> listener.recovered(opening.position()) : () -> listener.joined(opening.position());
    }

    /** Makes each of the calls, even if a listener throws. */
    private static void callEach(Iterator<Runnable> calls) {
        if (calls.hasNext()) {
            try {
                calls.next().run();
            } finally {
                callEach(calls);
            }
        }
    }

    /** Reports a state. CLOSED is always reported; a full queue drops the others. */
    public void stateChanged(ClientState state, Optional<ParleyException> why) {
        if (state == ClientState.CLOSED) {
            listeners.offerAlways(() -> general.stateChanged(state, why));
        } else {
            listeners.offer(0, () -> general.stateChanged(state, why));
        }
    }
}
