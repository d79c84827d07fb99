package dev.parley.server.dispatch;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ChunkJoiner;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.ErrorCode;
import dev.parley.server.log.LogThrottle;
import dev.parley.server.session.EndpointType;
import dev.parley.server.session.Session;
import dev.parley.server.session.TrafficCounters;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * Takes what a session's frames held and gives each message to the handler of its family. The first message signs in;
 * whatever else comes first signs the session in by itself, if it can.
 */
public final class Dispatcher {
    private static final Set<Class<? extends ClientMessage>> MONITOR_CARRIES = Set.of(
            ClientMessage.Login.class,
            ClientMessage.Ping.class,
            ClientMessage.Subscribe.class,
            ClientMessage.Unsubscribe.class,
            ClientMessage.Metric.class);

    private final Handlers handlers;
    private final RateLimiter rateLimiter;
    private final InboundMemoryBudget inboundMemory;
    private final TrafficCounters traffic;
    private final Executor resume;
    private final Executor inOrder;
    private final Executor whenAnswered;
    private final LongSupplier nanoTime;
    private final LogThrottle bugs;
    private final Map<Session, InboundQueue> queues = new ConcurrentHashMap<>();

    /**
     * @param resume where a session's tasks go on after they waited for the store; runs every task
     * @param inOrder where answers to stored messages leave one after the other: the fan-out
     * @param whenAnswered runs what comes after the answers to all that was sent to the store before; may give up where
     *     too much waits
     * @param nanoTime the monotonic clock
     */
    public Dispatcher(
            Handlers handlers,
            RateLimiter rateLimiter,
            InboundMemoryBudget inboundMemory,
            TrafficCounters traffic,
            Executor resume,
            Executor inOrder,
            Executor whenAnswered,
            LongSupplier nanoTime) {
        this.handlers = handlers;
        this.rateLimiter = rateLimiter;
        this.inboundMemory = inboundMemory;
        this.traffic = traffic;
        this.resume = resume;
        this.inOrder = inOrder;
        this.whenAnswered = whenAnswered;
        this.nanoTime = nanoTime;
        this.bugs = new LogThrottle(System.getLogger(Dispatcher.class.getName()), nanoTime);
    }

    /** Begins to listen to a session. {@code /text} has no login message, so it signs in at once. */
    public InboundQueue open(Session session) {
        SerialExecutor executor = new SerialExecutor(resume, handlers.uploads().maxBytes());
        SessionContext context = new SessionContext(
                session,
                new ErrorBudget(),
                new SendOrderGuard(nanoTime),
                new ChunkJoiner(handlers.chunks().bounds(), nanoTime),
                inboundMemory.share(),
                inOrder,
                // A task may be on its way to the store right now.
                action -> executor.addFromElsewhere(() -> {
                    whenAnswered.execute(action);
                    return SerialExecutor.DONE;
                }),
                bugs);
        InboundQueue inbound =
                new InboundQueue(context, handlers, rateLimiter, executor, message -> dispatch(context, message));
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

    private CompletionStage<?> dispatch(SessionContext context, Decoded decoded) {
        Session session = context.session();
        if (!session.isOpen()) {
            // After a refused login, what came with it must not sign in by itself.
            return SerialExecutor.DONE;
        }
        if (decoded instanceof Decoded.Malformed malformed) {
            context.refuse(malformed.id(), malformed.code(), malformed.reason());
            return SerialExecutor.DONE;
        }
        ClientMessage message = ((Decoded.Valid) decoded).message();
        traffic.messageIn();
        if (session.endpoint() == EndpointType.MONITOR && !MONITOR_CARRIES.contains(message.getClass())) {
            context.refuse(
                    message.id(),
                    ErrorCode.UNKNOWN_TYPE,
                    "/monitor carries login, ping, subscribe, unsubscribe and metric only; connect to /chat for the rest.");
            return SerialExecutor.DONE;
        }
        Router router = new Router(handlers, context, whole -> dispatch(context, whole));
        boolean isFreeToCome = message instanceof ClientMessage.Login || message instanceof ClientMessage.Ping;
        if (session.isSignedIn() || isFreeToCome) {
            return message.accept(router);
        }
        return handlers.login()
                .signInImplicitly(context, Optional.of(message))
                .thenComposeAsync(
                        isSignedIn -> isSignedIn ? message.accept(router) : CompletableFuture.completedFuture(null),
                        resume);
    }
}
