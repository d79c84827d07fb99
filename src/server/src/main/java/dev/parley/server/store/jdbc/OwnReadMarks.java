package dev.parley.server.store.jdbc;

import dev.parley.protocol.Channel;
import dev.parley.protocol.UserKey;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jdbi.v3.core.statement.Update;

/**
 * Advances of senders' read marks over their own messages, for one group of appends. A sender has read its own message
 * if nothing unread precedes it. So its first message of the group in a channel, and the messages that follow without
 * another sender's between them, move its mark. Confined to the thread that stores the group.
 */
final class OwnReadMarks {
    /**
     * Moves the senders' read marks over their own messages. {@code after_seq} is the least seq that the mark must
     * have: 0 if nothing is stored before the messages.
     */
    static final String MOVE_MARKS = """
            merge into parley_read_mark m
            using unnest(cast(:markReaders as varchar array), cast(:markChannels as bigint array),
              cast(:markAfters as bigint array), cast(:marks as bigint array)) as v (reader, channel_id, after_seq, seq)
            on m.reader = v.reader and m.channel_id = v.channel_id
            when matched and m.seq >= v.after_seq and m.seq < v.seq then update set seq = v.seq
            when not matched and v.after_seq = 0 then
              insert (reader, channel_id, seq) values (v.reader, v.channel_id, v.seq)
            """;

    private record Reader(UserKey key, Channel channel) {}

    /**
     * Consecutive messages of one sender.
     *
     * @param after least seq that the mark must have
     * @param last seq of the last message
     */
    private record Run(long channelId, long after, long last) {
        /** The run extended by this seq, if it follows the last one. */
        Run with(long seq) {
            return seq == last + 1 ? new Run(channelId, after, seq) : this;
        }
    }

    private final Map<Reader, Run> runs = new LinkedHashMap<>();

    /**
     * Adds a message; called in the order of its channel.
     *
     * @param channelId id of the channel's row
     * @param oldest seq of the oldest message that was stored before the group
     */
    void add(UserKey sender, Channel channel, long channelId, long oldest, long seq) {
        boolean isSomebodyElses = channel.isInbox() && !channel.equals(new Channel.Inbox(sender));
        if (!isSomebodyElses) {
            long after = oldest == seq ? 0 : seq - 1;
            runs.merge(new Reader(sender, channel), new Run(channelId, after, seq), (run, next) -> run.with(seq));
        }
    }

    /** Binds the parameters of {@link #MOVE_MARKS}. */
    Update bindTo(Update update) {
        return update.bindArray("markReaders", String.class, Columns.of(runs.keySet(), reader -> reader.key()
                        .value()))
                .bindArray("markChannels", Long.class, Columns.of(runs.values(), Run::channelId))
                .bindArray("markAfters", Long.class, Columns.of(runs.values(), Run::after))
                .bindArray("marks", Long.class, Columns.of(runs.values(), Run::last));
    }
}
