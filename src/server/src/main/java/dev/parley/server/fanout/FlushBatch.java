package dev.parley.server.fanout;

import dev.parley.protocol.ServerMessage;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.MessageEncoding;
import dev.parley.server.session.Session;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * What leaves together at the next flush: the messages of channels, which each reader gets in one batch, and the
 * sessions whose outboxes got something. Confined to its event loop.
 */
final class FlushBatch implements EventLoop.Flush {
    /** Deliveries that wait at most, of all channels: some 10 ms of work. */
    private static final int DELIVERIES_MAX = 50_000;

    private final MessageEncoding encoding;
    private final Function<Session, Collection<Reader>> readersOf;
    private final Set<ChannelReaders> pending = new LinkedHashSet<>();
    private final Set<Session> toFlush = new LinkedHashSet<>();
    private long deliveries;
    /** Number of the last flush; the first one is 2, which follows no other. */
    private long flushes = 1;

    private double repeated = 1;

    /** @param readersOf where a session reads */
    FlushBatch(MessageEncoding encoding, Function<Session, Collection<Reader>> readersOf) {
        this.encoding = encoding;
        this.readersOf = readersOf;
    }

    /** For a loop without channels. */
    FlushBatch(MessageEncoding encoding) {
        this(encoding, session -> List.of());
    }

    /** Adds the next message of a channel, for its live readers. */
    void add(ChannelReaders channel, Backlog.Entry entry) {
        if (channel.isFullFor(entry)) {
            offerPending(channel);
        }
        channel.addPending(entry);
        pending.add(channel);
        deliveries += channel.all().size();
    }

    private void offerPending(ChannelReaders channel) {
        MessageRun run = channel.takePending();
        for (Reader reader : channel.all()) {
            if (reader.live(run)) {
                markDirty(reader.session());
            }
        }
    }

    /** Offers the messages of all channels that came until now. */
    void offerPending() {
        pending.forEach(this::offerPending);
        pending.clear();
        deliveries = 0;
    }

    /** Offers a session the messages that came until now. */
    void offerPending(Session session) {
        for (Reader reader : readersOf.apply(session)) {
            if (reader.channel().hasPending() && reader.live(reader.channel().pendingRun())) {
                markDirty(session);
            }
        }
    }

    /** Offers a message to one session, after the messages that came before. */
    void offer(Session session, Encoded message) {
        offerPending(session);
        session.offer(message);
        markDirty(session);
    }

    void offer(Session session, ServerMessage message) {
        offer(session, encoding.encode(message));
    }

    /** Offers a message to many readers, encoded once. */
    void offerAll(Collection<Reader> readers, ServerMessage message) {
        offerAll(readers, encoding.encode(message));
    }

    void offerAll(Collection<Reader> readers, Encoded message) {
        readers.forEach(reader -> offer(reader.session(), message));
    }

    /** Records that the outbox of this session needs a flush. */
    void markDirty(Session session) {
        toFlush.add(session);
    }

    @Override
    public boolean isWaiting() {
        return !pending.isEmpty() || !toFlush.isEmpty();
    }

    @Override
    public boolean isFull() {
        return deliveries >= DELIVERIES_MAX;
    }

    @Override
    public double repeated() {
        return repeated;
    }

    /** Computes {@link #repeated} for the pending channels; 1 without channels, as for metrics and single sessions. */
    private double countRepeated() {
        flushes++;
        long all = 0;
        long again = 0;
        for (ChannelReaders channel : pending) {
            int readers = channel.all().size();
            all += readers;
            again += channel.flushed(flushes) == flushes - 1 ? readers : 0;
        }
        return all == 0 ? 1 : (double) again / all;
    }

    @Override
    public void run(Runnable whenWritten) {
        repeated = countRepeated();
        offerPending();
        new Writing(toFlush, Runtime.getRuntime().availableProcessors(), whenWritten).start();
        toFlush.clear();
    }

    /**
     * The writing of one flush: each session is flushed by its {@link Session#writer}, in one task for all that have
     * the same one. Handing each frame to another thread costs as much as the frame itself. Any thread.
     */
    static final class Writing {
        private static final Logger LOG = System.getLogger(Writing.class.getName());

        private record Work(Executor writer, List<Session> sessions) {}

        private final Queue<Work> waiting = new ConcurrentLinkedQueue<>();
        private final AtomicInteger unfinished;
        private final int atOnce;
        private final Runnable whenWritten;

        /**
         * @param atOnce writers that write at a time; more than there are processors only take these from each other
         * @param whenWritten called once, by the last writer
         */
        Writing(Collection<Session> sessions, int atOnce, Runnable whenWritten) {
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
            sessions.forEach(Writing::flush);
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
}
