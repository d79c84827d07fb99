package dev.parley.server.fanout.presence;

import dev.parley.protocol.ServerMessage;
import java.util.List;

/**
 * Everybody who is present in a room on one node.
 *
 * @param named all of them, or the first
 * @param unnamed number of the others
 */
public record Occupants(List<ServerMessage.Person> named, int unnamed) {
    public static final Occupants NOBODY = new Occupants(List.of(), 0);

    public Occupants {
        named = List.copyOf(named);
    }
}
