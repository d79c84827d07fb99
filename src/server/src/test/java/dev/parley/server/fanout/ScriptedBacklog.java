package dev.parley.server.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
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

/** A store that reads a page and answers it when the test says so. */
final class ScriptedBacklog implements Backlog {
    /** A page that somebody waits for. */
    record Asked(Channel channel, String reader, long seq, int limit, CompletableFuture<Page> page) {}

    private final Map<Channel, List<Entry>> stored = new HashMap<>();
    private final Map<Channel, Long> trimmed = new HashMap<>();
    private final Set<String> barred = new HashSet<>();
    private long revision;
    private final Deque<Asked> asked = new ArrayDeque<>();

    @Override
    public CompletionStage<Page> after(Channel channel, String reader, long seq, int limit, int maxBytes) {
        Asked page = new Asked(channel, reader, seq, limit, new CompletableFuture<>());
        asked.add(page);
        return page.page();
    }

    /** Takes the right to read from somebody; gives the revision. */
    long bar(String reader) {
        barred.add(reader);
        return ++revision;
    }

    /** Commits a message; whoever reads from now on sees it. */
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

    /** Forgets the oldest messages up to this one. */
    void trim(Channel channel, long upTo) {
        trimmed.merge(channel, upTo, Math::max);
    }

    /** What a page holds when it is read now. */
    Page read(Asked page) {
        if (barred.contains(page.reader())) {
            return new Page(0, List.of(), false, Long.MAX_VALUE);
        }
        long oldest = trimmed.getOrDefault(page.channel(), 0L) + 1;
        return new Page(
                head(page.channel()),
                stored.getOrDefault(page.channel(), List.of()).stream()
                        .filter(entry -> entry.seq() > page.seq() && entry.seq() >= oldest)
                        .limit(page.limit())
                        .toList(),
                true,
                revision);
    }

    long oldest(Channel channel) {
        return trimmed.getOrDefault(channel, 0L) + 1;
    }

    boolean isAsked() {
        return !asked.isEmpty();
    }

    Asked takeAsked() {
        assertThat(asked).as("pages asked for").isNotEmpty();
        return asked.poll();
    }

    /** Reads and answers the page that was asked for first. */
    void answer() {
        Asked page = takeAsked();
        page.page().complete(read(page));
    }
}
