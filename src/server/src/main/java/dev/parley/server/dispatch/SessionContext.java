package dev.parley.server.dispatch;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.chunks.ChunkJoiner;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.Session;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The state of one session in dispatch. Its handlers run one after the other in the session's queue (see
 * {@link SerialExecutor}), so nothing here needs a lock. What answers from elsewhere uses only {@link #answer},
 * {@link #errors} and the session.
 */
public final class SessionContext {
    private final Session session;
    private final Function<String, List<Decoded>> decoder;
    private final SendOrderGuard sendOrder;
    private final ErrorReplies errors;
    private final SessionRates rates;
    private final Set<Channel.Room> rooms = new HashSet<>(2);
    private final Supplier<ChunkJoiner> joiners;
    private final InboundMemoryBudget.Share memory;
    /** Made when it is first used, as the joiner: most sessions need neither. */
    private Optional<Set<String>> subscriptions = Optional.empty();

    private Optional<ChunkJoiner> joiner = Optional.empty();
    private Optional<Upload> upload = Optional.empty();
    private long lateBytes;
    private long lateUntil;
    /** Written in the session's queue, read by the periodic check. */
    private volatile boolean hasUnfinished;

    private boolean isAutoNamed;
    private boolean isLoginRefused;

    /** @param joiners creates the joiner of chunks */
    SessionContext(
            Session session,
            Function<String, List<Decoded>> decoder,
            SendOrderGuard sendOrder,
            ErrorReplies errors,
            SessionRates rates,
            Supplier<ChunkJoiner> joiners,
            InboundMemoryBudget.Share memory) {
        this.session = session;
        this.decoder = decoder;
        this.sendOrder = sendOrder;
        this.errors = errors;
        this.rates = rates;
        this.joiners = joiners;
        this.memory = memory;
    }

    public Session session() {
        return session;
    }

    /** Decodes a message that came in chunks, with the decoder of the connection. */
    List<Decoded> decode(String text) {
        return decoder.apply(text);
    }

    /** Rooms that this session is in or about to enter. */
    public Set<Channel.Room> rooms() {
        return rooms;
    }

    public Set<String> subscriptions() {
        Set<String> own = subscriptions.orElseGet(HashSet::new);
        subscriptions = Optional.of(own);
        return own;
    }

    /** Whether the server generated this guest's name; one login may still replace it. */
    public boolean isAutoNamed() {
        return isAutoNamed;
    }

    public void autoNamed(boolean byServer) {
        isAutoNamed = byServer;
    }

    /** Whether a login was refused. Such a session never signs in implicitly, under a name that it did not ask for. */
    public boolean isLoginRefused() {
        return isLoginRefused;
    }

    public void loginRefused() {
        isLoginRefused = true;
    }

    /** This session's share of the memory for unfinished messages and files. */
    public InboundMemoryBudget.Share memory() {
        return memory;
    }

    /** Joins the chunks of this session. */
    ChunkJoiner joiner() {
        ChunkJoiner own = joiner.orElseGet(joiners);
        joiner = Optional.of(own);
        return own;
    }

    /** The joiner, if this session has sent a chunk. */
    Optional<ChunkJoiner> usedJoiner() {
        return joiner;
    }

    /** The upload in progress. */
    public Optional<Upload> upload() {
        return upload;
    }

    public void uploading(Upload begun) {
        upload = Optional.of(begun);
        noteUnfinished();
    }

    /** The upload is complete, or was rejected. */
    public void uploaded() {
        upload = Optional.empty();
        noteUnfinished();
    }

    /** Must be called after each change of the joiner. */
    void noteUnfinished() {
        hasUnfinished =
                upload.isPresent() || joiner.filter(own -> !own.isEmpty()).isPresent();
    }

    /** Whether a transfer or an upload is unfinished. Any thread. */
    boolean hasUnfinished() {
        return hasUnfinished;
    }

    /**
     * Bytes of a rejected upload that may still arrive.
     *
     * @param now the monotonic time in nanoseconds
     */
    public long lateBytes(long now) {
        return now - lateUntil < 0 ? lateBytes : 0;
    }

    /** @param until the monotonic time in nanoseconds after which none arrive */
    public void lateBytes(long left, long until) {
        lateBytes = left;
        lateUntil = until;
    }

    /** Some of these bytes have arrived. */
    public void lateArrived(long bytes) {
        lateBytes -= bytes;
    }

    public SendOrderGuard sendOrder() {
        return sendOrder;
    }

    public void answer(ServerMessage message) {
        session.answer(message);
    }

    public void answer(Encoded message) {
        session.offer(message);
        session.flush();
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
