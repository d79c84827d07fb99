package dev.parley.server.store.jdbc;

import dev.parley.protocol.Field;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Identity;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The SQL of guests. Every method works inside the caller's transaction and blocks. */
public final class GuestTables {
    /** Guests that one transaction deletes. */
    static final int FORGOTTEN_MAX = 50;

    private static final List<String> FORGET = List.of(
            "delete from parley_read_mark where reader = any(:keys)",
            """
            delete from parley_message
            where channel_id in (select c.id from parley_channel c where c.name = any(:keys))
            """,
            "delete from parley_channel where name = any(:keys)",
            "delete from parley_guest where user_key = any(:keys)");

    public boolean isTagInUse(Handle sql, String tag) {
        return sql.createQuery("select 1 from parley_guest where tag = :tag")
                .bind("tag", tag)
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    /** Fails with a collision if another node takes the tag at the same time. */
    public void insert(Handle sql, Identity guest, String secretHash, Instant expiresAt) {
        sql.createUpdate("""
                        insert into parley_guest (user_key, name, folded, tag, secret_hash, expires_at)
                        values (:key, :name, :folded, :tag, :hash, :expires)
                        """)
                .bind("key", guest.key().value())
                .bind("name", guest.name())
                .bind("folded", Field.folded(guest.name()))
                .bind("tag", guest.guest().orElseThrow())
                .bind("hash", secretHash)
                .bind("expires", expiresAt.atOffset(ZoneOffset.UTC))
                .execute();
    }

    /** The guest with this secret, unless its time is over. */
    public Optional<Identity> find(Handle sql, String secretHash, Instant now) {
        return sql.createQuery("""
                        select user_key, name, tag from parley_guest
                        where secret_hash = :hash and expires_at > :now
                        """)
                .bind("hash", secretHash)
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .map((row, context) -> Identity.guest(
                        new UserKey(row.getString("user_key")), row.getString("name"), row.getString("tag")))
                .findOne();
    }

    /**
     * Records the name under which a guest signs in, and how long it may be away.
     *
     * @return false if it has been forgotten
     */
    public boolean update(Handle sql, Identity guest, Instant expiresAt) {
        return sql.createUpdate("""
                                update parley_guest set name = :name, folded = :folded, expires_at = :expires
                                where user_key = :key
                                """)
                        .bind("key", guest.key().value())
                        .bind("name", guest.name())
                        .bind("folded", Field.folded(guest.name()))
                        .bind("expires", expiresAt.atOffset(ZoneOffset.UTC))
                        .execute()
                == 1;
    }

    /** Whether a guest of this name is remembered, in any case. */
    public boolean hasName(Handle sql, String name) {
        return sql.createQuery("select 1 from parley_guest where folded = :folded fetch first 1 row only")
                .bind("folded", Field.folded(name))
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    /** Sets the expiry of those of these guests that would expire before another moment. */
    public int renew(Handle sql, Collection<UserKey> guests, Instant before, Instant expiresAt) {
        return sql.createUpdate("""
                        update parley_guest set expires_at = :expires
                        where user_key = any(:keys) and expires_at < :before
                        """)
                .bindArray("keys", String.class, Columns.of(guests, UserKey::value))
                .bind("before", before.atOffset(ZoneOffset.UTC))
                .bind("expires", expiresAt.atOffset(ZoneOffset.UTC))
                .execute();
    }

    /** The expiry of the first guest that is too many, in the order from the last to expire; empty if none is. */
    public Optional<Instant> overCount(Handle sql, int count) {
        return sql.createQuery("""
                        select expires_at from parley_guest
                        order by expires_at desc offset :count rows fetch first 1 row only
                        """)
                .bind("count", count)
                .map((row, context) ->
                        row.getObject("expires_at", OffsetDateTime.class).toInstant())
                .findOne();
    }

    /**
     * Deletes the guests that expire first, up to a moment, with their inboxes and read marks. What they sent stays.
     *
     * @return whether there may be more
     */
    public boolean forget(Handle sql, Instant until) {
        // Locked, so that a guest either comes back before, and stays, or finds itself forgotten.
        List<String> keys = sql.createQuery("""
                        select user_key from parley_guest
                        where expires_at <= :until order by expires_at fetch first :limit rows only for update
                        """)
                .bind("until", until.atOffset(ZoneOffset.UTC))
                .bind("limit", FORGOTTEN_MAX)
                .mapTo(String.class)
                .list();
        if (!keys.isEmpty()) {
            // First the inboxes, in name order, as a group of appends does.
            sql.createQuery("select id from parley_channel where name = any(:keys) order by name for update")
                    .bindArray("keys", String.class, keys.toArray())
                    .mapTo(Long.class)
                    .list();
            for (String statement : FORGET) {
                sql.createUpdate(statement)
                        .bindArray("keys", String.class, keys.toArray())
                        .execute();
            }
        }
        return keys.size() == FORGOTTEN_MAX;
    }
}
