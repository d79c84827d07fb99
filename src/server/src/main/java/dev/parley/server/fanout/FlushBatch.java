package dev.parley.server.fanout;

import dev.parley.protocol.ServerMessage;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.MessageEncoding;
import dev.parley.server.session.Session;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The sessions whose outboxes got messages since the last flush, so that these leave together. Confined to its event
 * loop.
 */
final class FlushBatch {
    private static final Logger LOG = System.getLogger(FlushBatch.class.getName());

    private final MessageEncoding encoding;
    private final Set<Session> toFlush = new LinkedHashSet<>();

    FlushBatch(MessageEncoding encoding) {
        this.encoding = encoding;
    }

    void offer(Session session, Encoded message) {
        session.offer(message);
        markDirty(session);
    }

    void offer(Session session, ServerMessage message) {
        offer(session, encoding.encode(message));
    }

    /** Offers a message to many readers, encoded once. */
    void offerAll(Collection<Reader> readers, ServerMessage message) {
        Encoded encoded = encoding.encode(message);
        readers.forEach(reader -> offer(reader.session(), encoded));
    }

    /** Records that the outbox of this session needs a flush. */
    void markDirty(Session session) {
        toFlush.add(session);
    }

    void flush() {
        for (Session session : toFlush) {
            try {
                session.flush();
            } catch (RuntimeException e) {
                LOG.log(Level.WARNING, "A send on " + session + " failed.", e);
            }
        }
        toFlush.clear();
    }
}
