package dev.parley.acceptance.mutants;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;

/** Proxies between the server and its database. */
public final class Jdbc {
    /** Printed when a mutant first has an effect: a mutant without effect proves nothing. */
    public static final String BITES = "This hub is broken on purpose: ";

    private Jdbc() {}

    /** Replaces a call. */
    interface Call {
        Object instead(Real real, String method, Object[] arguments) throws Throwable;
    }

    /** The original call, with these arguments. */
    interface Real {
        Object call(Object... arguments) throws Throwable;
    }

    static <T> T around(Class<T> type, T real, Call call) {
        return type.cast(Proxy.newProxyInstance(
                Jdbc.class.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> call.instead(
                        others -> {
                            try {
                                return method.invoke(real, others);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        },
                        method.getName(),
                        arguments == null ? new Object[0] : arguments)));
    }

    /** A data source that wraps its connections. */
    static DataSource connections(DataSource real, UnaryOperator<Connection> wrapped) {
        return around(DataSource.class, real, (call, method, arguments) -> {
            Object result = call.call(arguments);
            return result instanceof Connection connection ? wrapped.apply(connection) : result;
        });
    }

    /** A data source that rewrites the SQL of prepared statements. */
    static DataSource rewriting(DataSource real, UnaryOperator<String> rewritten) {
        AtomicBoolean hasBitten = new AtomicBoolean();
        return connections(
                real,
                connection -> around(Connection.class, connection, (call, method, arguments) -> {
                    if (method.equals("prepareStatement")) {
                        String before = (String) arguments[0];
                        arguments[0] = rewritten.apply(before);
                        if (!before.equals(arguments[0]) && hasBitten.compareAndSet(false, true)) {
                            System.out.println(BITES + arguments[0]);
                        }
                    }
                    return call.call(arguments);
                }));
    }
}
