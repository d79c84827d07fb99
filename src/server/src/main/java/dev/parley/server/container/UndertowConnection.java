package dev.parley.server.container;

import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.reflect.Field;
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
     * Lets a connection forget the request that it has upgraded: the listener for the upgrade, which is called once and
     * holds the request, and the reader of HTTP, which holds its headers.
     *
     * @param connection of {@link #of}, or of another server, which is left as it is
     */
    public static void forgetRequest(Object connection) {
        if (connection.getClass().getName().startsWith(UNDERTOW)) {
            forget(connection, "upgradeListener");
            forget(connection, "readListener");
        }
    }

    private static void forget(Object connection, String name) {
        try {
            Field field = connection.getClass().getDeclaredField(name);
            field.setAccessible(true);
            field.set(connection, null);
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.log(Level.DEBUG, "Undertow keeps a part of the request of a WebSocket.", e);
        }
    }
}
