package dev.parley.server.store;

import dev.parley.protocol.UserKey;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.RevocationTables;
import dev.parley.server.store.model.StoreUnavailable;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * Stores revocations: for each identity, the moment before which its tokens are void. Any thread may call any method;
 * only {@link #readSince} blocks. A transient failure fails a stage with {@link StoreUnavailable}.
 */
public final class RevocationStore {
    private final Database database;
    private final RevocationTables tables = new RevocationTables();

    public RevocationStore(Database database) {
        this.database = database;
    }

    /**
     * Moves the moment forward, never back.
     *
     * @return the moment that is valid now
     */
    public CompletionStage<Instant> revoke(UserKey key, Instant at) {
        OffsetDateTime moment = at.truncatedTo(ChronoUnit.MILLIS).atOffset(ZoneOffset.UTC);
        return database.query(sql -> tables.revoke(sql, key, moment));
    }

    /** The revocations whose moment is this one or later. */
    public CompletionStage<Map<UserKey, Instant>> since(Instant moment) {
        return database.statements(sql -> tables.since(sql, moment));
    }

    /**
     * Reads the same on the calling thread.
     *
     * @throws StoreUnavailable after a transient failure
     */
    public Map<UserKey, Instant> readSince(Instant moment) {
        return database.transactions().runRetryingCollision(sql -> tables.since(sql, moment));
    }
}
