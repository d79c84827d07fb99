package dev.parley.client.internal.loop;

import dev.parley.client.MetricListener;
import dev.parley.client.ParleyException;
import dev.parley.client.RoomListener;
import dev.parley.client.internal.inbound.GapDetector;
import dev.parley.client.internal.outbound.OutboundQueue;
import dev.parley.client.internal.outbound.SendCallback;
import dev.parley.client.internal.outbound.Unacked;
import dev.parley.client.internal.outbound.Uploads;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ServerMessage;
import java.util.Optional;
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

    public void join(
            String id, String room, RoomListener listener, long deadline, SendCallback<ServerMessage> callback) {
        gapDetector.enter(room, listener);
        ClientMessage join = gapDetector.join(Optional.of(id), room);
        ask(id, join, deadline, new UndoCallback(callback, () -> gapDetector.joinRefused(room)));
    }

    public void leave(String id, String room, long deadline, SendCallback<ServerMessage> callback) {
        gapDetector.leave(room);
        ask(id, new ClientMessage.Leave(Optional.of(id), room), deadline, new LeaveCallback(room, callback));
    }

    public void subscribe(
            String id, String metricId, MetricListener listener, long deadline, SendCallback<ServerMessage> callback) {
        gapDetector.subscribe(metricId, listener);
        ClientMessage subscribe = new ClientMessage.Subscribe(Optional.of(id), metricId);
        ask(id, subscribe, deadline, new UndoCallback(callback, () -> gapDetector.unsubscribe(metricId)));
    }

    public void unsubscribe(String id, String metricId, long deadline, SendCallback<ServerMessage> callback) {
        gapDetector.unsubscribe(metricId);
        ask(id, new ClientMessage.Unsubscribe(Optional.of(id), metricId), deadline, callback);
    }

    /**
     * Tells the gap detector when a leave is answered. The room may have been joined again since; until this answer,
     * messages about the room belong to the earlier stay.
     */
    private final class LeaveCallback implements SendCallback<ServerMessage> {
        private final String room;
        private final SendCallback<ServerMessage> callback;

        private LeaveCallback(String room, SendCallback<ServerMessage> callback) {
            this.room = room;
            this.callback = callback;
        }

        @Override
        public void succeeded(ServerMessage answer) {
            gapDetector.left(room);
            callback.succeeded(answer);
        }

        @Override
        public void failed(ParleyException why) {
            gapDetector.left(room);
            callback.failed(why);
        }
    }

    /**
     * Undoes a join or subscription that the server refused. A timeout or the end of the client is not a refusal: the
     * positions stay.
     */
    private final class UndoCallback implements SendCallback<ServerMessage> {
        private final SendCallback<ServerMessage> callback;
        private final Runnable undo;

        private UndoCallback(SendCallback<ServerMessage> callback, Runnable undo) {
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
                undo.run();
            }
            callback.failed(why);
        }
    }
}
