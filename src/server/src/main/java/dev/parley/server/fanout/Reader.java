package dev.parley.server.fanout;

import dev.parley.protocol.Position;
import dev.parley.protocol.UserKey;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.Session;

/**
 * The position of one session in one channel. It takes each seq once, in order, and reports when it needs the store to
 * go on. Confined to the fan-out's event loop.
 */
final class Reader {
    private enum State {
        /** Takes what comes in order. */
        LIVE,
        /** Gets recent messages, or pages from the store; what comes meanwhile is among them. */
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

    /** Whose right to read counts. */
    UserKey key() {
        return session.signedInAs().key();
    }

    /** The position up to which everything has been offered. */
    Position position() {
        return new Position(epoch, next - 1);
    }

    /** Seq of the message that it needs next. */
    long next() {
        return next;
    }

    /** Whether its right to read was checked under the current version of the access list. */
    boolean isAuthorized() {
        return aclVersion >= channel.aclVersion();
    }

    /** Records that it has the right to read under this version of the access list. */
    void authorized(long under) {
        aclVersion = Math.max(aclVersion, under);
    }

    boolean isLive() {
        return state == State.LIVE;
    }

    boolean isGone() {
        return state == State.GONE;
    }

    void goneLive() {
        state = State.LIVE;
    }

    /** Stops live messages: its right to read must be rechecked, or it missed some. */
    void fellBehind() {
        if (state == State.LIVE) {
            state = State.BEHIND;
        }
    }

    void gone() {
        state = State.GONE;
    }

    /**
     * Takes messages that came in order, from its position on.
     *
     * @return whether one was offered
     */
    boolean live(MessageRun run) {
        if (state != State.LIVE || !run.covers(next)) {
            return false;
        }
        while (run.covers(next)) {
            offer(run.from(next));
        }
        return true;
    }

    /**
     * Takes messages of a page, from its position on, as long as its outbox has room for more.
     *
     * @return whether one was offered
     */
    boolean paged(MessageRun run) {
        boolean isOffered = false;
        while (run.covers(next)) {
            Encoded.Batch batch = run.from(next);
            if (!session.hasRoom(batch.bytes())) {
                break;
            }
            offer(batch);
            isOffered = true;
        }
        return isOffered;
    }

    private void offer(Encoded.Batch batch) {
        session.offer(batch);
        next += batch.messages().size();
    }
}
