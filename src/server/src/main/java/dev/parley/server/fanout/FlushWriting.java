package dev.parley.server.fanout;

import dev.parley.server.session.Session;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The writing of one flush: each session is flushed by its {@link Session#writer}, in one task for all that have the
 * same one. Handing each frame to another thread costs as much as the frame itself. Any thread.
 */
final class FlushWriting {
    private static final Logger LOG = System.getLogger(FlushWriting.class.getName());

    private record Work(Executor writer, List<Session> sessions) {}

    private final Queue<Work> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger unfinished;
    private final int atOnce;
    private final Runnable whenWritten;

    /**
     * @param atOnce writers that write at a time; more than there are processors only take these from each other
     * @param whenWritten called once, by the last writer
     */
    FlushWriting(Collection<Session> sessions, int atOnce, Runnable whenWritten) {
        Map<Executor, List<Session>> byWriter = new IdentityHashMap<>();
        for (Session session : sessions) {
            byWriter.computeIfAbsent(session.writer(), writer -> new ArrayList<>(sessions.size()))
                    .add(session);
        }
        byWriter.forEach((writer, own) -> waiting.add(new Work(writer, own)));
        this.unfinished = new AtomicInteger(byWriter.size());
        this.atOnce = atOnce;
        this.whenWritten = whenWritten;
    }

    void start() {
        if (waiting.isEmpty()) {
            whenWritten.run();
        }
        for (int i = 0; i < atOnce; i++) {
            startNext();
        }
    }

    private void startNext() {
        Work next = waiting.poll();
        if (next == null) {
            return;
        }
        try {
            next.writer().execute(() -> write(next.sessions()));
        } catch (RejectedExecutionException e) { // the container stops
            write(next.sessions());
        }
    }

    private void write(List<Session> sessions) {
        sessions.forEach(FlushWriting::flush);
        startNext();
        if (unfinished.decrementAndGet() == 0) {
            whenWritten.run();
        }
    }

    private static void flush(Session session) {
        try {
            session.flush();
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "A send on " + session + " failed.", e);
        }
    }
}
