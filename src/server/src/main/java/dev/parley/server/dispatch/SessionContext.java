package dev.parley.server.dispatch;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ChunkJoiner;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.session.Session;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The state of one session in dispatch. Its handlers run one after the other in the session's queue (see
 * {@link SerialExecutor}), so nothing here needs a lock. What answers from elsewhere uses only {@link #answer},
 * {@link #errors} and the session.
 */
public final class SessionContext {
    private final Session session;
    private final SendOrderGuard sendOrder;
    private final ErrorReplies errors;
    private final SessionRates rates;
    private final Set<Channel.Room> rooms = new HashSet<>();
    private final Set<String> subscriptions = new HashSet<>();
    private final ChunkJoiner joiner;
    private final InboundMemoryBudget.Share memory;
    private Optional<Upload> upload = Optional.empty();
    private long lateBytes;
    /** Written in the session's queue, read by the sweep. */
    private volatile boolean hasUnfinished;

    private boolean isAutoNamed;
    private boolean isLoginRefused;

    SessionContext(
            Session session,
            SendOrderGuard sendOrder,
            ErrorReplies errors,
            SessionRates rates,
            ChunkJoiner joiner,
            InboundMemoryBudget.Share memory) {
        this.session = session;
        this.sendOrder = sendOrder;
        this.errors = errors;
        this.rates = rates;
        this.joiner = joiner;
        this.memory = memory;
    }

    public Session session() {
        return session;
    }

    /** Rooms that this session is in or about to enter. */
    public Set<Channel.Room> rooms() {
        return rooms;
    }

    public Set<String> subscriptions() {
        return subscriptions;
    }

    /** Whether the server made this guest's name, so that one login may still give it another. */
    public boolean isAutoNamed() {
        return isAutoNamed;
    }

    public void autoNamed(boolean byServer) {
        isAutoNamed = byServer;
    }

    /**
     * Whether a login was refused: then this session signs in by a better one, never by itself under a name it did not
     * want.
     */
    public boolean isLoginRefused() {
        return isLoginRefused;
    }

    public void loginRefused() {
        isLoginRefused = true;
    }

    /** Bytes of what this session has begun to send. */
    public InboundMemoryBudget.Share memory() {
        return memory;
    }

    ChunkJoiner joiner() {
        return joiner;
    }

    /** The upload under way. */
    public Optional<Upload> upload() {
        return upload;
    }

    public void uploading(Upload begun) {
        upload = Optional.of(begun);
        noteUnfinished();
    }

    /** Whole, or given up. */
    public void uploaded() {
        upload = Optional.empty();
        noteUnfinished();
    }

    /** To be called when the joiner has changed. */
    void noteUnfinished() {
        hasUnfinished = upload.isPresent() || !joiner.isEmpty();
    }

    /** Whether something was begun that is not whole. Any thread. */
    boolean hasUnfinished() {
        return hasUnfinished;
    }

    /** Bytes of a rejected upload that may still be on their way. */
    public long lateBytes() {
        return lateBytes;
    }

    public void lateBytes(long left) {
        lateBytes = left;
    }

    public SendOrderGuard sendOrder() {
        return sendOrder;
    }

    public void answer(ServerMessage message) {
        session.answer(message);
    }

    /** The error policy of this session. Any thread. */
    public ErrorReplies errors() {
        return errors;
    }

    /** The rate limits of this session's user. Any thread. */
    public SessionRates rates() {
        return rates;
    }
}
