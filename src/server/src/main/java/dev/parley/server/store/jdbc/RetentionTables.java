package dev.parley.server.store.jdbc;

import dev.parley.protocol.Channel;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/**
 * The SQL of retention. It deletes the oldest rows first, in short transactions, so that no other transaction waits
 * long for a lock. Every method works inside the caller's transaction and blocks.
 */
public final class RetentionTables {
    /** Limit of the messages of one channel that one transaction deletes. */
    static final int TRIMMED_MAX = 2_000;

    private static final int CHANNELS_MAX = 1_000;
    private static final Duration REMEMBERED_SLICE = Duration.ofSeconds(10);

    private static final String SELECT_OVER_COUNT =
            "select id, kind, name, head from parley_channel where head - oldest + 1 > :count and ";

    /**
     * A channel whose messages up to a seq are to be deleted.
     *
     * @param channel empty for a room that this node cannot name; see {@link Columns#channel}
     */
    public record Overdue(long id, Optional<Channel> channel, long upTo) {}

    /** The channels of these that hold more messages than the count. */
    public List<Overdue> overCount(Handle sql, Collection<Channel> channels, int count) {
        return overCount(
                sql.createQuery(SELECT_OVER_COUNT + "name = any(:names)")
                        .bindArray("names", String.class, Columns.of(channels, Channel::name)),
                count);
    }

    /** The channels of these that hold more messages than the count. */
    public List<Overdue> overCount(Handle sql, List<Long> ids, int count) {
        return overCount(
                sql.createQuery(SELECT_OVER_COUNT + "id = any(:ids)").bindArray("ids", Long.class, ids.toArray()),
                count);
    }

    private static List<Overdue> overCount(Query channels, int count) {
        return channels.bind("count", count)
                .map((row, context) ->
                        new Overdue(row.getLong("id"), Columns.channel(row), row.getLong("head") - count))
                .list();
    }

    /** The ids of the next channels in a round over all of them; empty when the round is over. */
    public List<Long> next(Handle sql, boolean isInbox, long afterId) {
        return sql.createQuery("""
                        select id from parley_channel
                        where (kind = 'INBOX') = :isInbox and id > :after and oldest <= head
                        order by id fetch first :limit rows only
                        """)
                .bind("isInbox", isInbox)
                .bind("after", afterId)
                .bind("limit", CHANNELS_MAX)
                .mapTo(Long.class)
                .list();
    }

    /** The channels of these whose oldest messages are older than the cutoff. */
    public List<Overdue> overAge(Handle sql, List<Long> ids, Instant cutoff) {
        return sql.createQuery("""
                        select c.id, c.kind, c.name,
                          (select max(old.seq) from parley_message old
                           where old.channel_id = c.id and old.seq < c.oldest + :limit and old.sent_at < :cutoff)
                          as up_to
                        from parley_channel c
                        join parley_message m on m.channel_id = c.id and m.seq = c.oldest
                        where c.id = any(:ids) and m.sent_at < :cutoff
                        """)
                .bindArray("ids", Long.class, ids.toArray())
                .bind("limit", TRIMMED_MAX)
                .bind("cutoff", cutoff.atOffset(ZoneOffset.UTC))
                .map((row, context) -> new Overdue(row.getLong("id"), Columns.channel(row), row.getLong("up_to")))
                .list();
    }

    /**
     * Deletes messages up to a seq, at most the oldest {@value #TRIMMED_MAX} of them.
     *
     * @return whether there are more
     */
    public boolean trim(Handle sql, Overdue channel) {
        Optional<Long> oldest = sql.createQuery("select oldest from parley_channel where id = :id")
                .bind("id", channel.id())
                .mapTo(Long.class)
                .findOne();
        if (oldest.isEmpty() || oldest.get() > channel.upTo()) {
            return false;
        }
        long next = Math.min(channel.upTo() + 1, oldest.get() + TRIMMED_MAX);
        sql.createUpdate("delete from parley_message where channel_id = :id and seq < :next")
                .bind("id", channel.id())
                .bind("next", next)
                .execute();
        // Last, because from here to the commit no message can be appended to this channel.
        sql.createUpdate("update parley_channel set oldest = :next where id = :id and oldest < :next")
                .bind("id", channel.id())
                .bind("next", next)
                .execute();
        return next <= channel.upTo();
    }

    /**
     * Deletes dedupe records of messages sent before the cutoff, some seconds' worth of them.
     *
     * @return whether there are more
     */
    public boolean forgetSent(Handle sql, Instant cutoff) {
        Optional<Instant> first = sql.createQuery("select min(sent_at) as first from parley_sent")
                .map((row, context) -> Optional.ofNullable(row.getObject("first", OffsetDateTime.class))
                        .map(OffsetDateTime::toInstant))
                .one();
        if (first.isEmpty() || !first.get().isBefore(cutoff)) {
            return false;
        }
        Instant slice = first.get().plus(REMEMBERED_SLICE);
        Instant until = slice.isBefore(cutoff) ? slice : cutoff;
        sql.createUpdate("delete from parley_sent where sent_at < :until")
                .bind("until", until.atOffset(ZoneOffset.UTC))
                .execute();
        return until.isBefore(cutoff);
    }
}
