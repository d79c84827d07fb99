package dev.parley.client.internal.loop;

import dev.parley.client.ParleyException;
import dev.parley.client.internal.inbound.GapDetector;
import dev.parley.client.internal.outbound.OutboundQueue;
import dev.parley.client.internal.transport.ClientErrors;
import dev.parley.client.internal.transport.ConnectionFailure;
import dev.parley.protocol.DecodedServerMessage;
import dev.parley.protocol.Field;
import dev.parley.protocol.MessageCodec;
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

        void welcomed(int attempt, ServerMessage.Welcome welcome);

        /** Returns whether the error is the answer to the login of this attempt. */
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
    void received(int attempt, String text) {
        for (DecodedServerMessage decoded :
                callbacks.isCurrent(attempt) ? MessageCodec.decodeFromServer(text) : List.<DecodedServerMessage>of()) {
            if (!callbacks.isCurrent(attempt)) {
                return;
            }
            if (decoded instanceof DecodedServerMessage.Known known) {
                understood(attempt, known.message(), known.length());
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

    private void understood(int attempt, ServerMessage message, int length) {
        if (message instanceof ServerMessage.Stored stored) {
            gapDetector.stored(stored, length);
        } else if (message instanceof ServerMessage.Ack ack) {
            outbound.acked(ack, nanoTime.getAsLong());
        } else if (message instanceof ServerMessage.Error error) {
            refused(attempt, error);
        } else if (message instanceof ServerMessage.Metric metric) {
            gapDetector.metric(metric);
        } else if (message instanceof ServerMessage.Welcome opened) {
            // On an open connection, a welcome is the answer to a renewal of the token.
            if (!outbound.answered(opened.id(), opened)) {
                callbacks.welcomed(attempt, opened);
            }
        } else if (message instanceof ServerMessage.Joined joined) {
            joined(joined, length);
        } else if (message instanceof ServerMessage.Left left) {
            if (left.id().isEmpty()) {
                // Removed by the server. In case of an answer, the client has left the room already, and may have
                // joined it again since.
                gapDetector.removedFrom(left.room());
            }
            answered(left.id(), left, length);
        } else if (message instanceof ServerMessage.Subscribed subscribed) {
            gapDetector.subscribed(subscribed);
            answered(subscribed.id(), subscribed, length);
        } else if (message instanceof ServerMessage.Uploaded uploaded) {
            outbound.uploaded(uploaded);
        } else if (message instanceof ServerMessage.Goodbye goodbye) {
            LOG.log(Level.DEBUG, "The server says goodbye: {0}", Field.shown(goodbye.reason()));
            callbacks.ordered(Duration.ofMillis(goodbye.reconnectAfter()));
        } else if (message instanceof ServerMessage.History history) {
            answered(history.id(), history, length);
        } else if (message instanceof ServerMessage.Presence presence) {
            answered(presence.id(), presence, length);
        } else if (message instanceof ServerMessage.Rooms rooms) {
            answered(rooms.id(), rooms, length);
        } else if (message instanceof ServerMessage.Created created) {
            answered(created.id(), created, length);
        } else if (message instanceof ServerMessage.Unsubscribed unsubscribed) {
            answered(unsubscribed.id(), unsubscribed, length);
        } else if (!(message instanceof ServerMessage.Pong)) {
            gapDetector.event(message, length);
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
