package dev.parley.server.store.jdbc;

import dev.parley.protocol.Field;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * The SQL of the names that ever signed in with a token. Every method works inside the caller's transaction and blocks.
 */
public final class TokenUserTables {
    /** The canonical spelling of a username, if a user ever signed in with a token under it, in any case. */
    public Optional<String> find(Handle sql, String name) {
        return sql.createQuery("select name from parley_token_user where folded = :folded")
                .bind("folded", Field.folded(name))
                .mapTo(String.class)
                .findOne();
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
