package dev.parley.server.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.protocol.UserKey;
import dev.parley.server.session.Encoded;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A store that reads and answers a page when the test calls for it. */
final class ScriptedBacklog implements Backlog {
    /** The failure of a store that does not answer. */
    static final class Unavailable extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** A pending query for a page. */
    record Asked(Channel channel, Set<UserKey> readers, long seq, int limit, CompletableFuture<Page> page) {}

    /** A pending request for a new epoch. */
    record AskedEpoch(Channel channel, CompletableFuture<Boolean> renewed) {}

    private final Map<Channel, List<Entry>> stored = new HashMap<>();
    private final Map<Channel, Long> trimmed = new HashMap<>();
    private final Set<UserKey> evicted = new HashSet<>();
    private long aclVersion;
    private String epoch = "e";
    private final Deque<Asked> asked = new ArrayDeque<>();
    private int questions;
    private final Deque<AskedEpoch> askedEpochs = new ArrayDeque<>();

    @Override
    public CompletionStage<Page> after(Channel channel, Set<UserKey> readers, long seq, int limit, int maxBytes) {
        Asked page = new Asked(channel, readers, seq, limit, new CompletableFuture<>());
        asked.add(page);
        questions++;
        return page.page();
    }

    @Override
    public CompletionStage<?> renewEpoch(Channel channel) {
        AskedEpoch epoch = new AskedEpoch(channel, new CompletableFuture<>());
        askedEpochs.add(epoch);
        return epoch.renewed();
    }

    @Override
    public boolean isUnavailable(Throwable failure) {
        return failure instanceof Unavailable;
    }

    /** Takes the right to read from a reader; returns the new aclVersion. */
    long evict(UserKey reader) {
        evicted.add(reader);
        return ++aclVersion;
    }

    /** Takes the right from an identity that does not read here; returns the new aclVersion. */
    long revise() {
        return ++aclVersion;
    }

    boolean isEvicted(UserKey reader) {
        return evicted.contains(reader);
    }

    long aclVersion() {
        return aclVersion;
    }

    /** Loses everything, as after a restored backup. */
    void startAnew() {
        stored.clear();
        aclVersion = 0;
    }

    /** Gives all channels another epoch. */
    void renewEpochs(String to) {
        epoch = to;
    }

    /** Queries for pages until now. */
    int questions() {
        return questions;
    }

    /** Commits a message: reads from now on see it. */
    Entry store(Channel channel, String json) {
        List<Entry> log = stored.computeIfAbsent(channel, key -> new ArrayList<>());
        Entry entry = new Entry(log.size() + 1, Encoded.of(json));
        log.add(entry);
        return entry;
    }

    /** Commits messages whose JSON is their seq. */
    void store(Channel channel, int count) {
        for (int i = 0; i < count; i++) {
            store(channel, Long.toString(head(channel) + 1));
        }
    }

    long head(Channel channel) {
        return stored.getOrDefault(channel, List.of()).size();
    }

    /** Deletes the oldest messages up to this seq. */
    void trim(Channel channel, long upTo) {
        trimmed.merge(channel, upTo, Math::max);
    }

    /** Reads a page now. */
    Page read(Asked page) {
        long oldest = oldest(page.channel());
        Set<UserKey> authorized = new HashSet<>(page.readers());
        authorized.removeAll(evicted);
        return new Page(
                new Position(epoch, head(page.channel())),
                stored.getOrDefault(page.channel(), List.of()).stream()
                        .filter(entry -> entry.seq() > page.seq() && entry.seq() >= oldest)
                        .limit(page.limit())
                        .toList(),
                authorized,
                aclVersion);
    }

    long oldest(Channel channel) {
        return trimmed.getOrDefault(channel, 0L) + 1;
    }

    boolean isAsked() {
        return isAskedForPage() || isAskedForEpoch();
    }

    boolean isAskedForPage() {
        return !asked.isEmpty();
    }

    boolean isAskedForEpoch() {
        return !askedEpochs.isEmpty();
    }

    AskedEpoch takeAskedEpoch() {
        assertThat(askedEpochs).as("epochs to be renewed").isNotEmpty();
        return askedEpochs.poll();
    }

    Asked takeAsked() {
        assertThat(asked).as("pages asked for").isNotEmpty();
        return asked.poll();
    }

    /** Reads and answers the oldest pending query: epochs first, then pages. */
    void answer() {
        if (isAskedForEpoch()) {
            takeAskedEpoch().renewed().complete(true);
            return;
        }
        Asked page = takeAsked();
        page.page().complete(read(page));
    }
}
