package dev.parley.server.dispatch;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ChunkJoiner;
import dev.parley.protocol.CloseCode;
import dev.parley.server.log.LogThrottle;
import dev.parley.server.session.EndpointType;
import dev.parley.server.session.Session;
import dev.parley.server.session.TrafficCounters;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/** The inbound queues of all sessions of this node, and how each one is put together. Any thread. */
public final class Dispatcher {
    private final MessageHandlers handlers;
    private final ChunkAssembler chunks;
    private final MessageProcessor processor;
    private final int uploadMax;
    private final RateLimiter rateLimiter;
    private final InboundMemoryBudget inboundMemory;
    private final Executors executors;
    private final LongSupplier nanoTime;
    private final LogThrottle bugs;
    private final Map<Session, InboundQueue> queues = new ConcurrentHashMap<>();

    /**
     * Where the work of sessions goes on.
     *
     * @param resume where a session's tasks go on after they waited for the store; runs every task
     * @param inOrder where answers to stored messages leave one after the other: the fan-out
     * @param whenAnswered runs what comes after the answers to all that was sent to the store before; may give up where
     *     too much waits
     */
    public record Executors(Executor resume, Executor inOrder, Executor whenAnswered) {}

    /**
     * @param uploadMax bytes of a file, which may come faster than it is stored
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
        this.bugs = new LogThrottle(System.getLogger(Dispatcher.class.getName()), nanoTime);
    }

    /** Begins to listen to a session. {@code /text} has no login message, so it signs in at once. */
    public InboundQueue open(Session session) {
        SerialExecutor executor = new SerialExecutor(executors.resume(), uploadMax);
        SendOrderGuard sendOrder = new SendOrderGuard(nanoTime);
        ErrorReplies errors = new ErrorReplies(
                session,
                new ErrorBudget(),
                sendOrder,
                executors.inOrder(),
                // A task may be on its way to the store right now.
                action -> executor.addFromElsewhere(() -> {
                    executors.whenAnswered().execute(action);
                    return SerialExecutor.DONE;
                }),
                bugs);
        SessionContext context = new SessionContext(
                session,
                sendOrder,
                errors,
                new SessionRates(session, rateLimiter, sendOrder, errors),
                new ChunkJoiner(chunks.bounds(), nanoTime),
                inboundMemory.share());
        InboundQueue inbound = new InboundQueue(context, handlers, chunks, processor, executor);
        queues.put(session, inbound);
        if (session.isEnded()) {
            sessionEnded(session);
        } else if (session.endpoint() == EndpointType.TEXT) {
            inbound.signInOrClose(CloseCode.LOGIN_REFUSED);
        }
        return inbound;
    }

    /** The time to sign in is over: the session signs in by itself, or is closed. */
    public void loginOverdue(Session session) {
        Optional.ofNullable(queues.get(session)).ifPresent(inbound -> inbound.signInOrClose(CloseCode.LOGIN_TIMEOUT));
    }

    /** Frees what a session that ended had begun. */
    public void sessionEnded(Session session) {
        Optional.ofNullable(queues.remove(session)).ifPresent(InboundQueue::abandon);
    }

    /** To be called often: forgets messages and files that were begun and do not become whole in time. */
    public void expire() {
        queues.values().forEach(InboundQueue::expire);
    }

    /** A session has lost the right to read a room, and is in it no more. Any thread, which waits for nothing. */
    public void evicted(Session session, Channel.Room room) {
        Optional.ofNullable(queues.get(session)).ifPresent(inbound -> inbound.evicted(room));
    }
}
