package dev.parley.server.fanout.presence;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ServerMessage;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What this node tells the others of who is present in rooms. Called on the fan-out's event loop; must not block. */
public interface PresenceReports {
    /**
     * People came to this node or left it.
     *
     * @param before version that this change follows
     * @param version greater than all before it, in any room
     */
    void changed(
            Channel.Room room,
            long before,
            long version,
            List<ServerMessage.Person> joined,
            List<ServerMessage.Person> left);

    /** Everybody who is present on this node. */
    void present(Channel.Room room, long version, Occupants occupants);

    /**
     * Asks for everybody who is present elsewhere.
     *
     * @param node which node is to answer; empty: all
     */
    void ask(Channel.Room room, Optional<String> node);

    /** The versions of rooms that changed lately, so that a lost report is noticed. */
    void versions(Map<Channel.Room, Long> versions);
}
