package dev.parley.server.store.jdbc;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.server.fanout.Backlog;
import dev.parley.server.store.model.Access;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Update;

/**
 * The SQL of the growth log, by which the nodes of a cluster learn from the database which channels grew. Every method
 * works inside the caller's transaction and blocks.
 */
public final class GrowthTables {
    /** Beside the parameters of {@link Commit} it has those of the heads of a group of appends. */
    static final String INSERT = """
            insert into parley_growth (node, n, channels, heads)
            values (:growthNode, :growthNumber, cast(:logs as bigint array), cast(:heads as bigint array))
            """;

    /** How long a row is kept: longer than a node that reads nothing may keep its {@linkplain NodeTables lease}. */
    private static final String KEPT = "interval '60' second";

    /**
     * What grew, and what {@linkplain #changed changed}. The other nodes are those with a lease, and those that are
     * known: a node gives its lease back right after its last row. One row at least, for the time. Changes of channels
     * that are gone are left out.
     */
    private static final String SINCE = """
            select current_timestamp as now, %s as server, g.node, g.n, g.channels, g.heads,
              null as change, null as kind, null as name
            from (values (1)) as one (x)
            left join (
              select g.node, g.n, g.channels, g.heads
              from (select id from parley_node where id <> :self
                    union select k.node from unnest(cast(:nodes as varchar array)) as k (node)) p
              left join unnest(cast(:nodes as varchar array), cast(:numbers as bigint array)) as k (node, n)
                on k.node = p.id
              join parley_growth g on g.node = p.id and g.n > coalesce(k.n, 0)) g on 1 = 1
            union all
            select null, null, null, null, null, null, h.id, c.kind, c.name
            from parley_change h left join parley_channel c on c.name = h.name
            where h.name is null or c.id is not null
            """;

    /** The number of a commit of this node: one more with each. */
    public record Commit(String node, long number) {
        void bindTo(Update update) {
            update.bind("growthNode", node).bind("growthNumber", number);
        }
    }

    /**
     * What other nodes committed.
     *
     * @param now the clock of the database
     * @param server its process; see {@link MessageTables#server}
     * @param numbers the last number of each node that committed something, by its id
     * @param heads the highest seq of each channel that grew, by the id of its row
     * @param changes what any node changed within the last minute
     */
    public record Growth(
            Instant now, String server, Map<String, Long> numbers, Map<Long, Long> heads, List<Change> changes) {}

    /**
     * What the change log says of a channel.
     *
     * @param channel empty if all channels have a new epoch
     */
    public record Change(long id, Optional<Channel> channel) {}

    /** Inserts a row beside those of appended groups. */
    static void insert(Handle sql, Commit commit, List<Long> channels, List<Long> heads) {
        Update update = sql.createUpdate(INSERT);
        commit.bindTo(update);
        update.bindArray("logs", Long.class, channels.toArray())
                .bindArray("heads", Long.class, heads.toArray())
                .execute();
    }

    /** The clock of the database. */
    public Instant now(Handle sql) {
        return sql.createQuery("select current_timestamp")
                .mapTo(OffsetDateTime.class)
                .one()
                .toInstant();
    }

    /**
     * The growth by other nodes, and the changes by all.
     *
     * @param self id of this node
     * @param known the last number of each node that was read, by its id
     */
    public Growth since(Handle sql, String self, Map<String, Long> known) {
        List<String> nodes = List.copyOf(known.keySet());
        Map<String, Long> numbers = new HashMap<>();
        Map<Long, Long> heads = new HashMap<>();
        List<Change> changes = new ArrayList<>();
        List<Instant> now = new ArrayList<>();
        List<String> server = new ArrayList<>();
        sql.createQuery(SINCE.formatted(MessageTables.serverExpression(sql)))
                .bind("self", self)
                .bindArray("nodes", String.class, nodes.toArray())
                .bindArray("numbers", Long.class, nodes.stream().map(known::get).toArray())
                .map((row, context) -> {
                    if (row.getObject("change") != null) {
                        changes.add(new Change(
                                row.getLong("change"),
                                row.getString("name") == null ? Optional.empty() : Columns.channel(row)));
                        return true;
                    }
                    now.add(row.getObject("now", OffsetDateTime.class).toInstant());
                    server.add(row.getString("server"));
                    if (row.getString("node") != null) {
                        numbers.merge(row.getString("node"), row.getLong("n"), Math::max);
                        Object[] channels = array(row, "channels");
                        Object[] grownTo = array(row, "heads");
                        for (int i = 0; i < channels.length; i++) {
                            heads.merge((Long) channels[i], (Long) grownTo[i], Math::max);
                        }
                    }
                    return true;
                })
                .list();
        return new Growth(now.get(0), server.get(0), numbers, heads, changes);
    }

    private static Object[] array(ResultSet row, String column) throws SQLException {
        Array array = row.getArray(column);
        Object[] values = (Object[]) array.getArray();
        return Arrays.copyOf(values, values.length);
    }

    /** The channels of these ids; without those that are gone, or whose names this Java does not know. */
    public Map<Long, Channel> channels(Handle sql, Collection<Long> ids) {
        Map<Long, Channel> found = new HashMap<>();
        sql.createQuery("select id, kind, name from parley_channel where id = any(:ids)")
                .bindArray("ids", Long.class, ids.toArray())
                .map((row, context) -> Map.entry(row.getLong("id"), Columns.channel(row)))
                .forEach(one -> one.getValue().ifPresent(channel -> found.put(one.getKey(), channel)));
        return found;
    }

    /** Where each of these channels is that exists. */
    public Map<Channel, Backlog.State> states(Handle sql, Collection<Channel> channels) {
        Map<String, Channel> byName = new HashMap<>();
        channels.forEach(channel -> byName.put(channel.name(), channel));
        Map<Channel, Backlog.State> states = new HashMap<>();
        sql.createQuery("select name, epoch, head, acl_version from parley_channel where name = any(:names)")
                .bindArray("names", String.class, byName.keySet().toArray())
                .map((row, context) -> Map.entry(byName.get(row.getString("name")), state(row)))
                .forEach(one -> states.put(
                        one.getKey(),
                        one.getKey().isPrivate()
                                ? one.getValue()
                                : new Backlog.State(one.getValue().head(), Access.OPEN.aclVersion())));
        return states;
    }

    private static Backlog.State state(ResultSet row) throws SQLException {
        return new Backlog.State(new Position(row.getString("epoch"), row.getLong("head")), row.getLong("acl_version"));
    }

    /** Tells all nodes that the epoch or the access list of a channel changes with this transaction. */
    static void changed(Handle sql, Channel channel) {
        sql.createUpdate("insert into parley_change (name) values (:name)")
                .bind("name", channel.name())
                .execute();
    }

    /** Tells all nodes that all channels get a new epoch with this transaction. */
    static void allChanged(Handle sql) {
        sql.execute("insert into parley_change (name) values (null)");
    }

    /** Deletes changes that all nodes have read. */
    static int trimChanges(Handle sql) {
        return sql.execute("delete from parley_change where at < current_timestamp - " + KEPT);
    }

    /** Deletes rows that every node has read, or will not read any more. */
    public int trim(Handle sql) {
        return sql.execute("delete from parley_growth where at < current_timestamp - " + KEPT);
    }
}
