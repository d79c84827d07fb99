package dev.parley.server.store;

import dev.parley.protocol.Channel;
import dev.parley.server.session.Encoded;
import java.util.List;

/** What became of an {@link Append}. */
public sealed interface Appended {
    /**
     * A message at its place.
     *
     * @param revision of the right to read this channel; see {@link Access}
     */
    record Placed(Channel channel, long seq, Encoded message, long revision) {}

    /** Where the acknowledged copy lies. */
    record Place(Channel channel, long seq, String sentAt) {}

    /** Committed now. */
    record Stored(Place place, List<Placed> copies) implements Appended {}

    /** Committed before, under the same id; this is the first place. */
    record Again(Place place) implements Appended {}

    /** The same id stands for another message. */
    record Conflict() implements Appended {}

    /** Not stored: the file that it shows is there no more. */
    record NoFile() implements Appended {}

    /** Not stored: a private room that is not there, or not its sender's. */
    record NoSuchRoom() implements Appended {}

    /** Not stored: its sender wants an earlier one to be stored before it. */
    record HeldBack() implements Appended {}

    /** Not acknowledged: the database did not take it, or did not say so. Send it again later. */
    record Unavailable() implements Appended {}

    /** Not stored, because of a bug in this server. */
    record Failed() implements Appended {}
}
