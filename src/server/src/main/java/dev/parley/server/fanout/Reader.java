package dev.parley.server.fanout;

import dev.parley.protocol.Position;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.Session;

/**
 * One session's place in one channel: takes each seq once, in order, and says when it needs the store to go on. Owned
 * by the fan-out's event loop.
 */
final class Reader {
    private enum State {
        /** Everything so far has been offered; takes live messages. */
        LIVE,
        /** Gets pages from the store; live messages pass by, they will be in a page. */
        BEHIND,
        /** Left the channel or ended. */
        GONE
    }

    private final ChannelReaders channel;
    private final Session session;
    private final String epoch;
    private long next;
    private long revision;
    private State state = State.BEHIND;

    Reader(ChannelReaders channel, Session session, ReadFrom from) {
        this.channel = channel;
        this.session = session;
        this.epoch = from.position().epoch();
        this.next = from.position().seq() + 1;
        this.revision = from.aclVersion();
    }

    ChannelReaders channel() {
        return channel;
    }

    Session session() {
        return session;
    }

    /** What has been offered so far. */
    Position position() {
        return new Position(epoch, next - 1);
    }

    /** Whether its right to read was looked up after somebody had lost it last. */
    boolean isAuthorized() {
        return revision >= channel.aclVersion();
    }

    /** It has the right to read, looked up under this aclVersion. */
    void authorized(long under) {
        revision = Math.max(revision, under);
    }

    /** It must show its right again before it gets anything more. */
    void needsRecheck() {
        if (state == State.LIVE) {
            state = State.BEHIND;
        }
    }

    boolean isBehind() {
        return state == State.BEHIND;
    }

    boolean isGone() {
        return state == State.GONE;
    }

    void goneLive() {
        state = State.LIVE;
    }

    void gone() {
        state = State.GONE;
    }

    /**
     * A live message of this channel.
     *
     * @return whether it was offered; a reader that misses something in between is behind afterwards
     */
    boolean live(long seq, Encoded message) {
        if (state != State.LIVE || seq < next) {
            return false;
        }
        if (seq > next) {
            state = State.BEHIND;
            return false;
        }
        return offer(seq, message);
    }

    /** The channel has grown to here; whether a live reader misses something of it and is behind now. */
    boolean misses(long head) {
        if (state != State.LIVE || head < next) {
            return false;
        }
        state = State.BEHIND;
        return true;
    }

    /** A message of a page from the store; one that was offered already is left out. */
    boolean paged(long seq, Encoded message) {
        return seq >= next && offer(seq, message);
    }

    private boolean offer(long seq, Encoded message) {
        session.offer(message);
        next = seq + 1;
        return true;
    }
}
