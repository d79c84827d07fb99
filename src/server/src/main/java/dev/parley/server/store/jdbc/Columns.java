package dev.parley.server.store.jdbc;

import dev.parley.protocol.Channel;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Function;

/** Columns of channels, and arrays for statements that take their rows as one array for each column. */
final class Columns {
    private Columns() {}

    static <T> Object[] of(Collection<? extends T> rows, Function<T, Object> value) {
        return rows.stream().map(value).toArray();
    }

    /**
     * The channel of the columns {@code kind} and {@code name}; empty for a room that a node with a newer Java named
     * with characters that this one does not know.
     */
    static Optional<Channel> channel(ResultSet row) throws SQLException {
        return Channel.of(Channel.Kind.valueOf(row.getString("kind")), row.getString("name"));
    }
}
