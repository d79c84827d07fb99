package dev.parley.server.store.model;

import java.util.List;

/**
 * A page of the messages after a seq.
 *
 * @param head seq of the channel's newest message when the page was read
 * @param messages in seq order; if the first one does not follow the seq, those between were trimmed
 * @param access access of the reader, checked after the messages were read; without it there are no messages
 */
public record ChannelPage(long head, List<Appended.StoredCopy> messages, Access access) {
    public static final ChannelPage FORBIDDEN = new ChannelPage(0, List.of(), Access.NONE);
}
