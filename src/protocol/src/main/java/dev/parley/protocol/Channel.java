package dev.parley.protocol;

import java.util.Optional;

/** A channel, that is, an ordered log of messages: a room, the inbox of a user, or the broadcast channel. */
public sealed interface Channel {
    String ROOM_PREFIX = "room:";

    /** The room that every session joins at sign-in. */
    Room LOBBY = new Room("lobby");

    Broadcast BROADCAST = new Broadcast();

    /** The name in maps of positions on the wire: {@code room:NAME}, {@code inbox} or {@code broadcast}. */
    String wireKey();

    /** Whether a name is valid in such a map. */
    static boolean isWireKey(String name) {
        try {
            Field.wireKey(name);
            return true;
        } catch (InvalidMessage e) {
            return false;
        }
    }

    /** The name in the store. Unlike {@link #wireKey()} it contains the owner of an inbox. */
    String storeKey();

    /** The room's name; empty for other channels. */
    default Optional<String> roomName() {
        return Optional.empty();
    }

    /** Whether only members may know that it exists. */
    default boolean isPrivate() {
        return false;
    }

    /** Whether this is a user's inbox. */
    default boolean isInbox() {
        return false;
    }

    /** Whether this is the broadcast channel. */
    default boolean isBroadcast() {
        return false;
    }

    /** @param name 1-64 characters of {@code a-z0-9._-}; a leading {@code _} makes it private */
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

    /** @param owner user key of the owner, unique among users and guests */
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

    /** Notifications to everyone, including users who sign in later. */
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
