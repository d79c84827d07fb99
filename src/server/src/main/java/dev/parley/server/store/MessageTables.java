package dev.parley.server.store;

import dev.parley.protocol.Channel;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.Position;
import dev.parley.protocol.Timestamp;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/** The SQL. Every method works inside the caller's transaction and blocks. */
final class MessageTables {
    private static final String SELECT_VIEW = "select c.name, c.epoch, c.head,"
            + " coalesce((select min(m.seq) from parley_message m where m.channel_id = c.id), c.head + 1) as oldest,"
            + " coalesce((select r.seq from parley_read_mark r where r.channel_id = c.id and r.reader = :reader), 0) as mark"
            + " from parley_channel c";

    private final Supplier<String> epochs;

    /** @param epochs makes a random name for each new channel's log */
    MessageTables(Supplier<String> epochs) {
        this.epochs = epochs;
    }

    /** Gives the message its places. Channels are locked in name order, so that two nodes never wait for each other. */
    Appended append(Handle sql, Append append, Instant now) {
        String digest = append.digest();
        Optional<Appended> before = sentBefore(sql, append, digest);
        if (before.isPresent()) {
            return before.get();
        }
        Instant sentAt = now.truncatedTo(ChronoUnit.MILLIS);
        Map<Channel, Appended.Placed> copies = append.channels().stream()
                .sorted(Comparator.comparing(Channel::storeKey))
                .collect(Collectors.toMap(
                        channel -> channel, channel -> place(sql, append, channel, sentAt), (first, again) -> first));
        Appended.Placed acknowledged = copies.get(append.acknowledged());
        sql.createUpdate(
                        "insert into parley_sent (sender, id, channel_id, seq, sent_at, digest)"
                                + " select :sender, :id, c.id, :seq, :at, :digest from parley_channel c where c.name = :channel")
                .bind("sender", append.sender())
                .bind("id", append.id())
                .bind("channel", acknowledged.channel().storeKey())
                .bind("seq", acknowledged.seq())
                .bind("at", sentAt.atOffset(ZoneOffset.UTC))
                .bind("digest", digest)
                .execute();
        return new Appended.Stored(
                new Appended.Place(acknowledged.channel(), acknowledged.seq(), Timestamp.of(sentAt)),
                append.channels().stream().map(copies::get).toList());
    }

    private static Optional<Appended> sentBefore(Handle sql, Append append, String digest) {
        return sql.createQuery("select seq, sent_at, digest from parley_sent where sender = :sender and id = :id")
                .bind("sender", append.sender())
                .bind("id", append.id())
                .<Appended>map((row, context) -> row.getString("digest").equals(digest)
                        ? new Appended.Again(new Appended.Place(
                                append.acknowledged(),
                                row.getLong("seq"),
                                Timestamp.of(row.getObject("sent_at", OffsetDateTime.class)
                                        .toInstant())))
                        : new Appended.Conflict())
                .findOne();
    }

    private Appended.Placed place(Handle sql, Append append, Channel channel, Instant sentAt) {
        ensure(sql, channel);
        sql.createUpdate("update parley_channel set head = head + 1 where name = :name")
                .bind("name", channel.storeKey())
                .execute();
        long seq = sql.createQuery("select head from parley_channel where name = :name")
                .bind("name", channel.storeKey())
                .mapTo(Long.class)
                .one();
        String body = MessageCodec.encode(append.writer().write(channel, seq, Timestamp.of(sentAt)));
        sql.createUpdate("insert into parley_message (channel_id, seq, body, sent_at)"
                        + " select c.id, :seq, :body, :at from parley_channel c where c.name = :name")
                .bind("name", channel.storeKey())
                .bind("seq", seq)
                .bind("body", body)
                .bind("at", sentAt.atOffset(ZoneOffset.UTC))
                .execute();
        return new Appended.Placed(channel, seq, body);
    }

    /** Makes the channel if it is not there. */
    void ensure(Handle sql, Channel channel) {
        boolean isThere = sql.createQuery("select id from parley_channel where name = :name")
                .bind("name", channel.storeKey())
                .mapTo(Long.class)
                .findOne()
                .isPresent();
        if (!isThere) {
            sql.createUpdate("insert into parley_channel (name, epoch, head) values (:name, :epoch, 0)")
                    .bind("name", channel.storeKey())
                    .bind("epoch", epochs.get())
                    .execute();
        }
    }

    boolean exists(Handle sql, Channel channel) {
        return view(sql, channel, "").isPresent();
    }

    /** @param reader key of the identity whose mark counts */
    Optional<ChannelView> view(Handle sql, Channel channel, String reader) {
        return sql.createQuery(SELECT_VIEW + " where c.name = :name")
                .bind("name", channel.storeKey())
                .bind("reader", reader)
                .map((row, context) -> view(row))
                .findOne();
    }

