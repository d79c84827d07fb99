package dev.parley.server.store.model;

import java.util.List;

/**
 * What comes after a seq.
 *
 * @param head seq of the channel's newest message when the page was read
 * @param messages in seq order; where the first one is not the next one, those between were trimmed
 * @param access of the reader, looked up after the messages: who may not read gets none
 */
public record ChannelPage(long head, List<Appended.StoredCopy> messages, Access access) {
    public static final ChannelPage FORBIDDEN = new ChannelPage(0, List.of(), Access.NONE);
}
