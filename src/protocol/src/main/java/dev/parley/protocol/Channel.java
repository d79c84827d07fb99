package dev.parley.protocol;

import java.util.Optional;

/** A channel, that is, an ordered log of messages: a room, the inbox of a user, or the broadcast channel. */
public sealed interface Channel {
    /** The kinds of channels, as the store distinguishes them. */
    enum Kind {
        ROOM,
        PRIVATE_ROOM,
        INBOX,
        BROADCAST
    }

    Kind kind();

    /**
     * The name in the store: of a room its name, of an inbox the key of its owner. No two channels have the same name,
     * whatever their kinds, because the names of rooms contain neither {@code :} nor {@code *}.
     */
    String name();

    /** The name in maps of positions on the wire: {@code room:NAME}, {@code inbox} or {@code broadcast}. */
    String wireKey();

    /**
     * The channel that a name in a map of positions means, with a room's name in any spelling; {@code inbox} is
     * {@link Inbox#OWN}.
     *
     * @return empty if the name is not of this shape
     */
    static Optional<Channel> parse(String wireKey) {
        return switch (wireKey) {
            case Inbox.WIRE_KEY -> Optional.of(Inbox.OWN);
            case Broadcast.WIRE_KEY -> Optional.of(Broadcast.INSTANCE);
            default ->
                Optional.of(wireKey)
                        .filter(key -> key.startsWith(Room.WIRE_PREFIX))
                        .map(key -> key.substring(Room.WIRE_PREFIX.length()))
                        .flatMap(Field::findRoom)
                        .map(Room::new);
        };
    }

    /**
     * The channel of a kind and a {@link #name()}.
     *
     * @return empty for a room that a newer Java named with characters that this one does not know
     */
    static Optional<Channel> of(Kind kind, String name) {
        return switch (kind) {
            case ROOM, PRIVATE_ROOM -> parse(Room.wireKey(name));
            case INBOX -> Optional.of(new Inbox(new UserKey(name)));
            case BROADCAST -> Optional.of(Broadcast.INSTANCE);
        };
    }

    /** Whether this is a channel's {@link #wireKey()}, in the one spelling that the server uses. */
    static boolean isWireKey(String text) {
        return parse(text).map(Channel::wireKey).equals(Optional.of(text));
    }

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

    /**
     * @param name in any spelling; it is folded, so that rooms whose names differ in case or width are equal. 1-64
     *     letters and digits of any script, {@code .}, {@code _} and {@code -}; a leading {@code _} makes it private
     */
    record Room(String name) implements Channel {
        /** The room that every session joins at sign-in. */
        public static final Room LOBBY = new Room("lobby");

        private static final String WIRE_PREFIX = "room:";

        public Room {
            name = Field.room(name);
        }

        @Override
        public Kind kind() {
            return isPrivate() ? Kind.PRIVATE_ROOM : Kind.ROOM;
        }

        @Override
        public boolean isPrivate() {
            return name.startsWith("_");
        }

        @Override
        public String wireKey() {
            return wireKey(name);
        }

        /** The wire key of a room whose name need not be valid, such as one from an untrusted server. */
        public static String wireKey(String name) {
            return WIRE_PREFIX + name;
        }

        @Override
        public Optional<String> roomName() {
            return Optional.of(name);
        }
    }

    /** The messages to one user or guest. */
    record Inbox(UserKey owner) implements Channel {
        /** The inbox of the connected user, as a client names it. */
        public static final Inbox OWN = new Inbox(UserKey.SELF);

        private static final String WIRE_KEY = "inbox";

        @Override
        public Kind kind() {
            return Kind.INBOX;
        }

        @Override
        public String name() {
            return owner.value();
        }

        @Override
        public String wireKey() {
            return WIRE_KEY;
        }

        @Override
        public boolean isInbox() {
            return true;
        }
    }

    /** Notifications to everyone, including users who sign in later. */
    record Broadcast() implements Channel {
        public static final Broadcast INSTANCE = new Broadcast();

        private static final String WIRE_KEY = "broadcast";

        @Override
        public Kind kind() {
            return Kind.BROADCAST;
        }

        @Override
        public String name() {
            return "*";
        }

        @Override
        public String wireKey() {
            return WIRE_KEY;
        }

        @Override
        public boolean isBroadcast() {
            return true;
        }
    }
}
