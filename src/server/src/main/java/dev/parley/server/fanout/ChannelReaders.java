package dev.parley.server.fanout;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.server.fanout.presence.LocalPresence;
import dev.parley.server.fanout.presence.PresentUsers;
import dev.parley.server.fanout.presence.RemotePresence;
import dev.parley.server.session.Framing;
import dev.parley.server.session.Session;
import io.github.bucket4j.Bucket;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * One channel as this node sees it: its readers, and the messages on their way to them. Confined to the fan-out's event
 * loop.
 */
final class ChannelReaders {
    private final Channel channel;
    private final String epoch;
    /** Most channels are inboxes, which have one reader. */
    private final Map<Session, Reader> readers = new LinkedHashMap<>(2);

    /** Only rooms have them. */
    private final Optional<Present> present;

    private final ReorderWindow window;
    private final RecentMessages recent;
    private final SharedFetch fetch = new SharedFetch();

    /** In order, but not offered yet. */
    private List<Backlog.Entry> pending = List.of();

    private long pendingBytes;
    /** All that is pending, until there is more. */
    private MessageRun pendingRun = MessageRun.EMPTY;

    private long aclVersion;
    private long lastFlush;
    /** Made by the first binary frame: most channels have none. */
    private Optional<Bucket> binaryBudget = Optional.empty();

    private static final class Present {
        private final PresentUsers all = new PresentUsers();
        private final LocalPresence here = new LocalPresence();
        private final RemotePresence elsewhere = new RemotePresence(all);
        private int announceAt;
    }

    /** @param epoch of the channel when its first reader looked it up */
    ChannelReaders(Channel channel, String epoch, ReorderWindow.HeldMessages held, RecentMessages.Budget recent) {
        this.channel = channel;
        this.epoch = epoch;
        this.present = channel.roomName().map(room -> new Present());
        this.window = new ReorderWindow(held);
        this.recent = new RecentMessages(recent);
    }

    Channel channel() {
        return channel;
    }

    /** Whether a position is one in the log that is read here: another epoch is another log. */
    boolean isSameLog(Position position) {
        return epoch.equals(position.epoch());
    }

    String epoch() {
        return epoch;
    }

    /** The users present in the room, here and on other nodes; only rooms have them. */
    PresentUsers present() {
        return present.orElseThrow().all;
    }

    /** Those of them who are present on this node. */
    LocalPresence presentHere() {
        return present.orElseThrow().here;
    }

    /** Those who are present on other nodes. */
    RemotePresence presentElsewhere() {
        return present.orElseThrow().elsewhere;
    }

    /** From which tick on the next change of a big room is to be announced. */
    int announceAt() {
        return present.orElseThrow().announceAt;
    }

    void announceAt(int tick) {
        present.orElseThrow().announceAt = tick;
    }

    ReorderWindow window() {
        return window;
    }

    RecentMessages recent() {
        return recent;
    }

    SharedFetch fetch() {
        return fetch;
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

    /** The least head and version that the store must have, unless its log went back. */
    record Known(long head, long aclVersion) {}

    /** @param position of the reader that is farthest */
    Known known(long position) {
        return new Known(Math.max(window.head(), position), aclVersion);
    }

    /** Whether the reader has everything that came in order, so that the rest is delivered live. */
    boolean hasAll(Reader reader) {
        return reader.isAuthorized() && window.isOpen() && reader.next() >= window.next();
    }

    /** Whether messages came in order since the last flush. */
    boolean hasPending() {
        return !pending.isEmpty();
    }

    /** Whether one more message makes a frame of its own, or does not follow those that are pending. */
    boolean isFullFor(Backlog.Entry entry) {
        return hasPending()
                && (pendingBytes + entry.message().bytes() > Framing.LENGTH_MAX
                        || pending.size() >= Framing.MESSAGES_MAX
                        || entry.seq() != pending.get(pending.size() - 1).seq() + 1);
    }

    void addPending(Backlog.Entry entry) {
        if (pending.isEmpty()) {
            pending = new ArrayList<>();
        }
        pending.add(entry);
        pendingBytes += entry.message().bytes();
        pendingRun = MessageRun.EMPTY;
    }

    /** What is pending now. */
    MessageRun pendingRun() {
        if (pendingRun.isEmpty()) {
            pendingRun = MessageRun.of(pending);
        }
        return pendingRun;
    }

    /** Takes what is pending. */
    MessageRun takePending() {
        MessageRun run = pendingRun();
        pending = List.of();
        pendingBytes = 0;
        pendingRun = MessageRun.EMPTY;
        return run;
    }

    /**
     * Records that messages leave with a flush.
     *
     * @param number of the flush, positive
     * @return the number of the one before, of this channel; 0 if there was none
     */
    long flushed(long number) {
        long before = lastFlush;
        lastFlush = number;
        return before;
    }

    /** The budget of binary frames. */
    Bucket binaryBudget(Supplier<Bucket> full) {
        Bucket budget = binaryBudget.orElseGet(full);
        binaryBudget = Optional.of(budget);
        return budget;
    }

    /** Gives back what it takes of the node's budgets. */
    void close() {
        recent.clear();
        window.close();
        takePending();
    }
}
