package dev.parley.server.store.jdbc;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Field;
import dev.parley.protocol.Position;
import dev.parley.protocol.UserKey;
import dev.parley.server.fanout.Backlog;
import dev.parley.server.session.Encoded;
import dev.parley.server.store.model.Access;
import dev.parley.server.store.model.ChannelPage;
import dev.parley.server.store.model.ChannelView;
import dev.parley.server.store.model.HistoryPage;
import dev.parley.server.store.model.OpenedChannels;
import dev.parley.server.store.model.Retention;
import dev.parley.server.store.model.Revocation;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/**
 * The SQL of reads and read marks. Every method works inside the caller's transaction and blocks. Every "order by"
 * names the channel too, because H2 sorts the rows instead of reading them in index order unless all columns of the
 * index are named.
 */
public final class MessageTables {
    private static final String SELECT_VIEW = "select " + viewColumns(":reader") + " from parley_channel c ";

    /**
     * For each question, by its number, at least one row, and one for each channel that its reader may read. A question
     * comes as one row for each of its channels.
     */
    private static final String SELECT_VIEWS =
            "select q.number, t.name as user_name, v.number as revocation, v.revoked_at, " + viewColumns("q.reader")
                    + """
            from unnest(cast(:numbers as integer array), cast(:readers as varchar array),
              cast(:folded as varchar array), cast(:names as varchar array)) as q (number, reader, folded, name)
            left join parley_token_user t on t.folded = q.folded
            left join parley_revocation v on v.user_key = q.reader
            left join parley_channel c on c.name = q.name
              and (c.kind <> 'PRIVATE_ROOM'
                or exists (select 1 from parley_member m where m.channel_id = c.id and m.member = q.reader))
            """;

    /** For each question, by its number, what follows its seq, if that is little. */
    private static final String SELECT_FEW = """
            select q.number, c.epoch, c.head, m.seq, m.body, m.bytes
            from unnest(cast(:numbers as integer array), cast(:names as varchar array), cast(:seqs as bigint array))
              as q (number, name, seq)
            join parley_channel c on c.name = q.name
            left join parley_message m on m.channel_id = c.id and m.seq > q.seq and m.seq <= q.seq + :few
              and c.head <= q.seq + :few and m.bytes <= :bytes
            """;

    /** Most messages of one answer of {@link #few}. */
    public static final int FEW = 16;

    /** Bound of each of these messages: those of a hundred readers are in memory together. */
    public static final int FEW_BYTES = 4 * 1024;

    private final MemberTables members = new MemberTables();
    private final Retention policy;

    /**
     * @param policy retention limits; its counts apply to reads at once, although the messages beyond them are deleted
     *     seconds later
     */
    public MessageTables(Retention policy) {
        this.policy = policy;
    }

    private record Log(long id, String epoch, long head, long oldest) {}

    private record Size(long seq, int bytes) {}

    /** Seq of the oldest visible message: those before it are deleted or about to be deleted. */
    private long oldest(Channel channel, long head, long oldest) {
        return Math.max(oldest, head - policy.of(channel).count() + 1);
    }

    private static Optional<Log> log(Handle sql, Channel channel) {
        return sql.createQuery("select id, epoch, head, oldest from parley_channel where name = :name")
                .bind("name", channel.name())
                .map((row, context) ->
                        new Log(row.getLong("id"), row.getString("epoch"), row.getLong("head"), row.getLong("oldest")))
                .findOne();
    }

    /**
     * A channel as it is shown to those who may read it.
     *
     * @param id of the channel in the database
     * @param oldest seq of the oldest message; head + 1 if there is none
     */
    public record Shown(long id, long oldest) {}

    /** Empty if there is no such channel. */
    public Optional<Shown> shown(Handle sql, Channel channel) {
        return log(sql, channel).map(log -> new Shown(log.id(), oldest(channel, log.head(), log.oldest())));
    }

