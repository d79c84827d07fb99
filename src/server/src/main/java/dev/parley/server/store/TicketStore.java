package dev.parley.server.store;

import dev.parley.server.auth.Identity;
import dev.parley.server.auth.TicketKey;
import dev.parley.server.auth.TicketKeys;
import dev.parley.server.auth.TicketUses;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.SqlErrors;
import dev.parley.server.store.jdbc.TicketTables;
import dev.parley.server.store.model.StoreUnavailable;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;

/**
 * The one-time tickets of a cluster: the keys that sign them, and which were used. Any thread; {@link #use} and
 * {@link #start} wait for the database.
 */
public final class TicketStore implements TicketUses {
    /** How often {@link #refresh} is to be called. */
    public static final Duration REFRESH = Duration.ofSeconds(5);

    /** A key is replaced when it is as old as that. */
    private static final Duration KEY_AGE = Duration.ofHours(24);

    /** The age at which a key signs: by then every node has read it. */
    private static final Duration KNOWN = REFRESH.multipliedBy(6);

    /** Keys are kept until their last ticket has expired. */
    private static final Duration KEY_KEPT = KEY_AGE.multipliedBy(2);

    /** How far the clocks of nodes and of the database may differ; a node warns of more. */
    private static final Duration CLOCKS_MAX = Duration.ofMinutes(2);

    /** A server may have five threads for HTTP: so many of them wait for the database at a time. */
    private static final int WAITING_MAX = 2;

    private static final Duration PATIENCE = Duration.ofMillis(500);

    private static final Logger LOG = System.getLogger(TicketStore.class.getName());

    private final Database database;
    private final TicketKeys keys;
    private final Supplier<String> ids;
    private final Optional<String> tokenSecret;
    private final TicketTables tables = new TicketTables();
    private final Semaphore waiting = new Semaphore(WAITING_MAX);

    /**
     * @param ids source of random ids of keys
     * @param tokenSecret secret of all nodes that is not in the database, if there is one: without it, who reads the
     *     database or a backup of it makes tickets
     */
    public TicketStore(Database database, TicketKeys keys, Supplier<String> ids, Optional<String> tokenSecret) {
        this.database = database;
        this.keys = keys;
        this.ids = ids;
        this.tokenSecret = tokenSecret;
    }

    @Override
    public Use use(String id, Instant expires, Identity holder) {
        try {
            if (!waiting.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                return Use.UNKNOWN;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Use.UNKNOWN;
        }
        try {
            return database.transactions().runStatements(sql -> used(sql, id, expires, holder));
        } catch (StoreUnavailable e) {
            return Use.UNKNOWN;
        } catch (JdbiException e) {
            if (SqlErrors.isCollision(e)) {
                return Use.USED_BEFORE;
            }
            throw e;
        } finally {
            waiting.release();
        }
    }

    private Use used(Handle sql, String id, Instant expires, Identity holder) {
        // A ticket without a number is of an older build: its iat decides.
        if (tables.use(sql, id, expires, holder.key(), holder.revocation().orElse(Long.MAX_VALUE))) {
            return Use.FIRST;
        }
        return tables.isUsed(sql, id) ? Use.USED_BEFORE : Use.REVOKED;
    }

    /**
     * Reads the keys on the calling thread, before a ticket is asked for.
     *
     * @throws StoreUnavailable if the database does not answer
     */
    public void start() {
        read(database.transactions().runRetryingCollision(this::current));
    }

    /** Reads the keys, makes a new one if the newest is old, and forgets what has expired. */
    public CompletionStage<?> refresh() {
        return database.query(this::current).whenComplete((current, failure) -> {
            if (failure == null) {
                read(current);
            } else {
                LOG.log(Level.DEBUG, "The keys of tickets cannot be read now.", failure);
            }
        });
    }

    private List<TicketTables.Key> current(Handle sql) {
        tables.trim(sql, CLOCKS_MAX.toSeconds(), KEY_KEPT.toSeconds());
        List<TicketTables.Key> all = tables.keys(sql);
        if (!all.isEmpty() && all.get(0).age().compareTo(KEY_AGE) < 0) {
            return all;
        }
        tables.addKey(sql, ids.get(), TicketKey.randomSecret());
        return tables.keys(sql);
    }

    private void read(List<TicketTables.Key> all) {
        TicketTables.Key signing = all.stream()
                .filter(key -> key.age().compareTo(KNOWN) >= 0)
                .findFirst()
                // There are only new ones at the first start: the oldest is the one that is known best.
                .orElse(all.get(all.size() - 1));
        keys.replace(key(signing), all.stream().map(this::key).toList());
    }

    private TicketKey key(TicketTables.Key row) {
        return TicketKey.of(row.id(), row.secret(), tokenSecret);
    }
}
