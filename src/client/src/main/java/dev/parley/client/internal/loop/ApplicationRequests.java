package dev.parley.client.internal.loop;

import dev.parley.client.MetricListener;
import dev.parley.client.ParleyException;
import dev.parley.client.RoomListener;
import dev.parley.client.internal.inbound.GapDetector;
import dev.parley.client.internal.outbound.OutboundQueue;
import dev.parley.client.internal.outbound.PendingReads;
import dev.parley.client.internal.outbound.SendCallback;
import dev.parley.client.internal.outbound.Unacked;
import dev.parley.client.internal.outbound.Uploads;
import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The application's messages, requests, rooms and subscriptions, on the event loop. Rooms and subscriptions outlive a
 * connection. Confined to the event loop.
 */
public final class ApplicationRequests {
    private final OutboundQueue outbound;
    private final GapDetector gapDetector;
    private final LongSupplier nanoTime;
    private final Supplier<Optional<ParleyException>> closeCause;
    private final PendingReads reads;

    /** @param closeCause the reason why the client closed; empty before */
    ApplicationRequests(
            OutboundQueue outbound,
            GapDetector gapDetector,
            LongSupplier nanoTime,
            Supplier<Optional<ParleyException>> closeCause) {
        this.outbound = outbound;
        this.gapDetector = gapDetector;
        this.nanoTime = nanoTime;
        this.closeCause = closeCause;
        this.reads = new PendingReads(this::ask, nanoTime);
    }

    void send(Unacked.Entry entry) {
        closeCause.get().ifPresentOrElse(entry.callback()::failed, () -> outbound.send(entry));
    }

    void upload(Uploads.File file) {
        closeCause.get().ifPresentOrElse(file.callback()::failed, () -> outbound.upload(file));
    }

    void ask(String id, ClientMessage message, long deadline, SendCallback<ServerMessage> callback) {
        closeCause
                .get()
                .ifPresentOrElse(
                        callback::failed, () -> outbound.ask(id, message, deadline, callback, nanoTime.getAsLong()));
    }

    /** Sets a read mark. Those of one channel are merged while another one is under way. */
    public void read(ClientMessage.Read read, long deadline, SendCallback<ServerMessage> callback) {
        reads.read(read, deadline, callback);
    }

    /**
     * @param name of the room, in any spelling; the server answers with its own, under which the room is known here
     * @param start the position from which to read the room; empty: the known position, or the head
     */
    public void join(
            String id,
            String name,
            Optional<Position> start,
            RoomListener listener,
            long deadline,
            SendCallback<ServerMessage> callback) {
        String room = new Channel.Room(name).name();
        start.ifPresentOrElse(
                position -> gapDetector.enter(room, listener, position, id), () -> gapDetector.enter(room, listener));
        ClientMessage join = gapDetector.join(Optional.of(id), room);
        SendCallback<ServerMessage> undo = new UndoCallback(callback, why -> gapDetector.joinRefused(room, why));
        ask(id, join, deadline, new SettledCallback(undo, () -> gapDetector.started(room, id)));
    }

    /**
     * The room may be joined again before the leave is answered; until then, messages about the room belong to the
     * earlier stay.
     */
    public void leave(String id, String name, long deadline, SendCallback<ServerMessage> callback) {
        String room = new Channel.Room(name).name();
        gapDetector.leave(room);
        ClientMessage leave = new ClientMessage.Leave(Optional.of(id), room);
        ask(id, leave, deadline, new SettledCallback(callback, () -> gapDetector.left(room)));
    }

    public void subscribe(
            String id, String metricId, MetricListener listener, long deadline, SendCallback<ServerMessage> callback) {
        gapDetector.subscribe(metricId, listener);
        ClientMessage subscribe = new ClientMessage.Subscribe(Optional.of(id), metricId);
        ask(id, subscribe, deadline, new UndoCallback(callback, why -> gapDetector.unsubscribe(metricId)));
    }

    public void unsubscribe(String id, String metricId, long deadline, SendCallback<ServerMessage> callback) {
        gapDetector.unsubscribe(metricId);
        ask(id, new ClientMessage.Unsubscribe(Optional.of(id), metricId), deadline, callback);
    }

    /** Runs an action when a request is answered or has failed, before its result is passed on. */
    private record SettledCallback(SendCallback<ServerMessage> callback, Runnable whenSettled)
            implements SendCallback<ServerMessage> {
        @Override
        public void succeeded(ServerMessage answer) {
            whenSettled.run();
            callback.succeeded(answer);
        }

        @Override
        public void failed(ParleyException why) {
            whenSettled.run();
            callback.failed(why);
        }
    }

    /**
     * Undoes a join or subscription that the server refused. A timeout or the end of the client is not a refusal: the
     * positions stay.
     */
    private final class UndoCallback implements SendCallback<ServerMessage> {
        private final SendCallback<ServerMessage> callback;
        private final Consumer<ParleyException> undo;

        private UndoCallback(SendCallback<ServerMessage> callback, Consumer<ParleyException> undo) {
            this.callback = callback;
            this.undo = undo;
        }

        @Override
        public void succeeded(ServerMessage answer) {
            callback.succeeded(answer);
        }

        @Override
        public void failed(ParleyException why) {
            if (closeCause.get().isEmpty() && !why.code().equals(ParleyException.TIMEOUT)) {
                undo.accept(why);
            }
            callback.failed(why);
        }
    }
}
