package dev.parley.client;

import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;

/**
 * Receives the messages of one room, and what becomes of the stay in it. Thread rule as for {@link ParleyListener}.
 *
 * <p>Whenever the server opens the room, by the join and on each new connection, one of {@link #joined},
 * {@link #recovered} and {@link #notRecovered} is called, before the messages that follow. {@link #refused} or
 * {@link #left} is the last call. A listener that another join replaces gets only what waits for it already. The
 * client's {@link ParleyListener} is told of messages that were missed, of refusals and of removals, too.
 */
@FunctionalInterface
public interface RoomListener {
    /** The next message of the room, once and in {@code seq} order. */
    void received(ServerMessage.Stored message);

    /** The client is in the room. It had no position there; messages after this one follow. */
    default void joined(Position position) {}

    /** The client is in the room again, or from its position on: all messages after {@code position} follow. */
    default void recovered(Position position) {}

    /**
     * The client is in the room, but messages before {@code position} can no longer be sent (retention, a restored
     * backup). Messages after it follow. {@code history} returns what is stored.
     */
    default void notRecovered(Position position) {}

    /** The server refused the join, or to let the client into the room again on a new connection. */
    default void refused(ParleyException why) {}

    /** The client has left the room: by {@code leave}, or because the server removed its user. */
    default void left() {}
}
