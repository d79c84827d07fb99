package dev.parley.server.endpoint;

import jakarta.websocket.Session;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.ref.WeakReference;
import java.nio.channels.Channel;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Connections on which a close frame was sent, until the peer's time to answer or read it is over. Then their TCP
 * connections end. The idle timeout alone does not end them: Undertow reads and drops what a peer sends after the
 * close, and each read restarts the timeout. A connection that its container has closed already is not touched. Any
 * thread.
 */
final class LingeringConnections {
    /** A peer that still reads or sends gets this many times the time of a silent one. */
    private static final int PATIENCE_FACTOR = 5;

    /** The shortest timeout: the first millisecond in which the peer sends nothing ends the connection. */
    private static final long AT_ONCE_MILLIS = 1;

    private static final Logger LOG = System.getLogger(LingeringConnections.class.getName());

    private final LongSupplier nanoTime;
    private final Queue<Lingering> all = new ConcurrentLinkedQueue<>();

    /** @param session held by its container while its connection lives; it must not stay longer because of us */
    private record Lingering(WeakReference<Session> session, long until) {}

    /** @param nanoTime the monotonic clock */
    LingeringConnections(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * Adds a connection on which a close frame was sent just now.
     *
     * @param millis the time of a peer that neither reads nor sends
     */
    void add(Session session, long millis) {
        setIdleTimeout(session, millis);
        watch(session, millis);
    }

    /**
     * Adds a connection without a call of its session: inside {@code @OnClose} that could precede the container's own
     * close frame. Undertow keeps the TCP connection until the peer has read that frame.
     *
     * @param millis as in {@link #add}
     */
    void watch(Session session, long millis) {
        long until = nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_FACTOR * millis);
        all.add(new Lingering(new WeakReference<>(session), until));
    }

    /** Ends the connections whose time is over. To be called once a second. */
    void sweep() {
        long now = nanoTime.getAsLong();
        all.removeIf(one -> isDone(one, now));
    }

    private static boolean isDone(Lingering one, long now) {
        try {
            boolean isOver = now - one.until() >= 0;
            // On Undertow a session is open as long as its TCP connection.
            Optional<Session> session = Optional.ofNullable(one.session().get()).filter(Session::isOpen);
            if (isOver) {
                session.ifPresent(LingeringConnections::end);
            }
            return isOver || session.isEmpty();
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "The container does not end a connection after its close; it may stay open.", e);
            return true;
        }
    }

    private static void end(Session session) {
        setIdleTimeout(session, AT_ONCE_MILLIS);
        endOnUndertow(session);
    }

    /**
     * Closes the connection itself, where the container is Undertow. Undertow may leave a connection without any timer:
     * if many of its answers to pings waited when its close frame went out, it neither reads nor writes any more, and
     * an idle timeout has no effect (seen with 2.3.23). The session's own methods no longer reach the connection then.
     */
    private static void endOnUndertow(Session session) {
        try {
            Channel channel = (Channel) call(session, "getWebSocketChannel");
            // On the thread that reads from the connection: it may be using the buffers that the close gives back.
            ((Executor) call(channel, "getIoThread")).execute(() -> close(channel));
        } catch (NoSuchMethodException e) { // another container
            LOG.log(Level.TRACE, "The container is not Undertow.", e);
        } catch (ReflectiveOperationException e) {
            LOG.log(Level.WARNING, "Undertow does not give the connection of a closed session; it may stay open.", e);
        }
    }

    private static Object call(Object target, String method) throws ReflectiveOperationException {
        return target.getClass().getMethod(method).invoke(target);
    }

    private static void close(Channel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "The connection has ended already.", e);
        }
    }

    private static void setIdleTimeout(Session session, long millis) {
        try {
            session.setMaxIdleTimeout(millis);
        } catch (RuntimeException e) { // IllegalStateException, or others
            LOG.log(Level.DEBUG, "The connection has ended already.", e);
        }
    }
}
