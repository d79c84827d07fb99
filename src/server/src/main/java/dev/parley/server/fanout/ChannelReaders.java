package dev.parley.server.fanout;

import dev.parley.protocol.Channel;
import dev.parley.server.session.Session;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The readers of one channel on this node. Confined to the fan-out's event loop. */
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

    /**
     * The readers that may get unstored messages. The others wait for a recheck, because they may have lost the right
     * to read.
     */
    List<Reader> authorized() {
        return readers.values().stream().filter(Reader::isAuthorized).toList();
    }

    /** Whether no reader waits for a recheck. */
    boolean areAllAuthorized() {
        return readers.values().stream().allMatch(Reader::isAuthorized);
    }

    /** The version of the access list that this node knows. */
    long aclVersion() {
        return aclVersion;
    }

    /** Records a new version of the access list; returns the readers that must be rechecked. */
    List<Reader> aclChanged(long to) {
        // Called with every message: usually the version is not new and nothing needs to be searched.
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

    /** Records that this node has seen the channel up to this seq; newer messages will be delivered live. */
    void headSeen(long seq) {
        head = Math.max(head, seq);
    }

    /** The least head and version that the store must have, unless its log went back. */
    record Known(long head, long aclVersion) {}

    Known known(Reader reader) {
        return new Known(Math.max(head, reader.position().seq()), aclVersion);
    }

    /** Whether the reader has everything up to the head, so that the rest is delivered live. */
    boolean hasAll(Reader reader) {
        return reader.isAuthorized() && head != UNKNOWN && reader.position().seq() >= head;
    }
}
