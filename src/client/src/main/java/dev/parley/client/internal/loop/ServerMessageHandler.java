package dev.parley.client.internal.loop;

import dev.parley.client.ParleyException;
import dev.parley.client.ServerFrame;
import dev.parley.client.internal.inbound.GapDetector;
import dev.parley.client.internal.outbound.OutboundQueue;
import dev.parley.client.internal.transport.ClientErrors;
import dev.parley.client.internal.transport.ConnectionFailure;
import dev.parley.protocol.DecodedServerMessage;
import dev.parley.protocol.Field;
import dev.parley.protocol.ServerMessage;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Decodes frames from the server and passes each message to the class that handles it. Confined to the event loop. */
final class ServerMessageHandler {
    private static final Logger LOG = System.getLogger(ServerMessageHandler.class.getName());

    /** The client loop, as far as the handler calls it. */
    interface Callbacks {
        /** Whether this attempt, or its connection, is the current one. */
        boolean isCurrent(int attempt);

        /** Returns whether the welcome is the answer to the login of this attempt. */
        boolean welcomed(int attempt, ServerMessage.Welcome welcome);

        /** Returns whether the error refuses this attempt: its login, or without an id its credential. */
        boolean refused(int attempt, ServerMessage.Error error);

        /** The server will close the connection and demands this delay before the next attempt. */
        void ordered(Duration reconnectAfter);

        void failed(int attempt, ConnectionFailure failure);
    }

    private final OutboundQueue outbound;
    private final GapDetector gapDetector;
    private final LongSupplier nanoTime;
    private final Callbacks callbacks;

    ServerMessageHandler(OutboundQueue outbound, GapDetector gapDetector, LongSupplier nanoTime, Callbacks callbacks) {
        this.outbound = outbound;
        this.gapDetector = gapDetector;
        this.nanoTime = nanoTime;
        this.callbacks = callbacks;
    }

    /** Handles one frame from the connection of this attempt. */
    void received(int attempt, ServerFrame frame) {
        for (DecodedServerMessage decoded :
                callbacks.isCurrent(attempt) ? frame.messages() : List.<DecodedServerMessage>of()) {
            if (!callbacks.isCurrent(attempt)) {
                return;
            }
            if (decoded instanceof DecodedServerMessage.Known known) {
                known.message().accept(new Actions(attempt, known.length())).run();
            } else if (decoded instanceof DecodedServerMessage.Malformed malformed) {
                callbacks.failed(
                        attempt,
                        ConnectionFailure.of(
                                ParleyException.BAD_SERVER,
                                "The server sent an invalid message: " + malformed.reason()));
            } else {
                LOG.log(Level.DEBUG, "Ignored a message of an unknown type: {0}", decoded);
            }
        }
    }

    /** The action for each type of message. */
    private final class Actions implements ServerMessage.Visitor<Runnable> {
        private final int attempt;
        private final int length;

        /**
         * @param attempt of the connection that brought the message
         * @param length of its text, for the queue of the listeners
         */
        Actions(int attempt, int length) {
            this.attempt = attempt;
            this.length = length;
        }

        @Override
        public Runnable chat(ServerMessage.Chat chat) {
            return () -> gapDetector.stored(chat, length);
        }

        @Override
        public Runnable message(ServerMessage.Message message) {
            return () -> gapDetector.stored(message, length);
        }

        @Override
        public Runnable notification(ServerMessage.Notification notification) {
            return () -> gapDetector.stored(notification, length);
        }

        @Override
        public Runnable ack(ServerMessage.Ack ack) {
            return () -> outbound.acked(ack, nanoTime.getAsLong());
        }

        @Override
        public Runnable error(ServerMessage.Error error) {
            return () -> refused(attempt, error);
        }

        @Override
        public Runnable metric(ServerMessage.Metric metric) {
            return () -> gapDetector.metric(metric);
        }

        @Override
        public Runnable welcome(ServerMessage.Welcome welcome) {
            return () -> {
                // On an open connection, a welcome is the answer to a renewal of the token, or a guest's new name.
                boolean isAnswer = outbound.answered(welcome.id(), welcome) || callbacks.welcomed(attempt, welcome);
                if (!isAnswer && welcome.id().isEmpty()) {
                    gapDetector.event(welcome, length);
                }
            };
        }

        @Override
        public Runnable joined(ServerMessage.Joined joined) {
            return () -> ServerMessageHandler.this.joined(joined, length);
        }

        @Override
        public Runnable left(ServerMessage.Left left) {
            return () -> {
                if (left.id().isEmpty()) {
                    // Removed by the server. In case of an answer, the client has left the room already, and may have
                    // joined it again since.
                    gapDetector.removedFrom(left.room());
                }
                answered(left.id(), left, length);
            };
        }

        @Override
        public Runnable subscribed(ServerMessage.Subscribed subscribed) {
            return () -> {
                gapDetector.subscribed(subscribed);
                answered(subscribed.id(), subscribed, length);
            };
        }

        @Override
        public Runnable uploaded(ServerMessage.Uploaded uploaded) {
            return () -> outbound.uploaded(uploaded);
        }

        @Override
        public Runnable goodbye(ServerMessage.Goodbye goodbye) {
            return () -> {
                LOG.log(Level.DEBUG, "The server says goodbye: {0}", Field.shown(goodbye.reason()));
                callbacks.ordered(Duration.ofMillis(goodbye.reconnectAfter()));
            };
        }

        @Override
        public Runnable history(ServerMessage.History history) {
            return () -> answered(history.id(), history, length);
        }

        @Override
        public Runnable presence(ServerMessage.Presence presence) {
            return () -> answered(presence.id(), presence, length);
        }

        @Override
        public Runnable rooms(ServerMessage.Rooms rooms) {
            return () -> answered(rooms.id(), rooms, length);
        }

        @Override
        public Runnable created(ServerMessage.Created created) {
            return () -> answered(created.id(), created, length);
        }

        @Override
        public Runnable members(ServerMessage.Members members) {
            return () -> answered(members.id(), members, length);
        }

        @Override
        public Runnable unsubscribed(ServerMessage.Unsubscribed unsubscribed) {
            return () -> answered(unsubscribed.id(), unsubscribed, length);
        }

        @Override
        public Runnable typing(ServerMessage.Typing typing) {
            return () -> gapDetector.event(typing, length);
        }

        @Override
        public Runnable read(ServerMessage.Read read) {
            return () -> gapDetector.event(read, length);
        }

        /** Only a sign of life, which the transport has noticed already. */
        @Override
        public Runnable pong(ServerMessage.Pong pong) {
            return () -> {};
        }
    }

    /**
     * Ignores a repeated answer: it would set the room back to its old position, and all messages since would be
     * delivered again.
     */
    private void joined(ServerMessage.Joined joined, int length) {
        boolean isNews = outbound.isAsked(joined.id()) || !gapDetector.isReading(joined.room());
        if (!isNews || gapDetector.joined(joined)) {
            answered(joined.id(), joined, length);
        }
    }

    /** Completes the request with this id. A message without an id that answers no request is an event. */
    private void answered(Optional<String> id, ServerMessage answer, int length) {
        if (!outbound.answered(id, answer) && id.isEmpty()) {
            gapDetector.event(answer, length);
        }
    }

    private void refused(int attempt, ServerMessage.Error error) {
        if (!callbacks.refused(attempt, error) && !outbound.refused(error, nanoTime.getAsLong())) {
            gapDetector.refused(ClientErrors.of(error));
        }
    }
}
