package dev.parley.server.store.jdbc;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** The SQL of one-time tickets. Every method works inside the caller's transaction and blocks. */
public final class TicketTables {
    private static final String USE = """
            insert into parley_ticket_use (id)
            select v.id from (values (cast(:id as varchar))) as v (id)
            where not exists (select 1 from parley_ticket_use u where u.id = v.id)
            """;

    /** @param now the clock of the database */
    public record Key(String id, String secret, Instant createdAt, Instant now) {
        public Duration age() {
            return Duration.between(createdAt, now);
        }
    }

    /** Returns whether the ticket was not used before. On H2 a use at the same time is a collision. */
    public boolean use(Handle sql, String id) {
        return sql.createUpdate(Transactions.isPostgres(sql) ? USE + "on conflict (id) do nothing" : USE)
                        .bind("id", id)
                        .execute()
                == 1;
    }

    /** All keys, the newest first. */
    public List<Key> keys(Handle sql) {
        return sql.createQuery("select id, secret, created_at, current_timestamp as now from parley_ticket_key"
                        + " order by created_at desc, id")
                .map((row, context) -> new Key(
                        row.getString("id"),
                        row.getString("secret"),
                        row.getObject("created_at", OffsetDateTime.class).toInstant(),
                        row.getObject("now", OffsetDateTime.class).toInstant()))
                .list();
    }

    public void addKey(Handle sql, String id, String secret) {
        sql.createUpdate("insert into parley_ticket_key (id, secret) values (:id, :secret)")
                .bind("id", id)
                .bind("secret", secret)
                .execute();
    }

    /** Deletes uses and keys that are older than these times, in seconds. */
    public int trim(Handle sql, long uses, long keys) {
        return sql.createUpdate("delete from parley_ticket_use where used_at < current_timestamp"
                                + " - cast(:uses as integer) * interval '1' second")
                        .bind("uses", uses)
                        .execute()
                + sql.createUpdate("delete from parley_ticket_key where created_at < current_timestamp"
                                + " - cast(:keys as integer) * interval '1' second")
                        .bind("keys", keys)
                        .execute();
    }
}
