package dev.parley.server.store.jdbc;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Field;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Identity;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/** The SQL of guests. Every method works inside the caller's transaction and blocks. */
public final class GuestTables {
    /** Guests that one transaction deletes. */
    static final int FORGOTTEN_MAX = 50;

    private static final String INSERT = """
            insert into parley_guest (user_key, name, folded, tag, secret_hash, expires_at)
            select cast(:key as varchar), cast(:name as varchar), cast(:folded as varchar), cast(:tag as varchar),
              cast(:hash as varchar), cast(:expires as timestamp with time zone)
            where not exists (select 1 from parley_token_user t where t.folded = :folded)
            and not exists (select 1 from parley_guest g where g.tag = :tag);
            insert into parley_channel (kind, name, epoch, head)
            select cast(:inbox as varchar), g.user_key, cast(:epoch as varchar), 0
            from parley_guest g where g.user_key = :key
            and not exists (select 1 from parley_channel c where c.name = g.user_key)
            """;

    private static final String RENEW = """
            update parley_guest set expires_at = cast(:expires as timestamp with time zone)
            where secret_hash = any(:hashes) and expires_at > cast(:now as timestamp with time zone)
            """;

    private static final String RENEW_ON_POSTGRES = RENEW + "returning secret_hash, user_key, name, tag";
    private static final String RENEW_ON_H2 =
            "select secret_hash, user_key, name, tag from final table (" + RENEW + ")";

    private static final List<String> FORGET = List.of(
            "delete from parley_read_mark where reader = any(:keys)",
            """
            delete from parley_message
            where channel_id in (select c.id from parley_channel c where c.name = any(:keys))
            """,
            "delete from parley_channel where name = any(:keys)",
            "delete from parley_guest where user_key = any(:keys)");

    /**
     * Stores a new guest with its inbox, in one round trip. Fails with a collision if another transaction takes the tag
     * at the same time.
     *
     * @param epoch of the inbox
     * @return false, with nothing stored, if the name belongs to a user or the tag to another guest
     */
    public boolean insert(Handle sql, Identity guest, String secretHash, Instant expiresAt, String epoch) {
        return sql.createUpdate(INSERT)
                        .bind("key", guest.key().value())
                        .bind("name", guest.name())
                        .bind("folded", Field.folded(guest.name()))
                        .bind("tag", guest.guest().orElseThrow())
                        .bind("hash", secretHash)
                        .bind("expires", expiresAt.atOffset(ZoneOffset.UTC))
                        .bind("inbox", Channel.Kind.INBOX.name())
                        .bind("epoch", epoch)
                        .execute()
                == 1;
    }

    /** The guests with these secrets, by the hashes; their time begins again, unless it is over. */
    public Map<String, Identity> renew(Handle sql, List<String> secretHashes, Instant now, Instant expiresAt) {
        return sql
                .createQuery(Transactions.isPostgres(sql) ? RENEW_ON_POSTGRES : RENEW_ON_H2)
                .bindArray("hashes", String.class, secretHashes.toArray())
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .bind("expires", expiresAt.atOffset(ZoneOffset.UTC))
                .map((row, context) -> Map.entry(row.getString("secret_hash"), asGuest(row)))
                .list()
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /**
     * Records the name under which a guest signs in, and how long it may be away.
     *
     * @return false if the name belongs to a user, or the guest has been forgotten
     */
    public boolean update(Handle sql, Identity guest, Instant expiresAt) {
        return sql.createUpdate("""
                                update parley_guest set name = :name, folded = :folded, expires_at = :expires
                                where user_key = :key
                                and not exists (select 1 from parley_token_user t where t.folded = :folded)
                                """)
                        .bind("key", guest.key().value())
                        .bind("name", guest.name())
                        .bind("folded", Field.folded(guest.name()))
                        .bind("expires", expiresAt.atOffset(ZoneOffset.UTC))
                        .execute()
                == 1;
    }

    /**
     * Who has a name, in any case.
     *
     * @param hasUser whether a user ever signed in with a token under it
     * @param hasGuests whether a guest of the name is remembered
     */
    public record Holders(boolean hasUser, boolean hasGuests) {}

    public Holders holders(Handle sql, String name) {
        return sql.createQuery("""
                        select exists (select 1 from parley_token_user t where t.folded = :folded) as has_user,
                          exists (select 1 from parley_guest g where g.folded = :folded) as has_guests
                        """)
                .bind("folded", Field.folded(name))
                .map((row, context) -> new Holders(row.getBoolean("has_user"), row.getBoolean("has_guests")))
                .one();
    }

    /** The guests that are remembered under a name; at most {@code limit}. */
    public List<Identity> named(Handle sql, String name, int limit) {
        return sql.createQuery("""
                        select user_key, name, tag from parley_guest where folded = :folded
                        order by user_key fetch first :limit rows only
                        """)
                .bind("folded", Field.folded(name))
                .bind("limit", limit)
                .map((row, context) -> asGuest(row))
                .list();
    }

    /** The guest with a tag, unless its time is over. */
    public Optional<Identity> tagged(Handle sql, String tag, Instant now) {
        return sql.createQuery("""
                        select user_key, name, tag from parley_guest where tag = :tag and expires_at > :now
                        """)
                .bind("tag", tag)
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .map((row, context) -> asGuest(row))
                .findOne();
    }

    private static Identity asGuest(ResultSet row) throws SQLException {
        return Identity.guest(new UserKey(row.getString("user_key")), row.getString("name"), row.getString("tag"));
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
