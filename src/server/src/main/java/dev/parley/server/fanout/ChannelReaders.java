package dev.parley.server.fanout;

import dev.parley.protocol.Channel;
import dev.parley.server.session.Session;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Who reads one channel on this node. Confined to the fan-out's event loop. */
final class ChannelReaders {
    private static final long UNKNOWN = -1;

    private final Channel channel;
    private final Map<Session, Reader> readers = new LinkedHashMap<>();
    private final PresentUsers present = new PresentUsers();
    private long head = UNKNOWN;
    private long aclVersion;

    ChannelReaders(Channel channel) {
        this.channel = channel;
    }

    Channel channel() {
        return channel;
    }

    PresentUsers present() {
        return present;
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

    /** Those who may hear what is not stored: others may have lost the right to. */
    List<Reader> authorized() {
        return readers.values().stream().filter(Reader::isAuthorized).toList();
    }

    /** Whether nobody here is in doubt. */
    boolean areAllAuthorized() {
        return readers.values().stream().allMatch(Reader::isAuthorized);
    }

    /** Of the right to read, as far as this node knows. */
    long aclVersion() {
        return aclVersion;
    }

    /** Somebody lost the right to read; gives those who must show it again. */
    List<Reader> aclChanged(long to) {
        // Told with every message: where nothing is new there is nobody to look for.
        if (to <= aclVersion) {
            return List.of();
        }
        aclVersion = to;
        return readers.values().stream()
                .filter(reader -> !reader.isAuthorized())
                .toList();
    }

    boolean isEmpty() {
        return readers.isEmpty();
    }

    /** This node has seen the channel up to here; whatever is newer will still come by. */
    void headSeen(long seq) {
        head = Math.max(head, seq);
    }

    /** What must be in the store, where it holds the log that this node has seen. */
    record Known(long head, long aclVersion) {}

    Known known(Reader reader) {
        return new Known(Math.max(head, reader.position().seq()), aclVersion);
    }

    /** Whether a reader at this place has everything, and the rest will come by live. */
    boolean hasAll(Reader reader) {
        return reader.isAuthorized() && head != UNKNOWN && reader.position().seq() >= head;
    }
}
