package dev.parley.server.endpoint;

import dev.parley.server.container.ContainerCalls;
import dev.parley.server.session.HandshakePrincipal;
import dev.parley.server.session.Transport;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Session;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.lang.reflect.Field;
import java.nio.channels.Channel;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The TCP connection under a session. The WebSocket API cannot end it if the peer does not answer a close, or sends
 * pings instead. So this class calls the containers' own methods, by reflection: the application has no class of a
 * server's. Any thread.
 */
sealed interface TcpConnection {
    Logger LOG = System.getLogger(TcpConnection.class.getName());

    /** Returns true until the container has closed the connection, as far as it tells. */
    boolean isOpen();

    /**
     * Tells at any time whether a write waits for the peer, where the container tells that. Cheap enough to be asked
     * before each frame; it keeps the connection.
     */
    default BooleanSupplier writes() {
        return () -> false;
    }

    /** Ends the connection without a close frame, perhaps a little later, on another thread. */
    void end() throws ReflectiveOperationException;

    /**
     * The thread of Undertow that reads from and writes to the connection; other threads hand it each frame. The
     * caller's thread if it cannot be found.
     */
    static Executor ioThread(Session session) {
        try {
            return OfUndertow.ioThread(ContainerCalls.call(session, "getWebSocketChannel"));
        } catch (ReflectiveOperationException e) {
            LOG.log(Level.WARNING, "Undertow does not tell which thread writes to a connection.", e);
            return Transport.CALLER;
        }
    }

    /** @param blocking runs calls that wait for the peer */
    static TcpConnection of(Session session, Executor blocking) {
        if (ContainerCalls.has(session, "getWebSocketChannel")) {
            return new OfUndertow(session);
        }
        if (ContainerCalls.has(session, "getSessionImpl")) {
            return new OfLiberty(session, blocking);
        }
        return ofGrizzly(session).orElseGet(() -> new OfAnother(session));
    }

    private static Optional<TcpConnection> ofGrizzly(Session session) {
        try {
            return session.getUserPrincipal() instanceof HandshakePrincipal principal
                    ? principal.connection().map(OfGrizzly::new)
                    : Optional.empty();
        } catch (IllegalStateException e) { // a container that tells nothing of a closed session
            return Optional.empty();
        }
    }

    /**
     * The connection of a session for a later moment; empty if it has ended by then. It does not keep the session,
     * which the container holds while the connection lives. Only Tyrus forgets a session at its close.
     *
     * @param blocking as in {@link #of}
     */
    static Supplier<Optional<TcpConnection>> later(Session session, Executor blocking) {
        if (of(session, blocking) instanceof OfGrizzly connection) {
            return () -> Optional.of(connection);
        }
        Reference<Session> kept = new WeakReference<>(session);
        return () -> Optional.ofNullable(kept.get()).map(one -> of(one, blocking));
    }

    /** An idle timeout ends it: the first millisecond in which the peer sends nothing. */
    record OfAnother(Session session) implements TcpConnection {
        private static final long AT_ONCE_MILLIS = 1;

        @Override
        public boolean isOpen() {
            return session.isOpen();
        }

        @Override
        public void end() {
            try {
                session.setMaxIdleTimeout(AT_ONCE_MILLIS);
            } catch (RuntimeException e) { // IllegalStateException, or others
                LOG.log(Level.DEBUG, "The connection has ended already.", e);
            }
        }
    }

    /**
     * Undertow may leave a connection without any timer: if many of its answers to pings waited when its close frame
     * went out, it neither reads nor writes any more, and an idle timeout has no effect (seen with 2.3.23). The
     * session's own methods no longer reach the connection then.
     */
    record OfUndertow(Session session) implements TcpConnection {
        /** On Undertow a session is open as long as its TCP connection. */
        @Override
        public boolean isOpen() {
            return session.isOpen();
        }

        @Override
        public void end() throws ReflectiveOperationException {
            Channel channel = (Channel) ContainerCalls.call(session, "getWebSocketChannel");
            // On the thread that reads from the connection: it may be using the buffers that the close gives back.
            ioThread(channel).execute(() -> close(channel));
        }

        private static Executor ioThread(Object channel) throws ReflectiveOperationException {
            return (Executor) ContainerCalls.call(channel, "getIoThread");
        }

        private static void close(Channel channel) {
            try {
                channel.close();
            } catch (IOException e) {
                LOG.log(Level.DEBUG, "The connection has ended already.", e);
            }
        }
    }

    /**
     * Tyrus on Grizzly closes a connection when all that waits for the peer was written: never, if the peer does not
     * read (seen with Grizzly 4.0.2).
     */
    record OfGrizzly(Object connection) implements TcpConnection {
        @Override
        public boolean isOpen() {
            try {
                return (boolean) ContainerCalls.call(connection, "isOpen");
            } catch (ReflectiveOperationException e) {
                LOG.log(Level.WARNING, "Grizzly does not tell whether a connection has ended.", e);
                return false;
            }
        }

        @Override
        public void end() throws ReflectiveOperationException {
            ContainerCalls.call(connection, "terminateSilently");
        }
    }

    /**
     * Open Liberty waits 30 s for the peer's close frame after each other frame that it reads, and an idle timeout has
     * no effect after a close. It lets two threads write at once, and then wakes only one of them: who writes or ends
     * the connection must look first whether another thread does (seen with 26.0.0.5).
     */
    record OfLiberty(Session session, Executor blocking) implements TcpConnection {
        /** The states of a connection that is open, or waits for the peer's close frame. */
        private static final Set<String> OPEN = Set.of("IO_OK", "LOCAL_CLOSING");

        private static final Set<String> WRITING = Set.of("WRITING", "WRITING_PONG");

        @Override
        public boolean isOpen() {
            try {
                return OPEN.contains(
                        ContainerCalls.call(link(), "getLinkStatus").toString());
            } catch (ReflectiveOperationException e) {
                LOG.log(Level.WARNING, "Open Liberty does not tell whether a connection has ended.", e);
                return session.isOpen();
            }
        }

        @Override
        public BooleanSupplier writes() {
            try {
                Object link = link();
                Field status = link.getClass().getField("writeLinkStatus");
                return () -> isWriting(link, status);
            } catch (ReflectiveOperationException e) {
                LOG.log(Level.WARNING, "Open Liberty does not tell whether it writes to a connection.", e);
                return () -> false;
            }
        }

        private static boolean isWriting(Object link, Field status) {
            try {
                return WRITING.contains(status.get(link).toString());
            } catch (IllegalAccessException e) {
                throw new IllegalStateException("The field is public.", e);
            }
        }

        private Object link() throws ReflectiveOperationException {
            Object implementation = ContainerCalls.call(session, "getSessionImpl");
            Field link = implementation.getClass().getDeclaredField("connLink");
            link.setAccessible(true);
            return link.get(implementation);
        }

        @Override
        public void end() {
            blocking.execute(this::endNow);
        }

        /** Closes the session first, if that did not happen yet: Liberty keeps sessions that end without it. */
        private void endNow() {
            try {
                if (session.isOpen()) {
                    session.close();
                }
            } catch (IOException | RuntimeException e) {
                LOG.log(Level.DEBUG, "The connection has ended already.", e);
            }
            try {
                Object link = link();
                link.getClass()
                        .getMethod("closeUsingSession", CloseReason.class, boolean.class, boolean.class)
                        .invoke(link, null, false, true);
            } catch (ReflectiveOperationException | RuntimeException e) {
                LOG.log(Level.WARNING, "Open Liberty does not end the connection of a closed session.", e);
            }
        }
    }
}
