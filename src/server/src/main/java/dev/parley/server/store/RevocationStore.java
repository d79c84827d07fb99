package dev.parley.server.store;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * Since when whose tokens count for nothing. Any thread may call any method, none blocks; a transient failure fails a
 * stage with {@link StoreUnavailable}.
 */
public final class RevocationStore {
    private final Database database;

    public RevocationStore(Database database) {
        this.database = database;
    }

    /**
     * Moves the moment forward, never back.
     *
     * @param key of the identity
     * @return the moment that holds now
     */
    public CompletionStage<Instant> revoke(String key, Instant at) {
        OffsetDateTime moment = at.truncatedTo(ChronoUnit.MILLIS).atOffset(ZoneOffset.UTC);
        return database.query(sql -> {
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
        });
    }

    /** All that changed at this moment or later, by key. */
    public CompletionStage<Map<String, Instant>> since(Instant moment) {
        return database.query(sql -> {
            Map<String, Instant> revoked = new HashMap<>();
            sql.createQuery("select identity, revoked_at from parley_revocation where revoked_at >= :moment")
                    .bind("moment", moment.atOffset(ZoneOffset.UTC))
                    .map((row, context) -> Map.entry(
                            row.getString("identity"),
                            row.getObject("revoked_at", OffsetDateTime.class).toInstant()))
                    .forEach(one -> revoked.put(one.getKey(), one.getValue()));
            return revoked;
        });
    }
}
