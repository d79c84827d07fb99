package dev.parley.server.store.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/** A database that counts the statements that are prepared; for so many that their texts cannot be recorded. */
public final class CountedStatements extends WrappedDataSource {
    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();

    public CountedStatements(DataSource real) {
        super(real);
    }

    /** How many statements with this part were prepared so far. */
    public long count(String part) {
        return counts.entrySet().stream()
                .filter(one -> one.getKey().contains(part))
                .mapToLong(one -> one.getValue().sum())
                .sum();
    }

    /** How often each statement was prepared so far, by its text. */
    public Map<String, Long> all() {
        return counts.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, one -> one.getValue()
                .sum()));
    }

    @Override
    public Connection getConnection() throws SQLException {
        Connection connection = real.getConnection();
        return (Connection) Proxy.newProxyInstance(
                CountedStatements.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (self, method, arguments) -> counted(connection, method, arguments));
    }

    private Object counted(Connection connection, Method method, Object[] arguments) throws Throwable {
        if (method.getName().equals("prepareStatement")) {
            counts.computeIfAbsent((String) arguments[0], text -> new LongAdder())
                    .increment();
        }
        try {
            return method.invoke(connection, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
