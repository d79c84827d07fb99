package dev.parley.server.fanout.presence;

import dev.parley.protocol.ServerMessage;
import java.util.List;
import java.util.Optional;

/**
 * Who is present in one room on this node, and what the other nodes were told of it: names, or in big rooms their
 * number. Confined to the fan-out's event loop.
 */
public final class LocalPresence {
    /** With more people here, other nodes are told their number: nobody reads so many names. */
    static final int NAMED_MAX = 1_000;

    /** With so few, all of them are named again. Between the two nothing changes, so that it does not flap. */
    static final int NAMED_AGAIN = 800;

    private final PresentUsers users = new PresentUsers();
    private long version;
    private boolean isCounted;

    /** What other nodes are to be told. */
    public sealed interface Report {
        /** Who came and who left since the last report. */
        record Change(List<ServerMessage.Person> joined, List<ServerMessage.Person> left) implements Report {}

        /** All who are here now. */
        record All(Occupants occupants) implements Report {}
    }

    public void join(ServerMessage.Person person) {
        users.join(person);
    }

    public void leave(ServerMessage.Person person) {
        users.leave(person);
    }

    /** Version of the last report; 0 if there was none. */
    public long version() {
        return version;
    }

    public void reported(long newVersion) {
        version = newVersion;
    }

    /** Whether a report says how many they are: then one each second is enough. */
    public boolean isCounted() {
        return isCounted;
    }

    public Occupants occupants() {
        return isCounted
                ? new Occupants(users.first(), users.count() - users.first().size())
                : new Occupants(users.all(), 0);
    }

    /** What is new since the last call; empty if nothing is. */
    public Optional<Report> takeReport() {
        boolean wasCounted = isCounted;
        isCounted = users.count() > (wasCounted ? NAMED_AGAIN : NAMED_MAX);
        return users.takeChange()
                .map(change -> wasCounted || isCounted
                        ? new Report.All(occupants())
                        : new Report.Change(change.joined(), change.left()));
    }
}
