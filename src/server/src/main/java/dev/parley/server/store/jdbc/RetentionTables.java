package dev.parley.server.store.jdbc;

import static java.util.Comparator.comparing;

import dev.parley.protocol.Channel;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/**
 * The SQL of retention. It deletes the oldest rows first, in short transactions, so that no other transaction waits
 * long for a lock. Every method works inside the caller's transaction and blocks.
 */
public final class RetentionTables {
    /** Limit of the messages of one channel that one transaction deletes. */
    static final int TRIMMED_MAX = 2_000;

    /** The same for dedupe records, of all senders. */
    static final int FORGOTTEN_MAX = 10_000;

    private static final int CHANNELS_MAX = 1_000;

    private static final String SELECT_OVER_COUNT =
            "select id, kind, name, head, oldest from parley_channel where head - oldest + 1 > :count and ";

    /** What is gone needs no look: until it is vacuumed, PostgreSQL would read its place in the index each time. */
    private static final String DELETE = """
            merge into parley_message m
            using unnest(cast(:ids as bigint array), cast(:firsts as bigint array), cast(:lasts as bigint array))
              as v (id, first, last)
            on m.channel_id = v.id and m.seq >= v.first and m.seq <= v.last
            when matched then delete
            """;

    private static final String MOVE_OLDEST = """
            merge into parley_channel c
            using unnest(cast(:ids as bigint array), cast(:lasts as bigint array)) as v (id, last)
            on c.id = v.id
            when matched and c.oldest <= v.last then update set oldest = v.last + 1
            """;

    /**
     * Messages of a channel that are to be deleted.
     *
     * @param channel empty for a room that this node cannot name; see {@link Columns#channel}
     * @param oldest seq of the first one
     * @param upTo seq of the last one
     */
    public record Overdue(long id, Optional<Channel> channel, long oldest, long upTo) {
        private long count() {
            return upTo - oldest + 1;
        }
    }

