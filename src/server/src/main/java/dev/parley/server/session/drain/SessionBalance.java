package dev.parley.server.session.drain;

import dev.parley.server.session.Session;
import dev.parley.server.session.Sessions;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Hands some sessions on to the other nodes while this one has more than its part; see {@link BalancePolicy}. The
 * oldest leave: a client that has just come here is left in peace. Any thread; nothing blocks.
 */
public final class SessionBalance {
    private static final Logger LOG = System.getLogger(SessionBalance.class.getName());

    private final Sessions sessions;
    private final DrainPace pace;
    private final Farewell farewell;
    private final RandomGenerator random;

    private final Object lock = new Object();
    /** Guarded by the lock, as is the queue. */
    private final BalancePolicy policy;
    /** Sessions that are to leave, a batch at a time. */
    private final Deque<Session> leaving = new ArrayDeque<>();

    /** @param percent of its sessions that this node hands on at a time, while it has too many; 0 for none ever */
    public SessionBalance(int percent, Sessions sessions, DrainPace pace, Farewell farewell, RandomGenerator random) {
        this.policy = new BalancePolicy(percent);
        this.sessions = sessions;
        this.pace = pace;
        this.farewell = farewell;
        this.random = random;
    }

    /**
     * Takes the numbers of sessions of all nodes, each time they are counted.
     *
     * @param others of each other node that takes sessions
     */
    public void counted(List<Long> others) {
        int own = sessions.count();
        int count;
        synchronized (lock) {
            count = leaving.isEmpty() ? policy.toHandOn(own, others) : 0;
        }
        if (count > 0) {
            LOG.log(
                    Level.INFO,
                    "This node has {0} sessions, and the others {1}: {2} are sent away, so that the others get them.",
                    own,
                    others,
                    count);
            List<Session> oldest = sessions.oldest(count);
            synchronized (lock) {
                leaving.addAll(oldest);
            }
        }
    }

    /** Sends the next sessions away. To be called every {@link DrainPace#STEP}. */
    public void step() {
        List<Session> batch = new ArrayList<>();
        synchronized (lock) {
            while (batch.size() < pace.batch() && !leaving.isEmpty()) {
                batch.add(leaving.remove());
            }
        }
        batch.forEach(session -> farewell.sendAway(session, pace.reconnectAfter(random)));
    }
}
