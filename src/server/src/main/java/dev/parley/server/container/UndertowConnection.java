package dev.parley.server.container;

import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.reflect.Method;
import java.util.Optional;

/**
 * The HTTP connection below a WebSocket of Undertow. It keeps the request of the handshake, with all headers and with
 * what WildFly knows of its caller, until the WebSocket ends: a third of the heap of an idle session (seen with
 * 2.3.23). By reflection: the application has no class of a server's. Any thread.
 */
public final class UndertowConnection {
    private static final String UNDERTOW = "io.undertow.";
    private static final Logger LOG = System.getLogger(UndertowConnection.class.getName());

    private UndertowConnection() {}

    /** The connection of a request, an {@code io.undertow.server.ServerConnection}; empty on other servers. */
    public static Optional<Object> of(ServletRequest request) {
        ServletRequest inner = request;
        while (inner instanceof ServletRequestWrapper wrapper) {
            inner = wrapper.getRequest();
        }
        if (inner == null || !inner.getClass().getName().startsWith(UNDERTOW)) {
            return Optional.empty();
        }
        try {
            return Optional.of(ContainerCalls.call(ContainerCalls.call(inner, "getExchange"), "getConnection"));
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.log(Level.DEBUG, "Undertow does not give the connection of a request.", e);
            return Optional.empty();
        }
    }

    /**
     * Lets a connection forget the request that it has upgraded: its listener is called once, for the upgrade, and
     * holds the request.
     *
     * @param connection of {@link #of}, or of another server, which is left as it is
     */
    public static void forgetRequest(Object connection) {
        if (!connection.getClass().getName().startsWith(UNDERTOW)) {
            return;
        }
        try {
            Method setter = setter(connection.getClass());
            setter.setAccessible(true);
            setter.invoke(connection, (Object) null);
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.log(Level.DEBUG, "Undertow keeps the request of a WebSocket.", e);
        }
    }

    private static Method setter(Class<?> type) throws NoSuchMethodException {
        for (Class<?> from = type; from != null; from = from.getSuperclass()) {
            for (Method method : from.getDeclaredMethods()) {
                if (method.getName().equals("setUpgradeListener")) {
                    return method;
                }
            }
        }
        throw new NoSuchMethodException(type.getName() + ".setUpgradeListener");
    }
}
