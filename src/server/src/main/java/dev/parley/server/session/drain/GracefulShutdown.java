package dev.parley.server.session.drain;

import dev.parley.protocol.CloseCode;
import dev.parley.server.session.Session;
import dev.parley.server.session.Sessions;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Drains this node: it admits no new sessions and is not ready, and after a while sends its sessions away in batches,
 * each with its own reconnect delay. At the end of the node {@link #drain} does so and waits; an administrator may let
 * it {@link #begin} earlier, and take it back. The close code is 1012 (service restart): many hand-written clients stop
 * for good at 1001.
 *
 * <p>Thread rule: any thread may call any method; only {@link #drain} and {@link #awaitEchoes} block.
 */
public final class GracefulShutdown {
    /** How long the last sessions may take to end. */
    private static final Duration DEADLINE = Duration.ofSeconds(5);

    /**
     * How long clients may take to answer their closes. The container takes a session for ended when the close has
     * left, and says no more; WildFly logs errors if it then finds its services or the application gone.
     */
    private static final Duration ECHOES = Duration.ofMillis(500);

    private static final Logger LOG = System.getLogger(GracefulShutdown.class.getName());

    private final Sessions sessions;
    private final DrainPace pace;
    private final Farewell farewell;
    private final LongSupplier nanoTime;
    private final RandomGenerator random;

    /**
     * @param startedAt the monotonic clock
     * @param sessions of the node at that time
     */
    private record Draining(long startedAt, int sessions) {}

    private final Object lock = new Object();
    /** Empty while this node admits sessions. Written under the lock. */
    private volatile Optional<Draining> draining = Optional.empty();
    /** Sessions whose turn has come since the drain began. Guarded by the lock. */
    private long sentAway;

    /** When sessions were last sent away or ended, by the monotonic clock. */
    private volatile OptionalLong lastClosedAt = OptionalLong.empty();

    private volatile Runnable onLeave = () -> {};
    private volatile Runnable onEnd = () -> {};

    /** @param nanoTime the monotonic clock */
    public GracefulShutdown(
            Sessions sessions, DrainPace pace, Farewell farewell, LongSupplier nanoTime, RandomGenerator random) {
        this.sessions = sessions;
        this.pace = pace;
        this.farewell = farewell;
        this.nanoTime = nanoTime;
        this.random = random;
    }

    /** @param listener called when the first sessions of a drain leave; must not block */
    public void onLeave(Runnable listener) {
        onLeave = listener;
    }

    /**
     * @param listener called before {@link #drain} ends, when the sessions have their goodbye; may block some seconds
     */
    public void onEnd(Runnable listener) {
        onEnd = listener;
    }

    /** Whether this node admits no sessions. */
    public boolean isDraining() {
        return draining.isPresent();
    }

    /** Admits no more sessions from now on. Does nothing if that is so already. */
    public void begin() {
        int count = sessions.count();
        synchronized (lock) {
            if (draining.isPresent()) {
                return;
            }
            draining = Optional.of(new Draining(nanoTime.getAsLong(), count));
            sentAway = 0;
        }
        LOG.log(Level.INFO, "This node is being drained: it takes no more connections, and sends {0} away.", count);
    }

    /**
     * Admits sessions again: an administrator took the drain back, or the server was suspended, did not stop, and has
     * resumed.
     */
    public void resume() {
        boolean wasDraining;
        synchronized (lock) {
            wasDraining = draining.isPresent();
            draining = Optional.empty();
        }
        if (wasDraining) {
            LOG.log(Level.INFO, "This node takes connections again.");
        }
    }

    /** Sends the sessions away whose turn has come. To be called every {@link DrainPace#STEP}. */
    public void step() {
        long count;
        boolean isFirst;
        synchronized (lock) {
            if (draining.isEmpty()) {
                return;
            }
            long due = pace.dueAfter(elapsed(), draining.get().sessions());
            count = due - sentAway;
            isFirst = sentAway == 0 && due > 0;
            sentAway = due;
        }
        if (isFirst) {
            onLeave.run();
        }
        sendAway(count);
    }

    private Duration elapsed() {
        return draining.map(since -> Duration.ofNanos(nanoTime.getAsLong() - since.startedAt()))
                .orElse(Duration.ZERO);
    }

    /** Those that are closing are not counted: they leave by themselves. */
    private void sendAway(long count) {
        List<Session> away =
                sessions.all().stream().filter(Session::isOpen).limit(count).toList();
        away.forEach(session -> farewell.sendAway(session, pace.reconnectAfter(random)));
        if (!away.isEmpty()) {
            lastClosedAt = OptionalLong.of(nanoTime.getAsLong());
        }
    }

    /**
     * Sends all sessions away, unless {@link #begin} has done so, and blocks until they have ended; those that have not
     * in time are closed at once. Blocks for the delay and the time of the pace, and some seconds more, at most.
     */
    public void drain() {
        boolean hadSessions = sessions.count() > 0;
        begin();
        Duration bound = pace.delay().plus(pace.max());
        do {
            step();
        } while (!sessions.awaitNone(DrainPace.STEP)
                && hasOpenSessions()
                && elapsed().compareTo(bound) < 0
                && !Thread.currentThread().isInterrupted());
        // What the bound left, or came through its handshake meanwhile.
        sendAway(Long.MAX_VALUE);
        onEnd.run();
        if (!sessions.awaitNone(DEADLINE)) {
            LOG.log(Level.WARNING, "{0} sessions did not receive their goodbye in time.", sessions.count());
            sessions.all().forEach(session -> session.closeNow(CloseCode.SERVICE_RESTART));
        }
        if (hadSessions) {
            lastClosedAt = OptionalLong.of(nanoTime.getAsLong());
        }
    }

    /** Waits until the clients had time to answer the last closes: half a second after these. */
    public void awaitEchoes() {
        try {
            Thread.sleep(echoesLeft().toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    Duration echoesLeft() {
        OptionalLong since = lastClosedAt;
        if (since.isEmpty()) {
            return Duration.ZERO;
        }
        Duration left = ECHOES.minusNanos(nanoTime.getAsLong() - since.getAsLong());
        return left.isNegative() ? Duration.ZERO : left;
    }

    private boolean hasOpenSessions() {
        return sessions.all().stream().anyMatch(Session::isOpen);
    }
}
