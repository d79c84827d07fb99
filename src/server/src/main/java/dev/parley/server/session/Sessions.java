package dev.parley.server.session;

import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** All live sessions of this node. Any thread. */
public final class Sessions {
    private final Map<String, Session> byId = new ConcurrentHashMap<>();
    private final Object removed = new Object();

    public void add(Session session) {
        byId.put(session.id(), session);
        // It may have ended while it was being added.
        if (session.isEnded()) {
            remove(session);
        }
    }

    public void remove(Session session) {
        byId.remove(session.id());
        if (byId.isEmpty()) {
            synchronized (removed) {
                removed.notifyAll();
            }
        }
    }

    /** Blocks until no session is left or the time is over; whether none is left. */
    boolean awaitNone(Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        synchronized (removed) {
            for (long left = atMost.toMillis();
                    left > 0 && !byId.isEmpty();
                    left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())) {
                try {
                    removed.wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    break;
                }
            }
        }
        return byId.isEmpty();
    }

    public Optional<Session> find(String id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** A live view. */
    public Collection<Session> all() {
        return Collections.unmodifiableCollection(byId.values());
    }

    public int count() {
        return byId.size();
    }
}
