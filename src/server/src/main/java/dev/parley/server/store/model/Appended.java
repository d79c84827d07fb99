package dev.parley.server.store.model;

import dev.parley.protocol.Channel;
import dev.parley.server.session.Encoded;
import java.util.List;

/** What became of an {@link Append}. */
public sealed interface Appended {
    /** What each outcome means to whoever asked: a new one makes everybody say what it means. */
    interface Visitor<R> {
        /** Committed, now or before; this is its place. */
        R acknowledged(AckPosition place);

        R conflict();

        R noFile();

        R noSuchRoom();

        /** Not acknowledged, but it may be when it comes again later. */
        R retryLater();

        R failed();
    }

    <R> R accept(Visitor<R> visitor);

    /**
     * A message at its place.
     *
     * @param aclVersion of the right to read this channel; see {@link Access}
     */
    record StoredCopy(Channel channel, long seq, Encoded message, long aclVersion) {}

    /** Where the acknowledged copy lies. */
    record AckPosition(Channel channel, long seq, String sentAt) {}

    /** Committed now. */
    record Stored(AckPosition place, List<StoredCopy> copies) implements Appended {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.acknowledged(place);
        }
    }

    /** Committed before, under the same id; this is the first place. */
    record Duplicate(AckPosition place) implements Appended {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.acknowledged(place);
        }
    }

    /** The same id stands for another message. */
    record Conflict() implements Appended {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.conflict();
        }
    }

    /** Not stored: the file that it shows is there no more. */
    record NoFile() implements Appended {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.noFile();
        }
    }

    /** Not stored: a private room that is not there, or not its sender's. */
    record NoSuchRoom() implements Appended {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.noSuchRoom();
        }
    }

    /** Not stored: its sender wants an earlier one to be stored before it. */
    record HeldBack() implements Appended {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.retryLater();
        }
    }

    /** Not acknowledged: the database did not take it, or did not say so. Send it again later. */
    record Unavailable() implements Appended {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.retryLater();
        }
    }

    /** Not stored, because of a bug in this server. */
    record Failed() implements Appended {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.failed();
        }
    }
}
