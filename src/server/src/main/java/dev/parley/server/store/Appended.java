package dev.parley.server.store;

import dev.parley.protocol.Channel;
import java.util.List;

/** What became of an {@link Append}. */
public sealed interface Appended {
    /** A message at its place. */
    record Placed(Channel channel, long seq, String json) {}

    /** Where the acknowledged copy lies. */
    record Place(Channel channel, long seq, String sentAt) {}

    /** Committed now. */
    record Stored(Place place, List<Placed> copies) implements Appended {}

    /** Committed before, under the same id; this is the first place. */
    record Again(Place place) implements Appended {}

    /** The same id stands for another message. */
    record Conflict() implements Appended {}

    /** Not stored: the database did not take it, or too much waits for it. Send it again later. */
    record Unavailable() implements Appended {}

    /** Not stored, because of a bug in this server: sending it again would end the same way. */
    record Failed() implements Appended {}
}
