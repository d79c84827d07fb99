package dev.parley.bench.system;

import dev.parley.bench.load.Dialog;

/** What clients say to one kind of server. Stateless; any thread. */
public sealed interface Wire permits ParleyWire, PlainWire, SocketIoWire, StompWire {
    /**
     * A client that reads a room.
     *
     * @param name a name that no other client has
     */
    Dialog reader(String name, String room);

    /**
     * The same, for a client that loses its line: it remembers what it has received, and asks for the rest when it
     * comes back, as far as the server knows such a thing.
     */
    default Dialog returningReader(String name, String room) {
        return reader(name, room);
    }

    /** A client that sends to rooms and reads none. */
    Dialog sender(String name);

    /** The text that sends a load message to a room. */
    String message(String room, long number);
}
