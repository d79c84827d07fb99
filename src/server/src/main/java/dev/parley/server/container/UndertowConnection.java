package dev.parley.server.container;

import jakarta.servlet.ServletRequest;
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
    private static final Logger LOG = System.getLogger(UndertowConnection.class.getName());

    private UndertowConnection() {}

    /** The connection of a request, an {@code io.undertow.server.ServerConnection}; empty on other servers. */
    public static Optional<Object> of(ServletRequest request) {
        return ContainerCalls.innermost(request)
                .filter(inner -> ContainerKind.of(inner) == ContainerKind.UNDERTOW)
                .flatMap(UndertowConnection::below);
    }

    private static Optional<Object> below(ServletRequest inner) {
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
     * @param connection of {@link #of}
     */
    public static void forgetRequest(Object connection) {
        forget(connection, "upgradeListener");
        forget(connection, "readListener");
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
