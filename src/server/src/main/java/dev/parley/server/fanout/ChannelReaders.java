package dev.parley.server.fanout;

import dev.parley.protocol.Channel;
import dev.parley.server.session.Session;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Who reads one channel on this node. Owned by the fan-out's thread. */
final class ChannelReaders {
    private static final long UNKNOWN = -1;

    private final Channel channel;
    private final Map<Session, Reader> readers = new LinkedHashMap<>();
    private final Members members = new Members();
    private long head = UNKNOWN;

    ChannelReaders(Channel channel) {
        this.channel = channel;
    }

    Channel channel() {
        return channel;
    }

    Members members() {
        return members;
    }

    void add(Reader reader) {
        readers.put(reader.session(), reader);
    }

    Optional<Reader> remove(Session session) {
        return Optional.ofNullable(readers.remove(session));
    }

    Optional<Reader> of(Session session) {
        return Optional.ofNullable(readers.get(session));
    }

    Collection<Reader> all() {
        return readers.values();
    }

    boolean isEmpty() {
        return readers.isEmpty();
    }

    /** This node has seen the channel up to here; whatever is newer will still come by. */
    void seen(long seq) {
        head = Math.max(head, seq);
    }

    /** Whether a reader at this place has everything, and the rest will come by live. */
    boolean hasAll(Reader reader) {
        return head != UNKNOWN && reader.position().seq() >= head;
    }
}
