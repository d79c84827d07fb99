package dev.parley.client;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import java.util.Optional;

/**
 * What a client hears.
 *
 * <p>Thread rule: all listeners of a client are called one at a time, in order, on its thread
 * {@code parley-NAME-listener}, which is not the thread that keeps the connection alive. A listener may block for a
 * while, call the client and wait for its results; what comes meanwhile waits in a bounded queue. When that is full,
 * the client closes the connection and comes back once half of it is free: by position, so that nothing is lost or
 * doubled. What a listener throws is logged, and the next message goes on.
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
     * Messages of this channel were missed that cannot be sent any more (retention, a restored backup). What follows is
     * after {@code position}; {@code history} tells what is stored.
     */
    default void notRecovered(Channel channel, Position position) {}

    /**
     * The client moved. While the queue is full, moves before the last one may be left out.
     *
     * @param why it is {@link ClientState#WAITING} or {@link ClientState#CLOSED}, if there is a reason to tell
     */
    default void stateChanged(ClientState state, Optional<ParleyException> why) {}

    /** The server refused something that nobody waits for, such as a metric. */
    default void refused(ParleyException why) {}

    /** Presence, typing, read marks, rooms that somebody invited to or took out of: what has no place in a channel. */
    default void event(ServerMessage message) {}
}
