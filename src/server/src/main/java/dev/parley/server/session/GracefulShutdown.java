package dev.parley.server.session;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ServerMessage;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * The end of this node: lets nobody in any more, says goodbye to everyone, each with another time to come back, and
 * waits until the goodbyes have left.
 */
public final class GracefulShutdown {
    /** Spreads those who come back, so that the next server does not get all handshakes at once. */
    private static final int RECONNECT_SPREAD_MILLIS = 5_000;

    private static final Duration DEADLINE = Duration.ofSeconds(5);
    private static final Logger LOG = System.getLogger(GracefulShutdown.class.getName());

    private final Sessions sessions;
    private final RandomGenerator random;
    private volatile boolean isShuttingDown;

    public GracefulShutdown(Sessions sessions, RandomGenerator random) {
        this.sessions = sessions;
        this.random = random;
    }

    public boolean isShuttingDown() {
        return isShuttingDown;
    }

    /** The server suspended without stopping and goes on. */
    public void resume() {
        isShuttingDown = false;
    }

    /** Blocks until all sessions have ended, for some seconds at most; then closes at once who is left. */
    public void shutdown() {
        isShuttingDown = true;
        for (Session session : sessions.all()) {
            session.answer(new ServerMessage.Goodbye(
                    CloseCode.GOING_AWAY.wireName(), random.nextInt(RECONNECT_SPREAD_MILLIS)));
            session.close(CloseCode.GOING_AWAY);
        }
        if (!sessions.awaitNone(DEADLINE)) {
            LOG.log(Level.WARNING, "{0} sessions did not take their goodbye in time.", sessions.count());
            sessions.all().forEach(session -> session.closeNow(CloseCode.GOING_AWAY));
        }
    }
}
