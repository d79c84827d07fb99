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
    private final Rates rates;
    private final Unfinished unfinished;
    private final TrafficCounters traffic;
    private final Executor resume;
    private final Executor inOrder;
    private final Executor whenAnswered;
    private final LongSupplier nanoTime;
    private final LogThrottle bugs;
    private final Map<Session, Intake> intakes = new ConcurrentHashMap<>();

    /**
     * @param resume where a session's turns go on after they waited for the store; runs every task
     * @param inOrder where answers to stored messages leave one after the other: the fan-out
     * @param whenAnswered runs what comes after the answers to all that was sent to the store before; may give up where
     *     too much waits
     * @param nanoTime the monotonic clock
     */
    public Dispatcher(
            Handlers handlers,
            Rates rates,
            Unfinished unfinished,
            TrafficCounters traffic,
            Executor resume,
            Executor inOrder,
            Executor whenAnswered,
            LongSupplier nanoTime) {
        this.handlers = handlers;
        this.rates = rates;
        this.unfinished = unfinished;
        this.traffic = traffic;
        this.resume = resume;
        this.inOrder = inOrder;
        this.whenAnswered = whenAnswered;
        this.nanoTime = nanoTime;
        this.bugs = new LogThrottle(System.getLogger(Dispatcher.class.getName()), nanoTime);
    }

    /** Begins to listen to a session. {@code /text} has no login message, so it signs in at once. */
    public Intake open(Session session) {
        Turns turns = new Turns(resume, handlers.uploads().maxBytes());
        Conversation conversation = new Conversation(
                session,
                new Refusals(),
                new HoldBack(nanoTime),
                new ChunkJoiner(handlers.chunks().bounds(), nanoTime),
                unfinished.share(),
                inOrder,
                // A turn may be on its way to the store right now.
                action -> turns.addForOthers(() -> {
                    whenAnswered.execute(action);
                    return Turns.DONE;
                }),
                bugs);
        Intake intake = new Intake(conversation, handlers, rates, turns, message -> dispatch(conversation, message));
        intakes.put(session, intake);
        if (session.isEnded()) {
            gone(session);
        } else if (session.endpoint() == EndpointType.TEXT) {
            intake.signInOrClose(CloseCode.LOGIN_REFUSED);
        }
        return intake;
    }

    /** The time to sign in is over: the session signs in by itself, or is closed. */
    public void loginOverdue(Session session) {
        Optional.ofNullable(intakes.get(session)).ifPresent(intake -> intake.signInOrClose(CloseCode.LOGIN_TIMEOUT));
    }

    /** Frees what a session that ended had begun. */
    public void gone(Session session) {
        Optional.ofNullable(intakes.remove(session)).ifPresent(Intake::abandon);
    }

    /** To be called often: forgets messages and files that were begun and do not become whole in time. */
    public void expire() {
        intakes.values().forEach(Intake::expire);
    }

    /** A session has lost the right to read a room, and is in it no more. Any thread, which waits for nothing. */
    public void barred(Session session, Channel.Room room) {
        Optional.ofNullable(intakes.get(session)).ifPresent(intake -> intake.barred(room));
    }

    private CompletionStage<?> dispatch(Conversation conversation, Decoded decoded) {
        Session session = conversation.session();
        if (!session.isOpen()) {
            // After a refused login, what came with it must not sign in by itself.
            return Turns.DONE;
        }
        if (decoded instanceof Decoded.Malformed malformed) {
            conversation.refuse(malformed.id(), malformed.code(), malformed.reason());
            return Turns.DONE;
        }
        ClientMessage message = ((Decoded.Valid) decoded).message();
        traffic.messageIn();
        if (session.endpoint() == EndpointType.MONITOR && !MONITOR_CARRIES.contains(message.getClass())) {
            conversation.refuse(
                    message.id(),
                    ErrorCode.UNKNOWN_TYPE,
                    "/monitor carries login, ping, subscribe, unsubscribe and metric only; connect to /chat for the rest.");
            return Turns.DONE;
        }
        Router router = new Router(handlers, conversation, whole -> dispatch(conversation, whole));
        boolean isFreeToCome = message instanceof ClientMessage.Login || message instanceof ClientMessage.Ping;
        if (session.isSignedIn() || isFreeToCome) {
            return message.accept(router);
        }
        return handlers.login()
                .byItself(conversation, Optional.of(message))
                .thenComposeAsync(
                        isSignedIn -> isSignedIn ? message.accept(router) : CompletableFuture.completedFuture(null),
                        resume);
    }
}
