package dev.parley.server.store.jdbc;

import dev.parley.protocol.UserKey;
import dev.parley.server.store.model.Revocation;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The SQL of revocations. Every method works inside the caller's transaction and blocks. */
public final class RevocationTables {
    /**
     * Never below the clock: after a restored backup, numbers are higher than those that sessions of before it hold.
     */
    private static final String NEXT_NUMBER = """
            update parley_last_revocation set number =
              greatest(number + 1, cast(extract(epoch from current_timestamp) * 1000 as bigint))
            """;

    /** Gives the user's revocation the next number, and moves its moment forward, never back. */
    public Revocation revoke(Handle sql, UserKey key, OffsetDateTime moment) {
        sql.execute(NEXT_NUMBER);
        int known = sql.createUpdate("""
                        update parley_revocation set
                          number = (select l.number from parley_last_revocation l),
                          revoked_at =
                            case when revoked_at < :at then cast(:at as timestamp with time zone) else revoked_at end
                        where user_key = :key
                        """)
                .bind("at", moment)
                .bind("key", key.value())
                .execute();
        if (known == 0) {
            sql.createUpdate("""
                            insert into parley_revocation (user_key, revoked_at, number)
                            select cast(:key as varchar), cast(:at as timestamp with time zone), l.number
                            from parley_last_revocation l
                            """).bind("key", key.value()).bind("at", moment).execute();
        }
        return sql.createQuery("select number as revocation, revoked_at from parley_revocation where user_key = :key")
                .bind("key", key.value())
                .map((row, context) -> revocation(row).orElseThrow())
                .one();
    }

    /** What a row says in {@code revocation} and {@code revoked_at}; empty if they are null. */
    static Optional<Revocation> revocation(ResultSet row) throws SQLException {
        long number = row.getLong("revocation");
        return Optional.ofNullable(row.getObject("revoked_at", OffsetDateTime.class))
                .map(at -> new Revocation(number, at.toInstant()));
    }

    /** The last revocations of users with a number above this one, by key. */
    public Map<UserKey, Revocation> since(Handle sql, long number) {
        Map<UserKey, Revocation> revoked = new HashMap<>();
        sql.createQuery(
                        "select user_key, number as revocation, revoked_at from parley_revocation where number > :number")
                .bind("number", number)
                .map((row, context) -> Map.entry(
                        new UserKey(row.getString("user_key")), revocation(row).orElseThrow()))
                .forEach(one -> revoked.put(one.getKey(), one.getValue()));
        return revoked;
    }
}
