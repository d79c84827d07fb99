package dev.parley.server.store.jdbc;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;

/**
 * A database that records what is asked of it: the texts of statements, and {@code commit} and {@code rollback}. Each
 * is a round trip where the database is a server.
 */
public final class RecordedStatements extends WrappedDataSource {
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final Map<String, Runnable> before = new ConcurrentHashMap<>();

    public RecordedStatements(DataSource real) {
        super(real);
    }

    /** What was asked since the last call. */
    public List<String> take() {
        List<String> taken = List.copyOf(asked);
        asked.clear();
        return taken;
    }

    /** Whether a statement with this part was asked since the last {@link #take}. */
    public boolean wasAsked(String part) {
        return asked.stream().anyMatch(text -> text.contains(part));
    }

    /** Runs an action once, before the next statement that contains this text. */
    public void before(String part, Runnable action) {
        before.put(part, action);
    }

    private void ask(String text) {
        asked.add(text);
        for (String part : before.keySet()) {
            if (text.contains(part)) {
                before.remove(part).run();
            }
        }
    }

    @Override
    public Connection getConnection() throws SQLException {
        Connection connection = real.getConnection();
        return proxy(Connection.class, (self, method, arguments) -> {
            if (method.getName().equals("commit") || method.getName().equals("rollback")) {
                ask(method.getName());
            }
            Object result = call(() -> method.invoke(connection, arguments));
            return method.getName().equals("prepareStatement")
                    ? recorded((PreparedStatement) result, (String) arguments[0])
                    : result;
        });
    }

    private PreparedStatement recorded(PreparedStatement statement, String text) {
        return proxy(PreparedStatement.class, (self, method, arguments) -> {
            if (method.getName().startsWith("execute")) {
                ask(text);
            }
            return call(() -> method.invoke(statement, arguments));
        });
    }

    private interface Call {
        Object run() throws ReflectiveOperationException;
    }

    private static Object call(Call call) throws Throwable {
        try {
            return call.run();
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(
                Proxy.newProxyInstance(RecordedStatements.class.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
