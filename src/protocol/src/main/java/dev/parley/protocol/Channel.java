package dev.parley.protocol;

import java.util.Optional;

/** An ordered log of messages: a room, a user's inbox, or the broadcast to everyone. */
public sealed interface Channel {
    String ROOM_PREFIX = "room:";

    /** The room that every session is in from the start. */
    Room LOBBY = new Room("lobby");

    Broadcast BROADCAST = new Broadcast();

    /** The name in maps of positions on the wire: {@code room:NAME}, {@code inbox} or {@code broadcast}. */
    String wireKey();

    /** Whether a name from elsewhere may stand in such a map. */
    static boolean isWireKey(String name) {
        try {
            Field.wireKey(name);
            return true;
        } catch (InvalidMessage e) {
            return false;
        }
    }

    /** The name in the store; unlike {@link #wireKey()} it also tells whose inbox it is. */
    String storeKey();

    /** The room's name, where this is a room. */
    default Optional<String> roomName() {
        return Optional.empty();
    }

    /** Whether only its members may know of it. */
    default boolean isPrivate() {
        return false;
    }

    /** Whether this is a user's inbox. */
    default boolean isInbox() {
        return false;
    }

    /** Whether this is the broadcast to everyone. */
    default boolean isBroadcast() {
        return false;
    }

    /** @param name 1-64 of {@code a-z0-9._-}; a leading {@code _} makes it private */
    record Room(String name) implements Channel {
        public Room {
            Field.room(name);
        }

        @Override
        public boolean isPrivate() {
            return name.startsWith("_");
        }

        @Override
        public String wireKey() {
            return ROOM_PREFIX + name;
        }

        @Override
        public String storeKey() {
            return wireKey();
        }

        @Override
        public Optional<String> roomName() {
            return Optional.of(name);
        }
    }

    /** @param owner key of the identity whose messages wait here; unique among users and guests together */
    record Inbox(String owner) implements Channel {
        @Override
        public String wireKey() {
            return "inbox";
        }

        @Override
        public String storeKey() {
            return "inbox:" + owner;
        }

        @Override
        public boolean isInbox() {
            return true;
        }
    }

    /** Notifications to everyone, also to those who come later. */
    record Broadcast() implements Channel {
        @Override
        public String wireKey() {
            return "broadcast";
        }

        @Override
        public String storeKey() {
            return "broadcast";
        }

        @Override
        public boolean isBroadcast() {
            return true;
        }
    }
}