    /** Whether the channel exists and this reader may read it. */
    public boolean exists(Handle sql, Channel channel, UserKey reader) {
        return sql.createQuery("""
                        select 1 from parley_channel c
                        where c.name = :name and (c.kind <> 'PRIVATE_ROOM'
                          or exists (select 1 from parley_member m where m.channel_id = c.id and m.member = :reader))
                        """)
                .bind("name", channel.name())
                .bind("reader", reader.value())
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    private static String viewColumns(String reader) {
        return """
            c.name, c.epoch, c.head, c.oldest, c.acl_version,
              coalesce((select r.seq from parley_read_mark r where r.channel_id = c.id and r.reader = %s), 0) as mark
            """.formatted(reader);
    }

    /**
     * A question for a reader's views of channels.
     *
     * @param reader key of the identity whose access and read marks are used
     * @param name under which the reader signs in
     */
    public record Viewer(UserKey reader, Set<Channel> channels, Optional<String> name) {}

    /** What was found for one viewer. */
    private static final class Seen {
        private final Map<String, Channel> byName = new LinkedHashMap<>();
        private final Map<Channel, ChannelView> found = new HashMap<>();
        private Optional<String> user = Optional.empty();
        private Optional<Revocation> revocation = Optional.empty();

        Seen(Viewer viewer) {
            viewer.channels().forEach(channel -> byName.put(channel.name(), channel));
        }

        OpenedChannels opened() {
            Map<Channel, ChannelView> views = new LinkedHashMap<>();
            byName.values().stream()
                    .filter(found::containsKey)
                    .forEach(channel -> views.put(channel, found.get(channel)));
            return new OpenedChannels(user, revocation, views);
        }
    }

    /** A row of a question of {@link #SELECT_VIEWS}; the name is null for a viewer without channels. */
    private record AskedView(int number, Viewer viewer, String name) {
        static Stream<AskedView> of(int number, Viewer viewer) {
            return viewer.channels().isEmpty()
                    ? Stream.of(new AskedView(number, viewer, null))
                    : viewer.channels().stream().map(channel -> new AskedView(number, viewer, channel.name()));
        }

        Object folded() {
            return viewer.name().map(Field::folded).orElse(null);
        }
    }

    /**
     * What these viewers see, in their order, without the channels that do not exist or that a viewer may not read. In
     * one statement, so that each view and the right to it are consistent.
     */
    public List<OpenedChannels> views(Handle sql, List<Viewer> viewers) {
        List<Seen> seen = viewers.stream().map(Seen::new).toList();
        List<AskedView> asked = IntStream.range(0, viewers.size())
                .boxed()
                .flatMap(number -> AskedView.of(number, viewers.get(number)))
                .toList();
        long asOf = System.nanoTime();
        sql.createQuery(SELECT_VIEWS)
                .bindArray("numbers", Integer.class, Columns.of(asked, AskedView::number))
                .bindArray("readers", String.class, Columns.of(asked, one -> one.viewer()
                        .reader()
                        .value()))
                .bindArray("folded", String.class, Columns.of(asked, AskedView::folded))
                .bindArray("names", String.class, Columns.of(asked, AskedView::name))
                .map((row, context) -> {
                    Seen one = seen.get(row.getInt("number"));
                    one.user = Optional.ofNullable(row.getString("user_name"));
                    one.revocation = RevocationTables.revocation(row);
                    Channel channel = one.byName.get(row.getString("name"));
                    if (channel != null) {
                        one.found.put(channel, view(row, channel, asOf));
                    }
                    return one;
                })
                .list();
        return seen.stream().map(Seen::opened).toList();
    }

    /** Unread messages in each room that this reader may read, by name: private rooms first, then public ones. */
    public Map<String, Long> rooms(Handle sql, UserKey reader, int limit) {
        Map<String, Long> unreadByRoom = new LinkedHashMap<>();
        for (String which : List.of(
                "join parley_member m on m.channel_id = c.id where m.member = :reader order by c.name",
                "where c.kind = 'ROOM' order by c.kind, c.name")) {
            sql.createQuery(SELECT_VIEW + which + " fetch first :limit rows only")
                    .bind("reader", reader.value())
                    .bind("limit", limit)
                    .map((row, context) -> unread(row))
                    .list()
                    .forEach(unreadByRoom::putAll);
        }
        return unreadByRoom;
    }

    /** Empty for a room that a node with a newer Java named with characters that this one does not know. */
    private Map<String, Long> unread(ResultSet row) throws SQLException {
        Optional<Channel> room = Channel.parse(Channel.Room.wireKey(row.getString("name")));
        return room.isPresent()
                ? Map.of(
                        room.get().name(),
                        view(row, room.get(), System.nanoTime()).unread())
                : Map.of();
    }

    private ChannelView view(ResultSet row, Channel channel, long asOf) throws SQLException {
        long head = row.getLong("head");
        long oldest = oldest(channel, head, row.getLong("oldest"));
        long unread = head - Math.max(row.getLong("mark"), oldest - 1);
        long aclVersion = channel.isPrivate() ? row.getLong("acl_version") : Access.OPEN.aclVersion();
        return new ChannelView(new Position(row.getString("epoch"), head), oldest, unread, aclVersion, asOf);
    }

    /**
     * The messages after a seq, in order, bounded by {@code maxBytes} but at least one if there is one. Includes
     * messages beyond the count that are not deleted yet: a reader that is catching up misses nothing that still
     * exists.
     */
    public Backlog.Page after(Handle sql, Channel channel, Set<UserKey> readers, long seq, int limit, int maxBytes) {
        Optional<Log> log = log(sql, channel);
        List<Backlog.Entry> entries = log.filter(one -> one.head() > seq)
                .map(one -> after(sql, one, seq, limit, maxBytes))
                .orElse(List.of());
        // Checked last: a reader that may read now could read all of the page when it was stored.
        Position head = log.map(one -> new Position(one.epoch(), one.head())).orElse(Backlog.Page.NO_LOG);
        return members.authorized(sql, channel, readers)
                .map(access -> new Backlog.Page(head, entries, access.readers(), access.aclVersion()))
                .orElse(Backlog.Page.FORBIDDEN);
    }

    /** A question for the messages after a seq. The channel is not private. */
    public record Missed(Channel channel, Set<UserKey> readers, long seq) {}

    /**
     * The messages that follow, in the order of the questions, in one statement. Empty where there are more than a few,
     * or long ones, or no such channel: {@link #after} has the answer then.
     */
    public List<Optional<Backlog.Page>> few(Handle sql, List<Missed> asked) {
        List<Integer> numbers = IntStream.range(0, asked.size()).boxed().toList();
        Map<Integer, Position> heads = new HashMap<>();
        Map<Integer, SortedMap<Long, Encoded>> found = new HashMap<>();
        sql.createQuery(SELECT_FEW)
                .bindArray("numbers", Integer.class, numbers.toArray())
                .bindArray("names", String.class, Columns.of(asked, one -> one.channel()
                        .name()))
                .bindArray("seqs", Long.class, Columns.of(asked, Missed::seq))
                .bind("few", FEW)
                .bind("bytes", FEW_BYTES)
                .map((row, context) -> {
                    int number = row.getInt("number");
                    heads.put(number, new Position(row.getString("epoch"), row.getLong("head")));
                    SortedMap<Long, Encoded> messages = found.computeIfAbsent(number, fresh -> new TreeMap<>());
                    if (row.getString("body") != null) {
                        messages.put(row.getLong("seq"), Encoded.of(row.getString("body"), row.getInt("bytes")));
                    }
                    return number;
                })
                .list();
        return numbers.stream()
                .map(number -> Optional.ofNullable(heads.get(number))
                        .flatMap(head -> page(asked.get(number), head, found.get(number))))
                .toList();
    }

    private static Optional<Backlog.Page> page(Missed asked, Position head, SortedMap<Long, Encoded> messages) {
        boolean isWhole = messages.size() == Math.max(0, head.seq() - asked.seq());
        return isWhole
                ? Optional.of(new Backlog.Page(
                        head,
                        messages.entrySet().stream()
                                .map(one -> new Backlog.Entry(one.getKey(), one.getValue()))
                                .toList(),
                        asked.readers(),
                        Access.OPEN.aclVersion()))
                : Optional.empty();
    }

    /**
     * The messages after a position, bounded as those of {@link #after}. Empty if there is no such channel or the
     * reader may not read it.
     *
     * @param after empty for the state of the channel only
     */
    public Optional<ChannelPage> page(
            Handle sql, Channel channel, UserKey reader, Optional<Position> after, int limit, int maxBytes) {
        List<Backlog.Entry> entries = after.flatMap(position -> log(sql, channel)
                        .filter(log -> log.head() > position.seq())
                        .map(log -> after(sql, log, position.seq(), limit, maxBytes)))
                .orElse(List.of());
        // Asked last: what can be served now could be served when the messages were read, because an epoch never comes
        // back and what was trimmed does not either. The right is checked last of all, as in after().
        Optional<ChannelPage> page = sql.createQuery(
                        "select epoch, head, oldest from parley_channel where name = :name")
                .bind("name", channel.name())
                .map((row, context) -> page(
                        new Position(row.getString("epoch"), row.getLong("head")),
                        oldest(channel, row.getLong("head"), row.getLong("oldest")),
                        after,
                        entries))
                .findOne();
        return members.access(sql, channel, reader).mayRead() ? page : Optional.empty();
    }

    private static ChannelPage page(Position head, long oldest, Optional<Position> after, List<Backlog.Entry> entries) {
        boolean isRecovered = after.filter(position -> ChannelView.canServe(head, oldest, position))
                .isPresent();
        return new ChannelPage(head, oldest, isRecovered, isRecovered ? entries : List.of());
    }

    private static List<Backlog.Entry> after(Handle sql, Log log, long seq, int limit, int maxBytes) {
        List<Size> sizes = sizes(
                sql.createQuery("""
                        select seq, bytes from parley_message
                        where channel_id = :channel and seq > :seq
                        order by channel_id, seq fetch first :limit rows only
                        """).bind("channel", log.id()).bind("seq", seq).bind("limit", limit));
        int count = within(sizes, maxBytes);
        return count == 0
                ? List.of()
                : between(sql, log, sizes.get(0).seq(), sizes.get(count - 1).seq());
    }

    /** The newest messages before a seq, bounded by {@code maxBytes} but at least one if there is one. */
    public Optional<HistoryPage> history(
            Handle sql, Channel channel, UserKey reader, long before, int limit, int maxBytes) {
        Optional<HistoryPage> page = history(sql, channel, before, limit, maxBytes);
        return members.access(sql, channel, reader).mayRead() ? page : Optional.empty();
    }

    private Optional<HistoryPage> history(Handle sql, Channel channel, long before, int limit, int maxBytes) {
        Optional<Log> log = log(sql, channel);
        if (log.isEmpty()) {
            return Optional.empty();
        }
        long shown = oldest(channel, log.get().head(), log.get().oldest());
        List<Size> newestFirst = sizes(sql.createQuery("""
                        select seq, bytes from parley_message
                        where channel_id = :channel and seq >= :shown and seq < :before
                        order by channel_id desc, seq desc fetch first :limit rows only
                        """)
                .bind("channel", log.get().id())
                .bind("shown", shown)
                .bind("before", before)
                .bind("limit", limit));
        int count = within(newestFirst, maxBytes);
        List<Backlog.Entry> messages = count == 0
                ? List.of()
                : between(
                        sql,
                        log.get(),
                        newestFirst.get(count - 1).seq(),
                        newestFirst.get(0).seq());
        // Read again: messages that were trimmed meanwhile are missing from the page too.
        long oldest = Math.max(shown, log(sql, channel).map(Log::oldest).orElse(shown));
        boolean more = !messages.isEmpty() && messages.get(0).seq() > oldest;
        return Optional.of(new HistoryPage(
                messages.stream().map(entry -> entry.message().json()).toList(), oldest, more));
    }

    private static List<Size> sizes(Query query) {
        return query.map((row, context) -> new Size(row.getLong("seq"), row.getInt("bytes")))
                .list();
    }

    /** Number of messages, from the first on, whose total size is within the bound; at least one if there is one. */
    private static int within(List<Size> sizes, int maxBytes) {
        long bytes = 0;
        for (int count = 0; count < sizes.size(); count++) {
            bytes += sizes.get(count).bytes();
            if (bytes > maxBytes && count > 0) {
                return count;
            }
        }
        return sizes.size();
    }

    private static List<Backlog.Entry> between(Handle sql, Log log, long first, long last) {
        return sql.createQuery("""
                        select seq, body, bytes from parley_message
                        where channel_id = :channel and seq between :first and :last
                        order by channel_id, seq
                        """)
                .bind("channel", log.id())
                .bind("first", first)
                .bind("last", last)
                .map((row, context) ->
                        new Backlog.Entry(row.getLong("seq"), Encoded.of(row.getString("body"), row.getInt("bytes"))))
                .list();
    }

    /** Moves the mark forward, never back and never past the head; returns its seq. */
    public Optional<Long> mark(Handle sql, Channel channel, UserKey reader, long seq) {
        Optional<Log> log = log(sql, channel);
        if (log.isEmpty() || !members.access(sql, channel, reader).mayRead()) {
            return Optional.empty();
        }
        long wanted = Math.min(seq, log.get().head());
        int moved = sql.createUpdate("""
                        update parley_read_mark set seq = case when seq < :seq then :seq else seq end
                        where reader = :reader and channel_id = :channel
                        """)
                .bind("seq", wanted)
                .bind("reader", reader.value())
                .bind("channel", log.get().id())
                .execute();
        if (moved == 0) {
            lock(sql, log.get());
            sql.createUpdate("insert into parley_read_mark (reader, channel_id, seq) values (:reader, :channel, :seq)")
                    .bind("reader", reader.value())
                    .bind("channel", log.get().id())
                    .bind("seq", wanted)
                    .execute();
            return Optional.of(wanted);
        }
        return sql.createQuery("select seq from parley_read_mark where reader = :reader and channel_id = :channel")
                .bind("reader", reader.value())
                .bind("channel", log.get().id())
                .mapTo(Long.class)
                .findOne();
    }

    /**
     * Locks the channel before the first mark of a reader is inserted, as the writer does. PostgreSQL locks it for the
     * foreign key anyway, but after the insert: then the writer, which holds the channel and inserts the same mark for
     * the reader's own message, would wait for this transaction, and this one for the writer.
     */
    private static void lock(Handle sql, Log log) {
        sql.createQuery("select id from parley_channel where id = :channel for update")
                .bind("channel", log.id())
                .mapTo(Long.class)
                .one();
    }

    /**
     * A message that a channel must have, unless it has another epoch.
     *
     * @param ending of its JSON
     */
    public record Expected(Position position, String ending) {}

    private record Lost(String name, Optional<String> epoch) {}

    /**
     * Gives a new epoch to the channels that lack the message that they must have, or have another one in its place. A
     * message that retention has deleted is not missed, nor the inbox of a guest that was forgotten.
     *
     * @return these channels, and those that are gone; without those that got a new epoch at the same time elsewhere
     */
    public Set<Channel> renewLost(Handle sql, Map<Channel, Expected> expected, String epoch) {
        Map<String, Channel> byName = new HashMap<>();
        expected.keySet().forEach(channel -> byName.put(channel.name(), channel));
        List<Lost> lost = lost(sql, expected);
        Set<Channel> renewed = new HashSet<>();
        lost.stream().filter(one -> one.epoch().isEmpty()).forEach(one -> renewed.add(byName.get(one.name())));
        // In name order, as everywhere, so that two nodes never deadlock.
        sql
                .createQuery("select name, epoch from parley_channel where name = any(:names) order by name for update")
                .bindArray("names", String.class, Columns.of(lost, Lost::name))
                .map((row, context) -> new Lost(row.getString("name"), Optional.of(row.getString("epoch"))))
                .list()
                .stream()
                .filter(lost::contains)
                .map(one -> byName.get(one.name()))
                .forEach(channel -> {
                    renewEpoch(sql, channel, epoch);
                    renewed.add(channel);
                });
        return renewed;
    }

    private static List<Lost> lost(Handle sql, Map<Channel, Expected> expected) {
        List<Channel> channels = List.copyOf(expected.keySet());
        return sql.createQuery("""
                        select v.name, c.epoch
                        from unnest(cast(:names as varchar array), cast(:epochs as varchar array),
                          cast(:seqs as bigint array), cast(:endings as varchar array))
                          as v (name, epoch, seq, ending)
                        left join parley_channel c on c.name = v.name
                        left join parley_message m on m.channel_id = c.id and m.seq = v.seq
                        where (c.id is null and v.name not like 'guest:%') or (c.epoch = v.epoch and (c.head < v.seq
                          or (c.oldest <= v.seq
                            and (m.body is null or right(m.body, char_length(v.ending)) <> v.ending))))
                        """)
                .bindArray("names", String.class, Columns.of(channels, Channel::name))
                .bindArray("seqs", Long.class, Columns.of(channels, channel -> expected.get(channel)
                        .position()
                        .seq()))
                .bindArray("epochs", String.class, Columns.of(channels, channel -> expected.get(channel)
                        .position()
                        .epoch()))
                .bindArray("endings", String.class, Columns.of(channels, channel -> expected.get(channel)
                        .ending()))
                .map((row, context) -> new Lost(row.getString("name"), Optional.ofNullable(row.getString("epoch"))))
                .list();
    }

    /** The expression of {@link #server}. */
    static String serverExpression(Handle sql) {
        return Transactions.isPostgres(sql)
                // Milliseconds: the text of a time depends on the time zone of a connection.
                ? "cast(cast(extract(epoch from pg_postmaster_start_time()) * 1000 as bigint) as varchar)"
                : "'H2'";
    }

    /** Names the process of the database: another one after each start of PostgreSQL; H2 is part of this process. */
    public String server(Handle sql) {
        return sql.createQuery("select " + serverExpression(sql))
                .mapTo(String.class)
                .one();
    }

    /** Gives a channel a new epoch; returns whether it exists. */
    public boolean renewEpoch(Handle sql, Channel channel, String epoch) {
        GrowthTables.changed(sql, channel);
        return sql.createUpdate("update parley_channel set epoch = :epoch where name = :name")
                        .bind("epoch", epoch)
                        .bind("name", channel.name())
                        .execute()
                == 1;
    }

    /**
     * Gives each channel a new epoch, and no two the same: a client's {@code inbox} position does not say whose it is,
     * and the next user of that client must not go on from it.
     */
    public int renewEpochs(Handle sql, String epoch) {
        GrowthTables.allChanged(sql);
        return sql.createUpdate("update parley_channel set epoch = :epoch || '-' || id")
                .bind("epoch", epoch)
                .execute();
    }
}
