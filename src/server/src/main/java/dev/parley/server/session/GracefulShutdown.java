package dev.parley.server.session;

import dev.parley.protocol.CloseCode;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * The graceful shutdown of this node. It admits no new sessions, sends each session a goodbye with a random reconnect
 * delay, and waits until the goodbyes have left. The close code is 1012 (service restart): many hand-written clients
 * stop for good at 1001.
 */
public final class GracefulShutdown {
    private static final Duration DEADLINE = Duration.ofSeconds(5);
    private static final Logger LOG = System.getLogger(GracefulShutdown.class.getName());

    private final Sessions sessions;
    private final RandomGenerator random;
    private volatile boolean isShuttingDown;
    private volatile Runnable onDrain = () -> {};

    public GracefulShutdown(Sessions sessions, RandomGenerator random) {
        this.sessions = sessions;
        this.random = random;
    }

    /** @param listener called when the node begins to drain, before the goodbyes; may block for some seconds */
    public void onDrain(Runnable listener) {
        onDrain = listener;
    }

    public boolean isShuttingDown() {
        return isShuttingDown;
    }

    /** Accepts sessions again: the server was suspended, did not stop, and has resumed. */
    public void resume() {
        isShuttingDown = false;
    }

    /** Blocks until all sessions have ended, for 5 s at most, then closes the remaining sessions at once. */
    public void drain() {
        isShuttingDown = true;
        onDrain.run();
        for (Session session : sessions.all()) {
            session.sendGoodbye(CloseCode.SERVICE_RESTART, 0, random);
            session.close(CloseCode.SERVICE_RESTART);
        }
        if (!sessions.awaitNone(DEADLINE)) {
            LOG.log(Level.WARNING, "{0} sessions did not receive their goodbye in time.", sessions.count());
            sessions.all().forEach(session -> session.closeNow(CloseCode.SERVICE_RESTART));
        }
    }
}
