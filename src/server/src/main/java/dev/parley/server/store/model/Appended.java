package dev.parley.server.store.model;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.server.session.Encoded;
import java.util.List;

/** The outcome of an {@link Append}. */
public sealed interface Appended {
    /** Handles the outcomes. Exhaustive: adding an outcome does not compile until every visitor handles it. */
    interface Visitor<R> {
        /** Committed, now or before, at this position. */
        R acknowledged(AckPosition position);

        R conflict();

        R noFile();

        R noSuchRoom();

        /** Not acknowledged; a later attempt may succeed. */
        R retryLater();

        R failed();
    }

    <R> R accept(Visitor<R> visitor);

    /**
     * A copy of a message with its position in a channel.
     *
     * @param position its seq, in the epoch of the channel when it was stored
     * @param aclVersion version of the channel's access list when the message was stored; see {@link Access}
     */
    record StoredCopy(Channel channel, Position position, Encoded message, long aclVersion) {
        public long seq() {
            return position.seq();
        }
    }

    /** Position of the copy that is acknowledged. */
    record AckPosition(Channel channel, long seq, String sentAt) {}

    /** Committed now. */
    record Stored(AckPosition position, List<StoredCopy> copies) implements Appended {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.acknowledged(position);
        }
    }

    /** Committed before, under the same id; the position is that of the first time. */
    record Duplicate(AckPosition position) implements Appended {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.acknowledged(position);
        }
    }

    /** Not stored: the id belongs to another message of the sender. */
    record Conflict() implements Appended {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.conflict();
        }
    }

    /** Not stored: the attachment that it shows no longer exists. */
    record NoFile() implements Appended {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.noFile();
        }
    }

    /** Not stored: the private room does not exist, or the sender is not a member. */
    record NoSuchRoom() implements Appended {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.noSuchRoom();
        }
    }

    /** Not stored: an earlier message of its sender failed and must be stored first. */
    record HeldBack() implements Appended {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.retryLater();
        }
    }

    /** Not acknowledged: the database did not store it, or did not answer. The sender retries later. */
    record Unavailable() implements Appended {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.retryLater();
        }
    }

    /** Not stored, because of a bug in this server or because the database refuses it. */
    record Failed() implements Appended {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.failed();
        }
    }
}
