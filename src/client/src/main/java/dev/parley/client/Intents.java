package dev.parley.client;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ServerMessage;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** What the application wants to say, to ask, and to hear over all lines. The owner's alone. */
final class Intents {
    private final Outgoing outgoing;
    private final Reading reading;
    private final LongSupplier nanoTime;
    private final Supplier<Optional<ParleyException>> ending;

    /** @param ending why there is nothing to be had any more, once that is so */
    Intents(Outgoing outgoing, Reading reading, LongSupplier nanoTime, Supplier<Optional<ParleyException>> ending) {
        this.outgoing = outgoing;
        this.reading = reading;
        this.nanoTime = nanoTime;
        this.ending = ending;
    }

    void send(Unacked.Entry entry) {
        ending.get().ifPresentOrElse(entry.outcome()::failed, () -> outgoing.send(entry));
    }

    void upload(Uploads.File file) {
        ending.get().ifPresentOrElse(file.outcome()::failed, () -> outgoing.upload(file));
    }

    void ask(String id, ClientMessage message, long deadline, Outcome<ServerMessage> outcome) {
        ending.get()
                .ifPresentOrElse(
                        outcome::failed, () -> outgoing.ask(id, message, deadline, outcome, nanoTime.getAsLong()));
    }

    void join(String id, String room, RoomListener listener, long deadline, Outcome<ServerMessage> outcome) {
        reading.enter(room, listener);
        ClientMessage join = reading.join(Optional.of(id), room);
        ask(id, join, deadline, new Undo(outcome, () -> reading.notEntered(room)));
    }

    void leave(String id, String room, long deadline, Outcome<ServerMessage> outcome) {
        reading.leave(room);
        ask(id, new ClientMessage.Leave(Optional.of(id), room), deadline, new Leaving(room, outcome));
    }

    void subscribe(String id, String metricId, MetricListener listener, long deadline, Outcome<ServerMessage> outcome) {
        reading.subscribe(metricId, listener);
        ClientMessage subscribe = new ClientMessage.Subscribe(Optional.of(id), metricId);
        ask(id, subscribe, deadline, new Undo(outcome, () -> reading.unsubscribe(metricId)));
    }

    void unsubscribe(String id, String metricId, long deadline, Outcome<ServerMessage> outcome) {
        reading.unsubscribe(metricId);
        ask(id, new ClientMessage.Unsubscribe(Optional.of(id), metricId), deadline, outcome);
    }

    /** The room may have been entered again since; with the answer that begins to count. */
    private final class Leaving implements Outcome<ServerMessage> {
        private final String room;
        private final Outcome<ServerMessage> outcome;

        private Leaving(String room, Outcome<ServerMessage> outcome) {
            this.room = room;
            this.outcome = outcome;
        }

        @Override
        public void succeeded(ServerMessage answer) {
            reading.left(room);
            outcome.succeeded(answer);
        }

        @Override
        public void failed(ParleyException why) {
            reading.left(room);
            outcome.failed(why);
        }
    }

    /** Takes an intent back that the server refused; the end of this client refuses nothing, and its positions stay. */
    private final class Undo implements Outcome<ServerMessage> {
        private final Outcome<ServerMessage> outcome;
        private final Runnable undo;

        private Undo(Outcome<ServerMessage> outcome, Runnable undo) {
            this.outcome = outcome;
            this.undo = undo;
        }

        @Override
        public void succeeded(ServerMessage answer) {
            outcome.succeeded(answer);
        }

        @Override
        public void failed(ParleyException why) {
            if (ending.get().isEmpty() && !why.code().equals(ParleyException.TIMEOUT)) {
                undo.run();
            }
            outcome.failed(why);
        }
    }
}