    /** Unread messages in each public room, by name. */
    Map<String, Long> publicRooms(Handle sql, String reader, int limit) {
        Map<String, Long> unreadByRoom = new LinkedHashMap<>();
        sql.createQuery(SELECT_VIEW + " where c.name like 'room:%' and c.name not like 'room:!_%' escape '!'"
                        + " order by c.name fetch first :limit rows only")
                .bind("reader", reader)
                .bind("limit", limit)
                .map((row, context) ->
                        Map.entry(row.getString("name"), view(row).unread()))
                .forEach(room ->
                        unreadByRoom.put(room.getKey().substring(Channel.ROOM_PREFIX.length()), room.getValue()));
        return unreadByRoom;
    }

    private static ChannelView view(ResultSet row) throws SQLException {
        long head = row.getLong("head");
        long oldest = row.getLong("oldest");
        long unread = head - Math.max(row.getLong("mark"), oldest - 1);
        return new ChannelView(new Position(row.getString("epoch"), head), oldest, unread);
    }

    /** What comes after a seq, in order. */
    List<Appended.Placed> after(Handle sql, Channel channel, long seq, int limit) {
        return sql.createQuery("select m.seq, m.body from parley_message m join parley_channel c on c.id = m.channel_id"
                        + " where c.name = :name and m.seq > :seq order by m.seq fetch first :limit rows only")
                .bind("name", channel.storeKey())
                .bind("seq", seq)
                .bind("limit", limit)
                .map((row, context) -> new Appended.Placed(channel, row.getLong("seq"), row.getString("body")))
                .list();
    }

    /** The newest messages before a seq; ends early at {@code maxBytes}, but holds one where there is one. */
    HistoryPage history(Handle sql, Channel channel, long before, int limit, int maxBytes) {
        List<Appended.Placed> newestFirst = new ArrayList<>();
        int bytes = 0;
        try (var rows = sql
                .createQuery("select m.seq, m.body from parley_message m join parley_channel c on c.id = m.channel_id"
                        + " where c.name = :name and m.seq < :before order by m.seq desc fetch first :limit rows only")
                .bind("name", channel.storeKey())
                .bind("before", before)
                .bind("limit", limit)
                .map((row, context) -> new Appended.Placed(channel, row.getLong("seq"), row.getString("body")))
                .stream()) {
            for (Appended.Placed message : (Iterable<Appended.Placed>) rows::iterator) {
                bytes += message.json().getBytes(StandardCharsets.UTF_8).length;
                if (bytes > maxBytes && !newestFirst.isEmpty()) {
                    break;
                }
                newestFirst.add(message);
            }
        }
        long oldest = view(sql, channel, "").map(ChannelView::oldest).orElse(1L);
        boolean more = !newestFirst.isEmpty()
                && newestFirst.get(newestFirst.size() - 1).seq() > oldest;
        Collections.reverse(newestFirst);
        return new HistoryPage(newestFirst.stream().map(Appended.Placed::json).toList(), oldest, more);
    }

    /** Moves the mark forward, never back and never past the head; gives where it is now. */
    long mark(Handle sql, Channel channel, String reader, long seq) {
        long head = view(sql, channel, reader).map(view -> view.head().seq()).orElse(0L);
        long wanted = Math.min(seq, head);
        Optional<Long> present = sql.createQuery(
                        "select r.seq from parley_read_mark r join parley_channel c on c.id = r.channel_id"
                                + " where c.name = :name and r.reader = :reader")
                .bind("name", channel.storeKey())
                .bind("reader", reader)
                .mapTo(Long.class)
                .findOne();
        if (present.isEmpty()) {
            sql.createUpdate("insert into parley_read_mark (reader, channel_id, seq)"
                            + " select :reader, c.id, :seq from parley_channel c where c.name = :name")
                    .bind("reader", reader)
                    .bind("name", channel.storeKey())
                    .bind("seq", wanted)
                    .execute();
            return wanted;
        }
        if (wanted <= present.get()) {
            return present.get();
        }
        sql.createUpdate("update parley_read_mark set seq = :seq where reader = :reader"
                        + " and channel_id = (select id from parley_channel where name = :name)")
                .bind("seq", wanted)
                .bind("reader", reader)
                .bind("name", channel.storeKey())
                .execute();
        return wanted;
    }

    boolean isTokenUser(Handle sql, String name) {
        return sql.createQuery("select 1 from parley_token_user where name = :name")
                .bind("name", name)
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    void rememberTokenUser(Handle sql, String name) {
        if (!isTokenUser(sql, name)) {
            sql.createUpdate("insert into parley_token_user (name) values (:name)")
                    .bind("name", name)
                    .execute();
        }
    }
}
