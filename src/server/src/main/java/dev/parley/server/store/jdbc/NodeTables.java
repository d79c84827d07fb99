package dev.parley.server.store.jdbc;

import dev.parley.server.store.model.ListedNode;
import dev.parley.server.store.model.NodeReport;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jdbi.v3.core.statement.Update;

/**
 * The SQL of the nodes that use the database. Leases expire by the clock of the database, so that the clocks of the
 * nodes do not matter. Every method works inside the caller's transaction and blocks.
 */
public final class NodeTables {
    /** Long enough to survive three renewals that fail. */
    private static final String LEASE = "interval '20' second";

    /** Deadline of one statement: a renewal that waits for a lock must release its thread for the sign-ins. */
    private static final Duration STATEMENT_DEADLINE = Duration.ofSeconds(2);

    /**
     * A node as it takes its lease.
     *
     * @param name for people
     * @param version of Parley
     * @param backplane how it hears of others: {@code local} or {@code redis}
     */
    public record Registration(String id, String name, String version, String backplane) {}

    /**
     * Another node.
     *
     * @param report at its last renewal
     */
    public record Node(String id, String name, OffsetDateTime startedAt, String backplane, NodeReport report) {}

    /** The id of the cluster; this one, if there is none yet. */
    public String clusterId(Handle sql, String fresh) {
        return findClusterId(sql).orElseGet(() -> {
            sql.createUpdate("insert into parley_cluster (one, id) values (1, :id)")
                    .bind("id", fresh)
                    .execute();
            return fresh;
        });
    }

    private static Optional<String> findClusterId(Handle sql) {
        return sql.createQuery("select id from parley_cluster")
                .mapTo(String.class)
                .findOne();
    }

    /** Takes or renews the lease of a node and deletes expired leases; returns the other nodes. */
    public List<Node> renew(Handle sql, Registration node, NodeReport report) {
        withDeadline(sql);
        int known = bound(sql.createUpdate("""
                                update parley_node
                                set sessions = :sessions, is_draining = :isDraining, problem = :problem,
                                  lease_until = current_timestamp +\s""" + LEASE + " where id = :id"), node, report)
                .execute();
        if (known == 0) {
            bound(sql.createUpdate("""
                                    insert into parley_node (id, name, version, backplane, sessions, is_draining,
                                      problem, started_at, lease_until)
                                    values (:id, :name, :version, :backplane, :sessions, :isDraining,
                                      :problem, current_timestamp, current_timestamp +\s""" + LEASE + ")"), node, report)
                    .bind("name", node.name())
                    .bind("version", node.version())
                    .bind("backplane", node.backplane())
                    .execute();
        }
        sql.execute("delete from parley_node where lease_until <= current_timestamp");
        GrowthTables.trimChanges(sql);
        return sql.createQuery("select id, name, started_at, backplane, sessions, is_draining, problem"
                        + " from parley_node where id <> :id order by started_at, id")
                .bind("id", node.id())
                .map((row, context) -> new Node(
                        row.getString("id"),
                        row.getString("name"),
                        row.getObject("started_at", OffsetDateTime.class),
                        row.getString("backplane"),
                        report(row)))
                .list();
    }

    private static Update bound(Update statement, Registration node, NodeReport report) {
        return statement
                .bind("id", node.id())
                .bind("sessions", report.sessions())
                .bind("isDraining", report.isDraining())
                .bind("problem", report.problem().orElse(null));
    }

    /** The nodes with a lease, the oldest first. */
    public List<ListedNode> list(Handle sql) {
        withDeadline(sql);
        return sql.createQuery("select id, name, version, backplane, sessions, is_draining, problem, started_at,"
                        + " lease_until - " + LEASE + " as seen_at"
                        + " from parley_node where lease_until > current_timestamp order by started_at, id")
                .map((row, context) -> new ListedNode(
                        row.getString("id"),
                        row.getString("name"),
                        row.getString("version"),
                        row.getString("backplane"),
                        row.getObject("started_at", OffsetDateTime.class).toInstant(),
                        row.getObject("seen_at", OffsetDateTime.class).toInstant(),
                        report(row)))
                .list();
    }

    private static NodeReport report(ResultSet row) throws SQLException {
        return new NodeReport(
                row.getInt("sessions"), row.getBoolean("is_draining"), Optional.ofNullable(row.getString("problem")));
    }

    private static void withDeadline(Handle sql) {
        sql.getConfig(SqlStatements.class).setQueryTimeout((int) STATEMENT_DEADLINE.toSeconds());
    }

    /**
     * Tells the other nodes that a node compares its log with a server process of the database in this transaction.
     *
     * @param server as {@link MessageTables#server} names it
     */
    public void noteCompared(Handle sql, String node, String server) {
        sql.createUpdate(
                        Transactions.isPostgres(sql)
                                ? "insert into parley_compared (node, server) values (:node, :server)"
                                        + " on conflict (node) do update set server = excluded.server, at = excluded.at"
                                : "merge into parley_compared (node, server) key (node) values (:node, :server)")
                .bind("node", node)
                .bind("server", server)
                .execute();
    }

    /** The nodes that have compared their logs with this server process. */
    public Set<String> compared(Handle sql, String server) {
        return sql.createQuery("select node from parley_compared where server = :server")
                .bind("server", server)
                .mapTo(String.class)
                .set();
    }

    /** Deletes what nodes that are gone have noted. */
    public int trimCompared(Handle sql) {
        return sql.execute("delete from parley_compared where at < current_timestamp - interval '1' hour"
                + " and not exists (select 1 from parley_node where id = node)");
    }

    /** Releases a lease. */
    public int delete(Handle sql, String id) {
        withDeadline(sql);
        return sql.createUpdate("delete from parley_node where id = :id")
                .bind("id", id)
                .execute();
    }
}
