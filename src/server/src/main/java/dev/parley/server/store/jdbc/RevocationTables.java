package dev.parley.server.store.jdbc;

import dev.parley.protocol.UserKey;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import org.jdbi.v3.core.Handle;

/** The SQL of revocations. Every method works inside the caller's transaction and blocks. */
public final class RevocationTables {
    /** Moves the moment forward, never back; returns the moment that is valid now. */
    public Instant revoke(Handle sql, UserKey key, OffsetDateTime moment) {
        int known = sql.createUpdate("""
                        update parley_revocation set revoked_at =
                          case when revoked_at < :at then cast(:at as timestamp with time zone) else revoked_at end
                        where user_key = :key
                        """)
                .bind("at", moment)
                .bind("key", key.value())
                .execute();
        if (known == 0) {
            sql.createUpdate("insert into parley_revocation (user_key, revoked_at) values (:key, :at)")
                    .bind("key", key.value())
                    .bind("at", moment)
                    .execute();
        }
        return sql.createQuery("select revoked_at from parley_revocation where user_key = :key")
                .bind("key", key.value())
                .mapTo(OffsetDateTime.class)
                .one()
                .toInstant();
    }

    /** The revocations whose moment is this one or later, by key. */
    public Map<UserKey, Instant> since(Handle sql, Instant moment) {
        Map<UserKey, Instant> revoked = new HashMap<>();
        sql.createQuery("select user_key, revoked_at from parley_revocation where revoked_at >= :moment")
                .bind("moment", moment.atOffset(ZoneOffset.UTC))
                .map((row, context) -> Map.entry(
                        new UserKey(row.getString("user_key")),
                        row.getObject("revoked_at", OffsetDateTime.class).toInstant()))
                .forEach(one -> revoked.put(one.getKey(), one.getValue()));
        return revoked;
    }
}
