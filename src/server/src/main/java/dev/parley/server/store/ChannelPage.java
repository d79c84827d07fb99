package dev.parley.server.store;

import java.util.List;

/**
 * What comes after a seq.
 *
 * @param head seq of the channel's newest message when the page was read
 * @param messages in seq order; where the first one is not the next one, those between were trimmed
 */
public record ChannelPage(long head, List<Appended.Placed> messages) {}
