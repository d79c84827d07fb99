package dev.parley.server.store.jdbc;

import java.util.Collection;
import java.util.function.Function;

/** Arrays for statements that take their rows as one array for each column. */
final class Columns {
    private Columns() {}

    static <T> Object[] of(Collection<? extends T> rows, Function<T, Object> value) {
        return rows.stream().map(value).toArray();
    }
}