    /**
     * What is deleted together: a transaction costs as much as hundreds of rows, and many channels may each have grown
     * by one.
     *
     * @return in the order of the ids, so that two nodes never deadlock; each at most {@value #TRIMMED_MAX} messages
     */
    public static List<List<Overdue>> batches(Collection<Overdue> channels) {
        List<List<Overdue>> batches = new ArrayList<>();
        long room = 0;
        for (Overdue channel : channels.stream().sorted(comparing(Overdue::id)).toList()) {
            for (long oldest = channel.oldest(); oldest <= channel.upTo(); oldest += TRIMMED_MAX) {
                Overdue part = new Overdue(
                        channel.id(), channel.channel(), oldest, Math.min(channel.upTo(), oldest + TRIMMED_MAX - 1));
                if (part.count() > room) {
                    batches.add(new ArrayList<>());
                    room = TRIMMED_MAX;
                }
                batches.get(batches.size() - 1).add(part);
                room -= part.count();
            }
        }
        return batches;
    }

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
                .map((row, context) -> new Overdue(
                        row.getLong("id"), Columns.channel(row), row.getLong("oldest"), row.getLong("head") - count))
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
                        select c.id, c.kind, c.name, c.oldest,
                          (select max(old.seq) from parley_message old
                           where old.channel_id = c.id and old.seq >= c.oldest and old.seq < c.oldest + :limit
                             and old.sent_at < :cutoff)
                          as up_to
                        from parley_channel c
                        join parley_message m on m.channel_id = c.id and m.seq = c.oldest
                        where c.id = any(:ids) and m.sent_at < :cutoff
                        """)
                .bindArray("ids", Long.class, ids.toArray())
                .bind("limit", TRIMMED_MAX)
                .bind("cutoff", cutoff.atOffset(ZoneOffset.UTC))
                .map((row, context) -> new Overdue(
                        row.getLong("id"), Columns.channel(row), row.getLong("oldest"), row.getLong("up_to")))
                .list();
    }

    /** Deletes the messages of one of the {@link #batches}. */
    public void trim(Handle sql, List<Overdue> batch) {
        Long[] ids = longs(batch, Overdue::id);
        Long[] lasts = longs(batch, Overdue::upTo);
        sql.createUpdate(DELETE)
                .bindArray("ids", Long.class, (Object[]) ids)
                .bindArray("firsts", Long.class, (Object[]) longs(batch, Overdue::oldest))
                .bindArray("lasts", Long.class, (Object[]) lasts)
                .execute();
        // Last, because from here to the commit no message can be appended to these channels; in name order, as all
        // who lock several.
        sql.createQuery("select id from parley_channel where id = any(:ids) order by name for update")
                .bindArray("ids", Long.class, (Object[]) ids)
                .mapTo(Long.class)
                .list();
        sql.createUpdate(MOVE_OLDEST)
                .bindArray("ids", Long.class, (Object[]) ids)
                .bindArray("lasts", Long.class, (Object[]) lasts)
                .execute();
    }

    /** Those of a batch whose trimmed messages showed attachments. */
    public List<Overdue> withAttachments(Handle sql, List<Overdue> batch) {
        Set<Long> ids = sql
                .createQuery("""
                        select v.id
                        from unnest(cast(:ids as bigint array), cast(:lasts as bigint array)) as v (id, last)
                        where exists
                          (select 1 from parley_attachment a where a.channel_id = v.id and a.seq <= v.last)
                        """)
                .bindArray("ids", Long.class, (Object[]) longs(batch, Overdue::id))
                .bindArray("lasts", Long.class, (Object[]) longs(batch, Overdue::upTo))
                .mapTo(Long.class)
                .stream()
                .collect(Collectors.toSet());
        return batch.stream().filter(channel -> ids.contains(channel.id())).toList();
    }

    private static Long[] longs(List<Overdue> batch, Function<Overdue, Long> column) {
        return batch.stream().map(column).toArray(Long[]::new);
    }

    /**
     * How far dedupe records are deleted.
     *
     * @param upTo no record is older
     * @param hasMore whether there are more that are to be deleted
     */
    public record Forgotten(Instant upTo, boolean hasMore) {}

    /**
     * Deletes the oldest dedupe records, some {@value #FORGOTTEN_MAX} of them: a statement that deletes by time alone
     * would fail at its deadline, again and again, where many were stored within that time.
     *
     * @param from no record is older: where deleted ones were, PostgreSQL reads the index for nothing
     * @param cutoff deletes those of messages sent before it
     */
    public Forgotten forgetSent(Handle sql, Instant from, Instant cutoff) {
        Optional<Instant> first = sentAt(sql, from, 0);
        if (first.isEmpty() || !first.get().isBefore(cutoff)) {
            return new Forgotten(cutoff, false);
        }
        Instant until = sentAt(sql, first.get(), FORGOTTEN_MAX)
                // A group of messages has one time.
                .filter(last -> last.isAfter(first.get()) && last.isBefore(cutoff))
                .orElse(cutoff);
        sql.createUpdate("delete from parley_sent where sent_at >= :first and sent_at < :until")
                .bind("first", first.get().atOffset(ZoneOffset.UTC))
                .bind("until", until.atOffset(ZoneOffset.UTC))
                .execute();
        return new Forgotten(until, until.isBefore(cutoff));
    }

    /** When the message of one of the oldest records was sent. */
    private static Optional<Instant> sentAt(Handle sql, Instant from, int skipped) {
        return sql.createQuery("""
                        select sent_at from parley_sent where sent_at >= :from
                        order by sent_at offset :skipped rows fetch next 1 rows only
                        """)
                .bind("from", from.atOffset(ZoneOffset.UTC))
                .bind("skipped", skipped)
                .mapTo(OffsetDateTime.class)
                .findOne()
                .map(OffsetDateTime::toInstant);
    }
}
