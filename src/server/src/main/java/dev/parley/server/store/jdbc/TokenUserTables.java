package dev.parley.server.store.jdbc;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Field;
import dev.parley.protocol.UserKey;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * The SQL of the names that ever signed in with a token. Every method works inside the caller's transaction and blocks.
 */
public final class TokenUserTables {
    private static final String INSERT = """
            insert into parley_token_user (name, folded)
            select cast(:name as varchar), cast(:folded as varchar)
            where not exists (select 1 from parley_token_user t where t.name = :name)
            and not exists (select 1 from parley_token_user t where t.folded = :folded);
            insert into parley_channel (kind, name, epoch, head)
            select cast(:inbox as varchar), cast(:key as varchar), cast(:epoch as varchar), 0
            where exists (select 1 from parley_token_user t where t.name = :name and t.folded = :folded)
            and not exists (select 1 from parley_channel c where c.name = :key)
            """;

    /** The canonical spelling of a username, if a user ever signed in with a token under it, in any case. */
    public Optional<String> find(Handle sql, String name) {
        return sql.createQuery("select name from parley_token_user where folded = :folded")
                .bind("folded", Field.folded(name))
                .mapTo(String.class)
                .findOne();
    }

    /**
     * Reserves a username for its user at its first sign-in, and creates its inbox, in one round trip.
     *
     * @param epoch of the inbox
     * @return false, with nothing stored, if the name or another spelling of it is reserved
     */
    public boolean insert(Handle sql, String name, UserKey key, String epoch) {
        return sql.createUpdate(INSERT)
                        .bind("name", name)
                        .bind("folded", Field.folded(name))
                        .bind("inbox", Channel.Kind.INBOX.name())
                        .bind("key", key.value())
                        .bind("epoch", epoch)
                        .execute()
                == 1;
    }

    /**
     * Reserves a username for users with a token; returns its canonical spelling, which is that of the first sign-in.
     */
    public String remember(Handle sql, String name) {
        return find(sql, name).orElseGet(() -> {
            // The name may exist with another folded form: the Java runtime computes it, and a newer one may differ.
            int known = write(sql, "update parley_token_user set folded = :folded where name = :name", name);
            if (known == 0) {
                write(sql, "insert into parley_token_user (name, folded) values (:name, :folded)", name);
            }
            return name;
        });
    }

    private static int write(Handle sql, String statement, String name) {
        return sql.createUpdate(statement)
                .bind("name", name)
                .bind("folded", Field.folded(name))
                .execute();
    }
}
