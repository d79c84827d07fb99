package dev.parley.server.fanout;

import dev.parley.protocol.Channel;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Where a reader that is behind gets what it missed: the store. */
@FunctionalInterface
public interface Backlog {
    /** A stored message as the store keeps it. */
    record Entry(long seq, String json) {}

    /** What comes after a seq, in order, at most {@code limit}; fewer mean that this is all there is now. */
    CompletionStage<List<Entry>> after(Channel channel, long seq, int limit);
}
