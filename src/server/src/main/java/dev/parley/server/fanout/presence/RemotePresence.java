package dev.parley.server.fanout.presence;

import dev.parley.protocol.ServerMessage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Who is present in one room on other nodes, as they report it. Reports may be lost, doubled and reordered: each change
 * names the version that it follows, and where that is another one than the known, the node is asked for everybody.
 * Confined to the fan-out's event loop.
 */
public final class RemotePresence {
    private static final class Node {
        private long version;
        private final Set<ServerMessage.Person> present = new HashSet<>();
        private int unnamed;
    }

    private final PresentUsers all;
    private final Map<String, Node> nodes = new HashMap<>(2);

    /** @param all everybody in the room, to whom those of other nodes are added, once for each node */
    public RemotePresence(PresentUsers all) {
        this.all = all;
    }

    /**
     * Applies a change on a node.
     *
     * @param before version that it follows
     * @return false, with nothing done, if that is not the known one: then the node is to be asked for everybody
     */
    public boolean changed(
            String node,
            long before,
            long version,
            List<ServerMessage.Person> joined,
            List<ServerMessage.Person> left) {
        Node known = nodes.get(node);
        if (known != null && version <= known.version) {
            return true;
        }
        if (known == null || known.version != before) {
            return false;
        }
        left.forEach(person -> leave(known, person));
        joined.forEach(person -> join(known, person));
        known.version = version;
        return true;
    }

    /** Records who is present on a node. An older report than the known one is ignored. */
    public void present(String node, long version, Occupants occupants) {
        Node known = nodes.computeIfAbsent(node, fresh -> new Node());
        if (version < known.version) {
            return;
        }
        Set<ServerMessage.Person> gone = new HashSet<>(known.present);
        occupants.named().forEach(gone::remove);
        gone.forEach(person -> leave(known, person));
        occupants.named().forEach(person -> join(known, person));
        all.addUnnamed(occupants.unnamed() - known.unnamed);
        known.unnamed = occupants.unnamed();
        known.version = version;
    }

    private void join(Node node, ServerMessage.Person person) {
        if (node.present.add(person)) {
            all.join(person);
        }
    }

    private void leave(Node node, ServerMessage.Person person) {
        if (node.present.remove(person)) {
            all.leave(person);
        }
    }

    /** Whether this version of a node's report is known. */
    public boolean isAt(String node, long version) {
        Node known = nodes.get(node);
        return known != null && known.version >= version;
    }

    /** Forgets the nodes that are not among these: they have ended. Returns which they are. */
    public Set<String> keepOnly(Set<String> alive) {
        Set<String> ended = new HashSet<>(nodes.keySet());
        ended.removeAll(alive);
        for (String node : ended) {
            Node gone = nodes.remove(node);
            gone.present.forEach(all::leave);
            all.addUnnamed(-gone.unnamed);
        }
        return ended;
    }
}
