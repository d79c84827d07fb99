package dev.parley.server.dispatch;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.ErrorCode;
import dev.parley.server.session.EndpointType;
import dev.parley.server.session.Session;
import dev.parley.server.session.TrafficCounters;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * Checks one decoded message before its handler gets it: the session is open, the endpoint carries this type, the
 * session has signed in. If the first message is no login, it signs the session in implicitly, where that is allowed.
 * Thread rule: called in the session's queue.
 */
final class MessageProcessor {
    /** Types that {@code /monitor} takes. */
    static final Set<Class<? extends ClientMessage>> MONITOR_CARRIES = Set.of(
            ClientMessage.Login.class,
            ClientMessage.Ping.class,
            ClientMessage.Subscribe.class,
            ClientMessage.Unsubscribe.class,
            ClientMessage.Metric.class);

    /** Types that a session may send before it has signed in. */
    static final Set<Class<? extends ClientMessage>> NEED_NO_SIGN_IN =
            Set.of(ClientMessage.Login.class, ClientMessage.Ping.class);

    private final MessageHandlers handlers;
    private final ChunkAssembler chunks;
    private final TrafficCounters traffic;
    private final Executor resume;

    /** @param resume continues a message after its session was signed in; runs every task */
    MessageProcessor(MessageHandlers handlers, ChunkAssembler chunks, TrafficCounters traffic, Executor resume) {
        this.handlers = handlers;
        this.chunks = chunks;
        this.traffic = traffic;
        this.resume = resume;
    }

    /** @return completes when the session's next task may run */
    CompletionStage<?> process(SessionContext context, Decoded decoded) {
        Session session = context.session();
        if (!session.isOpen()) {
            // After a refused login, the messages behind it in the same frame must not sign in implicitly.
            return SerialExecutor.DONE;
        }
        if (decoded instanceof Decoded.Malformed malformed) {
            context.errors().reply(malformed.id(), Refusal.of(malformed.code(), malformed.reason()));
            return SerialExecutor.DONE;
        }
        ClientMessage message = ((Decoded.Valid) decoded).message();
        traffic.messageIn();
        if (session.endpoint() == EndpointType.MONITOR && !MONITOR_CARRIES.contains(message.getClass())) {
            context.errors()
                    .reply(
                            message.id(),
                            Refusal.of(
                                    ErrorCode.UNKNOWN_TYPE,
                                    "/monitor carries login, ping, subscribe, unsubscribe and metric only;"
                                            + " connect to /chat for the rest."));
            return SerialExecutor.DONE;
        }
        if (session.isSignedIn() || NEED_NO_SIGN_IN.contains(message.getClass())) {
            return handle(context, message);
        }
        return handlers.signInImplicitly(context, Optional.of(message))
                .thenComposeAsync(
                        isSignedIn -> isSignedIn ? handle(context, message) : CompletableFuture.completedFuture(null),
                        resume);
    }

    private CompletionStage<?> handle(SessionContext context, ClientMessage message) {
        if (message instanceof ClientMessage.Chunk chunk) {
            Optional<Decoded> whole = chunks.add(context, chunk);
            return whole.isPresent() ? process(context, whole.get()) : SerialExecutor.DONE;
        }
        return handlers.handle(context, message);
    }
}
