package dev.parley.server.store;

import dev.parley.protocol.Channel;
import dev.parley.server.session.Encoded;
import java.util.List;

/** What became of an {@link Append}. */
public sealed interface Appended {
    /** What each outcome means to whoever asked: a new one makes everybody say what it means. */
    interface Visitor<R> {
        /** Committed, now or before; this is its place. */
        R acknowledged(Place place);

        R conflict();

        R noFile();

        R noSuchRoom();

        /** Not acknowledged, but it may be when it comes again later. */
        R notNow();

        R failed();
    }

    <R> R accept(Visitor<R> visitor);

    /**
     * A message at its place.
     *
     * @param revision of the right to read this channel; see {@link Access}
     */
    record Placed(Channel channel, long seq, Encoded message, long revision) {}

    /** Where the acknowledged copy lies. */
    record Place(Channel channel, long seq, String sentAt) {}

    /** Committed now. */
    record Stored(Place place, List<Placed> copies) implements Appended {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.acknowledged(place);
        }
    }

    /** Committed before, under the same id; this is the first place. */
    record Again(Place place) implements Appended {
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
            return visitor.notNow();
        }
    }

    /** Not acknowledged: the database did not take it, or did not say so. Send it again later. */
    record Unavailable() implements Appended {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.notNow();
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
