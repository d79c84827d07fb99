package dev.parley.server.dispatch;

import dev.parley.protocol.Channel;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.chunks.ChunkJoiner;
import dev.parley.server.log.LogThrottle;
import dev.parley.server.session.EndpointType;
import dev.parley.server.session.Session;
import dev.parley.server.session.TrafficCounters;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The inbound queues of all sessions of this node. Creates the parts of each one. Any thread. */
public final class Dispatcher {
    private final MessageHandlers handlers;
    private final ChunkAssembler chunks;
    private final MessageProcessor processor;
    private final int uploadMax;
    private final RateLimiter rateLimiter;
    private final InboundMemoryBudget inboundMemory;
    private final Executors executors;
    private final LongSupplier nanoTime;
    private final Supplier<ChunkJoiner> joiners;
    private final LogThrottle bugs;
    private final Map<Session, InboundQueue> queues = new ConcurrentHashMap<>();

    /**
     * Executors for the work of sessions.
     *
     * @param resume continues a session's tasks after they waited for the store; runs every task
     * @param inOrder sends answers to stored messages one after the other: the fan-out
     * @param whenAnswered runs actions after the answers to all messages that were sent to the store before; may drop
     *     an action if too many wait
     */
    public record Executors(Executor resume, Executor inOrder, Executor whenAnswered) {}

    /**
     * @param uploadMax maximum size of a file in bytes; its frames may arrive faster than they are stored
     * @param nanoTime the monotonic clock
     */
    public Dispatcher(
            MessageHandlers handlers,
            ChunkAssembler chunks,
            RateLimiter rateLimiter,
            InboundMemoryBudget inboundMemory,
            TrafficCounters traffic,
            Executors executors,
            int uploadMax,
            LongSupplier nanoTime) {
        this.handlers = handlers;
        this.chunks = chunks;
        this.processor = new MessageProcessor(handlers, chunks, traffic, executors.resume());
        this.rateLimiter = rateLimiter;
        this.inboundMemory = inboundMemory;
        this.executors = executors;
        this.uploadMax = uploadMax;
        this.nanoTime = nanoTime;
        this.joiners = () -> new ChunkJoiner(chunks.bounds(), nanoTime);
        this.bugs = new LogThrottle(System.getLogger(Dispatcher.class.getName()), nanoTime);
    }

    /**
     * Creates the queue of a new session. {@code /text} has no login message, so its sessions sign in at once.
     *
     * @param decoder decodes messages of this connection that came in chunks; never throws
     */
    InboundQueue open(Session session, Function<String, List<Decoded>> decoder) {
        SerialExecutor executor = new SerialExecutor(executors.resume(), uploadMax);
        SendOrderGuard sendOrder = new SendOrderGuard(nanoTime);
        ErrorReplies errors = new ErrorReplies(
                session,
                new ErrorBudget(),
                sendOrder,
                executors.inOrder(),
                // Behind the queued tasks, because one of them may be about to send a message to the store.
                action -> executor.addFromElsewhere(() -> {
                    executors.whenAnswered().execute(action);
                    return SerialExecutor.DONE;
                }),
                bugs);
        SessionContext context = new SessionContext(
                session,
                decoder,
                sendOrder,
                errors,
                new SessionRates(session, rateLimiter, sendOrder, errors),
                joiners,
                inboundMemory.share());
        InboundQueue inbound = new InboundQueue(context, handlers, chunks, processor, executor);
        queues.put(session, inbound);
        if (session.isEnded()) {
            sessionEnded(session);
        } else if (session.endpoint() == EndpointType.TEXT) {
            inbound.signInForLines();
        }
        return inbound;
    }

    /** Handles the login timeout: the session signs in implicitly, or is closed. */
    public void loginOverdue(Session session) {
        Optional.ofNullable(queues.get(session)).ifPresent(inbound -> inbound.signInOrClose(CloseCode.LOGIN_TIMEOUT));
    }

    /** Removes the queue of an ended session, and releases what it had begun. */
    public void sessionEnded(Session session) {
        Optional.ofNullable(queues.remove(session)).ifPresent(InboundQueue::abandon);
    }

    /** Drops unfinished transfers and uploads that are too late, of all sessions. To be called often. */
    public void expire() {
        queues.values().forEach(InboundQueue::expire);
    }

    /** A user has signed in under a name that this session may have as a guest. Any thread; does not block. */
    public void nameTaken(Session session, String name) {
        Optional.ofNullable(queues.get(session)).ifPresent(inbound -> inbound.nameTaken(name));
    }

    /**
     * Says goodbye to a session, takes nothing more from it, and closes it with 1012 when everything that it sent
     * before is answered. Any thread; does not block.
     */
    public void sendAway(Session session, Duration reconnectAfter) {
        InboundQueue inbound = queues.get(session);
        if (inbound != null) {
            inbound.sendAway(reconnectAfter);
        } else if (session.announceClose(CloseCode.SERVICE_RESTART)) {
            // It has only just been opened, or has ended.
            session.sendGoodbye(CloseCode.SERVICE_RESTART, reconnectAfter);
            session.close(CloseCode.SERVICE_RESTART);
        }
    }

    /** A session has lost the right to read a room, and has been removed from it. Any thread; does not block. */
    public void evicted(Session session, Channel.Room room) {
        Optional.ofNullable(queues.get(session)).ifPresent(inbound -> inbound.evicted(room));
    }
}
