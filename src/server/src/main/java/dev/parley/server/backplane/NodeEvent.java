package dev.parley.server.backplane;

import dev.parley.protocol.Channel;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import dev.parley.server.fanout.presence.Occupants;
import dev.parley.server.fanout.presence.PresenceReports;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.EncodedBinary;
import dev.parley.server.session.SessionId;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What happened on one node and concerns the others. */
public sealed interface NodeEvent {
    /** The channel whose readers it concerns; empty if it concerns all nodes, or one. */
    default Optional<Channel> about() {
        return Optional.empty();
    }

    /** Id of the only node that it concerns; empty if it concerns others, too. */
    default Optional<String> to() {
        return Optional.empty();
    }

    /** What it takes of a bounded queue, about. */
    default int bytes() {
        return 100;
    }

    /** Whether nobody looks for it if it is lost, so that it makes room for others. */
    default boolean isLossy() {
        return false;
    }

    /**
     * A message was stored.
     *
     * @param position its seq, in the epoch of the channel when it was stored
     * @param aclVersion version of the channel's access list under which it was stored
     * @param server the server process of the database that has it; empty if a node does not say it
     */
    record Stored(Channel channel, Position position, long aclVersion, Encoded message, Optional<String> server)
            implements NodeEvent {
        public long seq() {
            return position.seq();
        }

        @Override
        public int bytes() {
            return message.bytes();
        }

        @Override
        public Optional<Channel> about() {
            return Optional.of(channel);
        }
    }

    /** Messages up to this seq are stored; who wants them reads the store. */
    record Grown(Channel channel, long head) implements NodeEvent {
        @Override
        public Optional<Channel> about() {
            return Optional.of(channel);
        }
    }

    /** An identity has lost the right to read a channel. */
    record AclChanged(Channel channel, long aclVersion) implements NodeEvent {
        @Override
        public Optional<Channel> about() {
            return Optional.of(channel);
        }
    }

    /** A channel has a new epoch. */
    record EpochRenewed(Channel channel) implements NodeEvent {
        @Override
        public Optional<Channel> about() {
            return Optional.of(channel);
        }
    }

    /** All channels have a new epoch. */
    record AllEpochsRenewed() implements NodeEvent {}

    /**
     * A message that is not stored, such as a typing notice or a read mark.
     *
     * @param except who does not get it
     */
    record Ephemeral(Channel channel, Encoded message, Optional<ServerMessage.Person> except) implements NodeEvent {
        @Override
        public int bytes() {
            return message.bytes();
        }

        @Override
        public Optional<Channel> about() {
            return Optional.of(channel);
        }
    }

    /** A binary frame to the sessions in a room that want such. */
    record Binary(Channel.Room room, EncodedBinary frame) implements NodeEvent {
        /** In base64, as it travels. */
        @Override
        public int bytes() {
            return 4 * (frame.bytes() / 3 + 1);
        }

        @Override
        public boolean isLossy() {
            return true;
        }

        @Override
        public Optional<Channel> about() {
            return Optional.of(room);
        }
    }

    /**
     * People came to a node or left it; see {@link PresenceReports#changed}.
     *
     * @param before version that it follows
     */
    record PresenceChanged(
            Channel.Room room,
            long before,
            long version,
            List<ServerMessage.Person> joined,
            List<ServerMessage.Person> left)
            implements NodeEvent {
        @Override
        public int bytes() {
            return 100 * (1 + joined.size() + left.size());
        }

        @Override
        public Optional<Channel> about() {
            return Optional.of(room);
        }
    }

    /** Everybody who is present on a node. */
    record Present(Channel.Room room, long version, Occupants occupants) implements NodeEvent {
        @Override
        public int bytes() {
            return 100 * (1 + occupants.named().size());
        }

        @Override
        public Optional<Channel> about() {
            return Optional.of(room);
        }
    }

    /**
     * A node wants to know who is present on others.
     *
     * @param node which one is to answer; empty: all
     */
    record PresenceAsked(Channel.Room room, Optional<String> node) implements NodeEvent {
        @Override
        public Optional<Channel> about() {
            return Optional.of(room);
        }
    }

    /** The versions of the last reports of a node. */
    record PresenceVersions(Map<Channel.Room, Long> versions) implements NodeEvent {
        @Override
        public int bytes() {
            return 100 * (1 + versions.size());
        }
    }

    /**
     * Values of metrics were published on a node.
     *
     * @param number of the batch; each is greater than the one before
     * @param values {@code metric} messages by the ids of their metrics
     */
    record Metrics(long number, Map<String, Encoded> values) implements NodeEvent {
        @Override
        public int bytes() {
            return values.values().stream().mapToInt(Encoded::bytes).sum();
        }
    }

    /** A node wants to know the values that were published on others. */
    record MetricsAsked() implements NodeEvent {}

    /**
     * A session is to be closed, on whatever node it is.
     *
     * @param owner whose session it must be; empty: anybody's
     */
    record SessionClosed(SessionId session, Optional<UserKey> owner, CloseCode code) implements NodeEvent {}

    /** A user has signed in for the first time: no guest keeps the name. */
    record NameTaken(String name) implements NodeEvent {}

    /** The tokens of a user were revoked; the store knows when. */
    record TokensRevoked(UserKey user) implements NodeEvent {}

    /**
     * How many sessions of a user, or of a guest, a node has.
     *
     * @param version a later count of the same node has a higher one
     * @param oldest when the oldest was opened, in ms since 1970 by the clock of the database; 0 if there is none
     * @param asks whether the others are to tell theirs
     */
    record UserSessions(UserKey user, long version, int count, long oldest, boolean asks) implements NodeEvent {
        @Override
        public Optional<Channel> about() {
            return Optional.of(new Channel.Inbox(user));
        }
    }

    /**
     * A node wants the list of the sessions of each other one.
     *
     * @param question number, with which the others answer
     * @param username whose sessions; empty: all
     */
    record SessionsAsked(long question, Optional<String> username) implements NodeEvent {}

    /** A node wants the list of the rooms of each other one, as in {@link SessionsAsked}. */
    record RoomsAsked(long question) implements NodeEvent {}

    /**
     * What a node has, in answer to a question.
     *
     * @param asker the node that asked
     * @param count how many there are
     * @param items the first of them, a JSON array
     */
    record Listed(String asker, long question, int count, Encoded items) implements NodeEvent {
        @Override
        public int bytes() {
            return items.bytes();
        }

        @Override
        public boolean isLossy() {
            return true;
        }

        @Override
        public Optional<String> to() {
            return Optional.of(asker);
        }
    }
}
