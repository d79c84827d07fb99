package dev.parley.client;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import java.util.Optional;

/**
 * Receives the events of a client.
 *
 * <p>Thread rule: all listeners of a client are called one at a time, in order, on its thread
 * {@code parley-NAME-listener}, which is not the thread that keeps the connection alive. A listener may block for a
 * while, call the client and wait for its results. Events that arrive meanwhile wait in a bounded queue. When the queue
 * is full, the client closes the connection and reconnects once half of the queue is free. It resumes at its positions,
 * so that no message is lost or duplicated. An exception from a listener is logged, and the next call follows.
 */
public interface ParleyListener {
    /**
     * The next message of a channel, once and in {@code seq} order: of the inbox, of {@code broadcast}, and of every
     * room that has no listener of its own.
     *
     * @param message a chat, a message or a notification
     */
    default void received(ServerMessage.Stored message) {}

    /**
     * Messages of this channel were missed and can no longer be sent (retention, a restored backup). Messages after
     * {@code position} follow. {@code history} returns what is stored.
     */
    default void notRecovered(Channel channel, Position position) {}

    /**
     * The client has entered this state. While the queue is full, all changes but the one to CLOSED may be left out.
     *
     * @param why the reason for {@link ClientState#WAITING} or {@link ClientState#CLOSED}, if there is one
     */
    default void stateChanged(ClientState state, Optional<ParleyException> why) {}

    /** The server refused something that has no stage, such as a metric. */
    default void refused(ParleyException why) {}

    /**
     * An event that is not stored in a channel: presence, typing, read marks, being added to or removed from a room. A
     * {@code welcome} says that this client, a guest, has another name from now on, because its name is a user's.
     */
    default void event(ServerMessage message) {}
}
