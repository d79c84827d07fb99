package dev.parley.server.store.jdbc;

import dev.parley.server.store.model.NodeLoad;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatements;

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
     * @param name process and host, for people
     * @param backplane how it hears of others: {@code local} or {@code redis}
     * @param load at its last renewal
     */
    public record Node(String id, String name, OffsetDateTime startedAt, String backplane, NodeLoad load) {}

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
    public List<Node> renew(Handle sql, String id, String name, String backplane, NodeLoad load) {
        withDeadline(sql);
        int known = sql.createUpdate("update parley_node set sessions = :sessions, is_draining = :isDraining,"
                        + " lease_until = current_timestamp + " + LEASE + " where id = :id")
                .bind("id", id)
                .bind("sessions", load.sessions())
                .bind("isDraining", load.isDraining())
                .execute();
        if (known == 0) {
            sql.createUpdate("""
                            insert into parley_node
                              (id, name, backplane, sessions, is_draining, started_at, lease_until)
                            values (:id, :name, :backplane, :sessions, :isDraining, current_timestamp,
                              current_timestamp +\s""" + LEASE + ")")
                    .bind("id", id)
                    .bind("name", name)
                    .bind("backplane", backplane)
                    .bind("sessions", load.sessions())
                    .bind("isDraining", load.isDraining())
                    .execute();
        }
        sql.execute("delete from parley_node where lease_until <= current_timestamp");
        GrowthTables.trimChanges(sql);
        return sql.createQuery("select id, name, started_at, backplane, sessions, is_draining from parley_node"
                        + " where id <> :id order by started_at, id")
                .bind("id", id)
                .map((row, context) -> new Node(
                        row.getString("id"),
                        row.getString("name"),
                        row.getObject("started_at", OffsetDateTime.class),
                        row.getString("backplane"),
                        new NodeLoad(row.getLong("sessions"), row.getBoolean("is_draining"))))
                .list();
    }

    private static void withDeadline(Handle sql) {
        sql.getConfig(SqlStatements.class).setQueryTimeout((int) STATEMENT_DEADLINE.toSeconds());
    }

    /** Releases a lease. */
    public int delete(Handle sql, String id) {
        withDeadline(sql);
        return sql.createUpdate("delete from parley_node where id = :id")
                .bind("id", id)
                .execute();
    }
}
