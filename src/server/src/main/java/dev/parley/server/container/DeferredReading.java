package dev.parley.server.container;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpUpgradeHandler;
import jakarta.servlet.http.WebConnection;
import java.io.IOException;
import java.util.Optional;

/**
 * Lets a container's upgrade handler finish its {@code init} before it is told of data. Tyrus' handler, which GlassFish
 * and Payara use, sets itself as read listener in {@code init} and waits in {@code onDataAvailable} until that
 * {@code init} has returned. The container calls {@code onDataAvailable} inside {@code setReadListener} if data is
 * there already, so that a peer which sends anything behind its handshake, in one packet, stops a thread for ever (seen
 * with Tyrus 2.1.5). As many such packets as the server has threads stop the server.
 */
public final class DeferredReading implements HttpUpgradeHandler {
    /** Set once, before the container calls {@link #init}. */
    private HttpUpgradeHandler handler;

    /** Set by {@link #init}; a container may call {@link #destroy} without it. */
    private Optional<UpgradedConnection> upgraded = Optional.empty();

    /** For the container. */
    public DeferredReading() {}

    /** Whether a handler of this class needs it: one that is a read listener itself. */
    public static boolean isNeeded(Class<? extends HttpUpgradeHandler> handler) {
        return ReadListener.class.isAssignableFrom(handler);
    }

    /**
     * Upgrades a request with this handler around one of the given class.
     *
     * @return the inner handler
     */
    public static <T extends HttpUpgradeHandler> T upgrade(HttpServletRequest request, Class<T> inner)
            throws IOException, ServletException {
        T handler = create(inner);
        request.upgrade(DeferredReading.class).handler = handler;
        return handler;
    }

    private static <T> T create(Class<T> type) throws ServletException {
        try {
            return type.getConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new ServletException("The container's upgrade handler " + type.getName() + " cannot be created.", e);
        }
    }

    @Override
    public void init(WebConnection connection) {
        UpgradedConnection reader = new UpgradedConnection(connection);
        upgraded = Optional.of(reader);
        ServiceFreeContext.run(() -> handler.init(reader));
        reader.beginReading();
    }

    @Override
    public void destroy() {
        upgraded.ifPresent(UpgradedConnection::peerClosed);
        handler.destroy();
    }
}
