package dev.parley.server.store;

import dev.parley.protocol.UserKey;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.RevocationTables;
import dev.parley.server.store.model.Revocation;
import dev.parley.server.store.model.StoreUnavailable;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * Stores the last revocation of each user's tokens. Any thread may call any method; only {@link #readAll} blocks. A
 * transient failure fails a stage with {@link StoreUnavailable}.
 */
public final class RevocationStore {
    private final Database database;
    private final RevocationTables tables = new RevocationTables();

    public RevocationStore(Database database) {
        this.database = database;
    }

    /**
     * Revokes what was given to a user until now.
     *
     * @param at when, by the clock of the database; an earlier moment than before changes none
     */
    public CompletionStage<Revocation> revoke(UserKey key, Instant at) {
        return database.query(
                sql -> tables.revoke(sql, key, at.truncatedTo(ChronoUnit.MILLIS).atOffset(ZoneOffset.UTC)));
    }

    /** The revocations with a number above this one. */
    public CompletionStage<Map<UserKey, Revocation>> since(long number) {
        return database.statements(sql -> tables.since(sql, number));
    }

    /**
     * Reads all revocations on the calling thread.
     *
     * @throws StoreUnavailable after a transient failure
     */
    public Map<UserKey, Revocation> readAll() {
        return database.transactions().runRetryingCollision(sql -> tables.since(sql, Long.MIN_VALUE));
    }
}
