package dev.parley.server.fanout;

import dev.parley.protocol.Position;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.Session;

/**
 * The position of one session in one channel. It takes each seq once, in order, and reports when it needs the store to
 * go on. Confined to the fan-out's event loop.
 */
final class Reader {
    private enum State {
        /** Has been offered everything so far; takes live messages. */
        LIVE,
        /** Gets pages from the store; live messages are ignored, because a page will contain them. */
        BEHIND,
        /** Left the channel or ended. */
        GONE
    }

    private final ChannelReaders channel;
    private final Session session;
    private final String epoch;
    private long next;
    private long aclVersion;
    private State state = State.BEHIND;

    Reader(ChannelReaders channel, Session session, ReadFrom from) {
        this.channel = channel;
        this.session = session;
        this.epoch = from.position().epoch();
        this.next = from.position().seq() + 1;
        this.aclVersion = from.aclVersion();
    }

    ChannelReaders channel() {
        return channel;
    }

    Session session() {
        return session;
    }

    /** The position up to which everything has been offered. */
    Position position() {
        return new Position(epoch, next - 1);
    }

    /** Whether its right to read was checked under the current version of the access list. */
    boolean isAuthorized() {
        return aclVersion >= channel.aclVersion();
    }

    /** Records that it has the right to read under this version of the access list. */
    void authorized(long under) {
        aclVersion = Math.max(aclVersion, under);
    }

    /** Stops live messages until its right to read has been rechecked. */
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
     * Takes a live message of this channel.
     *
     * @return whether it was offered; a reader with a gap before the message is behind afterwards
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

    /** Compares a live reader with the head of its channel: true if it misses messages, and is behind from now on. */
    boolean misses(long head) {
        if (state != State.LIVE || head < next) {
            return false;
        }
        state = State.BEHIND;
        return true;
    }

    /** Takes a message of a page from the store; one that was offered already is ignored. */
    boolean paged(long seq, Encoded message) {
        return seq >= next && offer(seq, message);
    }

    private boolean offer(long seq, Encoded message) {
        session.offer(message);
        next = seq + 1;
        return true;
    }
}
