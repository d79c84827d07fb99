package dev.parley.server.store.jdbc;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import org.jdbi.v3.core.Handle;

/** The SQL of revocations. Every method works inside the caller's transaction and blocks. */
public final class RevocationTables {
    /** Moves the moment forward, never back; returns the moment that is valid now. */
    public Instant revoke(Handle sql, String key, OffsetDateTime moment) {
        int known = sql.createUpdate("update parley_revocation set revoked_at = case when revoked_at < :at then"
                        + " cast(:at as timestamp with time zone) else revoked_at end where identity = :key")
                .bind("at", moment)
                .bind("key", key)
                .execute();
        if (known == 0) {
            sql.createUpdate("insert into parley_revocation (identity, revoked_at) values (:key, :at)")
                    .bind("key", key)
                    .bind("at", moment)
                    .execute();
        }
        return sql.createQuery("select revoked_at from parley_revocation where identity = :key")
                .bind("key", key)
                .mapTo(OffsetDateTime.class)
                .one()
                .toInstant();
    }

    /** The revocations whose moment is this one or later, by key. */
    public Map<String, Instant> since(Handle sql, Instant moment) {
        Map<String, Instant> revoked = new HashMap<>();
        sql.createQuery("select identity, revoked_at from parley_revocation where revoked_at >= :moment")
                .bind("moment", moment.atOffset(ZoneOffset.UTC))
                .map((row, context) -> Map.entry(
                        row.getString("identity"),
                        row.getObject("revoked_at", OffsetDateTime.class).toInstant()))
                .forEach(one -> revoked.put(one.getKey(), one.getValue()));
        return revoked;
    }
}
