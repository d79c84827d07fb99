package dev.parley.server.store.model;

import dev.parley.protocol.Position;
import dev.parley.server.fanout.Backlog;
import java.util.List;

/**
 * The messages of a channel after a position, and the state of the channel when they had been read.
 *
 * @param head position of its newest message
 * @param oldest seq of the oldest message still stored; head + 1 if there is none
 * @param isRecovered whether everything after the position asked for is still stored, in the same epoch; false if none
 *     was asked for
 * @param entries in seq order, without a gap from the position asked for; none if that is not recovered
 */
public record ChannelPage(Position head, long oldest, boolean isRecovered, List<Backlog.Entry> entries) {}
