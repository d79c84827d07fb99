package dev.parley.server.fanout;

import dev.parley.protocol.ServerMessage;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.MessageEncoding;
import dev.parley.server.session.Session;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
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
        Encoded encoded = encoding.encode(message);
        readers.forEach(reader -> offer(reader.session(), encoded));
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
    public void run(Runnable whenWritten) {
        offerPending();
        new FlushWriting(toFlush, Runtime.getRuntime().availableProcessors(), whenWritten).start();
        toFlush.clear();
    }
}
