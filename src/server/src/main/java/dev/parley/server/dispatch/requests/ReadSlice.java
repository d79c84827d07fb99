package dev.parley.server.dispatch.requests;

import dev.parley.protocol.Position;
import dev.parley.server.fanout.Backlog;
import dev.parley.server.store.model.ChannelPage;
import java.util.List;
import java.util.Optional;

/**
 * The next messages of one reader.
 *
 * @param from position before the first of them
 * @param entries in seq order, without gaps; perhaps none
 * @param reached position after the last of them
 * @param more whether more messages follow at once
 */
public record ReadSlice(Position from, List<Backlog.Entry> entries, Position reached, boolean more) {
    /** @param asked where the reader is; empty if it begins at the head of the channel */
    static ReadSlice of(Optional<Position> asked, ChannelPage page) {
        Position from = asked.orElse(page.head());
        List<Backlog.Entry> entries = page.entries();
        long last =
                entries.isEmpty() ? from.seq() : entries.get(entries.size() - 1).seq();
        return new ReadSlice(from, entries, from.at(last), last < page.head().seq());
    }
}
