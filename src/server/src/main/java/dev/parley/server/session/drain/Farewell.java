package dev.parley.server.session.drain;

import dev.parley.server.session.Session;
import java.time.Duration;

/** Sends the client of a session away, so that it comes back by itself. Any thread; does not block. */
@FunctionalInterface
public interface Farewell {
    /**
     * Says goodbye, takes nothing more, and closes with 1012 once everything that the client sent before is answered.
     * Does nothing if a close was announced before.
     */
    void sendAway(Session session, Duration reconnectAfter);
}
