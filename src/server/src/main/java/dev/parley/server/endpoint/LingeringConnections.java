package dev.parley.server.endpoint;

import jakarta.websocket.Session;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Connections that are being closed, until the peer's time to answer or read the close frame is over. Then their TCP
 * connections end. The idle timeout alone does not end them: Undertow reads and drops what a peer sends after the
 * close, and each read restarts the timeout. A connection that its container has closed already is not touched. Any
 * thread.
 */
final class LingeringConnections {
    /** A peer that still reads or sends gets this many times the time of a silent one. */
    private static final int PATIENCE_FACTOR = 5;

    /** The time of a refused connection. It ends within 2 s, because it may wait a second for the sweep. */
    private static final Duration REFUSED_MAX = Duration.ofSeconds(1);

    /** How long a connection to which something is written is not ended: the container may lose a thread then. */
    private static final Duration WRITE_MAX = Duration.ofSeconds(30);

    private static final Logger LOG = System.getLogger(LingeringConnections.class.getName());

    private final LongSupplier nanoTime;
    private final Executor blocking;
    private final Queue<Lingering> all = new ConcurrentLinkedQueue<>();

    /** @param connection empty when it has ended */
    private record Lingering(Supplier<Optional<TcpConnection>> connection, long until, Runnable whenEnded) {}

    /**
     * @param nanoTime the monotonic clock
     * @param blocking runs calls of a container that wait for the peer
     */
    LingeringConnections(LongSupplier nanoTime, Executor blocking) {
        this.nanoTime = nanoTime;
        this.blocking = blocking;
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

    private static void setIdleTimeout(Session session, long millis) {
        try {
            session.setMaxIdleTimeout(millis);
        } catch (RuntimeException e) { // IllegalStateException, or others
            LOG.log(Level.DEBUG, "The connection has ended already.", e);
        }
    }

    /**
     * Adds a connection without a call of its session: inside {@code @OnClose} that could precede the container's own
     * close frame. Undertow keeps the TCP connection until the peer has read that frame.
     *
     * @param millis as in {@link #add}
     */
    void watch(Session session, long millis) {
        add(session, Duration.ofMillis(PATIENCE_FACTOR * millis), () -> {});
    }

    /**
     * Adds a refused connection, which ends within 2 s even if its peer reads or sends.
     *
     * @param whenEnded called once, by the sweep that finds the connection ended or ends it
     */
    void endSoon(Session session, Runnable whenEnded) {
        add(session, REFUSED_MAX, whenEnded);
    }

    private void add(Session session, Duration atMost, Runnable whenEnded) {
        all.add(new Lingering(
                TcpConnection.later(session, blocking), nanoTime.getAsLong() + atMost.toNanos(), whenEnded));
    }

    /** Ends the connections whose time is over. To be called once a second. */
    void sweep() {
        long now = nanoTime.getAsLong();
        for (Iterator<Lingering> each = all.iterator(); each.hasNext(); ) {
            Lingering one = each.next();
            if (isDone(one, now)) {
                each.remove();
                one.whenEnded().run();
            }
        }
    }

    private boolean isDone(Lingering one, long now) {
        try {
            Optional<TcpConnection> open = one.connection().get().filter(TcpConnection::isOpen);
            if (open.isEmpty()) {
                return true;
            }
            long tooLong = now - one.until();
            if (tooLong < 0
                    || tooLong < WRITE_MAX.toNanos() && open.get().writes().getAsBoolean()) {
                return false;
            }
            open.get().end();
            return true;
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.log(Level.WARNING, "The container does not end a connection after its close; it may stay open.", e);
            return true;
        }
    }
}
