package dev.parley.application;

import dev.parley.client.ParleyException;
import dev.parley.client.RoomListener;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import java.util.Collection;

/**
 * Records all calls of one room's listener.
 *
 * @param calls a line for each call, such as {@code joined 7}; safe for threads where the test reads it meanwhile
 */
public record RecordingRoomListener(Collection<String> calls) implements RoomListener {
    @Override
    public void received(ServerMessage.Stored message) {
        calls.add("received " + message.seq());
    }

    @Override
    public void joined(Position position) {
        calls.add("joined " + position.seq());
    }

    @Override
    public void recovered(Position position) {
        calls.add("recovered " + position.seq());
    }

    @Override
    public void notRecovered(Position position) {
        calls.add("not recovered " + position.seq());
    }

    @Override
    public void refused(ParleyException why) {
        calls.add("refused " + why.code());
    }

    @Override
    public void left() {
        calls.add("left");
    }
}
