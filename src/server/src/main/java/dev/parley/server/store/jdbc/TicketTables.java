package dev.parley.server.store.jdbc;

import dev.parley.protocol.UserKey;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** The SQL of one-time tickets. Every method works inside the caller's transaction and blocks. */
public final class TicketTables {
    private static final String USE = """
            insert into parley_ticket_use (id, expires_at)
            select v.id, v.expires_at
            from (values (cast(:id as varchar), cast(:expires as timestamp with time zone))) as v (id, expires_at)
            where not exists (select 1 from parley_ticket_use u where u.id = v.id)
            and not exists (select 1 from parley_revocation r where r.user_key = :holder and r.number > :revocation)
            """;

    /** @param now the clock of the database */
    public record Key(String id, String secret, Instant createdAt, Instant now) {
        public Duration age() {
            return Duration.between(createdAt, now);
        }
    }

    /**
     * Returns whether the ticket was not used before, and its holder not revoked. On H2 a use at the same time is a
     * collision.
     *
     * @param revocation number of the revocation that the ticket came after
     */
    public boolean use(Handle sql, String id, Instant expires, UserKey holder, long revocation) {
        return sql.createUpdate(Transactions.isPostgres(sql) ? USE + "on conflict (id) do nothing" : USE)
                        .bind("id", id)
                        .bind("expires", expires.atOffset(ZoneOffset.UTC))
                        .bind("holder", holder.value())
                        .bind("revocation", revocation)
                        .execute()
                == 1;
    }

    /** Whether the ticket was used. */
    public boolean isUsed(Handle sql, String id) {
        return sql.createQuery("select 1 from parley_ticket_use where id = :id")
                .bind("id", id)
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
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

    /** Deletes uses of tickets that expired so many seconds ago, and keys that are so old. */
    public int trim(Handle sql, long uses, long keys) {
        return sql.createUpdate("delete from parley_ticket_use where expires_at < current_timestamp"
                                + " - cast(:uses as integer) * interval '1' second")
                        .bind("uses", uses)
                        .execute()
                + sql.createUpdate("delete from parley_ticket_key where created_at < current_timestamp"
                                + " - cast(:keys as integer) * interval '1' second")
                        .bind("keys", keys)
                        .execute();
    }
}
