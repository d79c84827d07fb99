package dev.parley.server.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.chunks.ChunkJoiner;
import dev.parley.server.log.LogThrottle;
import dev.parley.server.session.RecordingTransport;
import dev.parley.server.session.Session;
import dev.parley.server.session.TestSession;
import dev.parley.server.session.TrafficCounters;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** A failed handler is answered with an error, and the session's next message is handled. */
class InboundQueueTest {
    private static final String PING = "{\"type\":\"ping\",\"id\":\"p\"}";

    private final RecordingTransport transport = RecordingTransport.completing();
    private final Session session = TestSession.on(transport).openAs("anna");

    /** @param failures replace the handler for the first messages; later ones are answered as usual */
    private InboundQueue queueWith(List<SerialExecutor.Task> failures) {
        Iterator<SerialExecutor.Task> next = failures.iterator();
        SendOrderGuard sendOrder = new SendOrderGuard(System::nanoTime);
        ErrorReplies errors = new ErrorReplies(
                session,
                new ErrorBudget(),
                sendOrder,
                Runnable::run,
                Runnable::run,
                new LogThrottle(System.getLogger(InboundQueueTest.class.getName()), System::nanoTime));
        RateLimiter limiter = new RateLimiter(new RateLimiter.Limits(0, 1024, 0, 1024, 10, 0), System::nanoTime);
        SessionContext context = new SessionContext(
                session,
                MessageCodec::decode,
                sendOrder,
                errors,
                new SessionRates(session, limiter, sendOrder, errors),
                () -> new ChunkJoiner(new ChunkJoiner.Bounds(1024, 1), System::nanoTime),
                new InboundMemoryBudget(1024).share());
        ChunkAssembler chunks = new ChunkAssembler(1024, Duration.ofSeconds(1));
        MessageHandlers handlers = new PingHandlers(next);
        return new InboundQueue(
                context,
                handlers,
                chunks,
                new MessageProcessor(handlers, chunks, new TrafficCounters(), Runnable::run),
                new SerialExecutor(Runnable::run, 0));
    }

    /** Answers pings, after the given failures. Other calls do not occur in these tests. */
    private record PingHandlers(Iterator<SerialExecutor.Task> failures) implements MessageHandlers {
        @Override
        public CompletionStage<?> handle(SessionContext context, ClientMessage message) {
            if (failures.hasNext()) {
                return failures.next().run();
            }
            context.answer(new ServerMessage.Pong(message.id()));
            return SerialExecutor.DONE;
        }

        @Override
        public CompletionStage<?> binary(SessionContext context, byte[] bytes) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<Boolean> signInImplicitly(SessionContext context, Optional<ClientMessage> first) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean maySignInImplicitly(SessionContext context) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<?> nameTaken(SessionContext context, String name) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<?> evicted(SessionContext context, Channel.Room room) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<?> expire(SessionContext context) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<?> abandon(SessionContext context) {
            throw new UnsupportedOperationException();
        }
    }

    private static void receivePing(InboundQueue inbound) {
        inbound.received(() -> MessageCodec.decode(PING), PING.length());
    }

    private void assertAnsweredAndContinues(SerialExecutor.Task failure) {
        InboundQueue inbound = queueWith(List.of(failure));
        receivePing(inbound);
        assertThat(transport.takeFrame()).contains("\"code\":\"internal\"");
        receivePing(inbound);
        assertThat(transport.takeFrame()).contains("\"type\":\"pong\"");
    }

    @Test
    void exceptionOfAHandlerIsAnswered() {
        assertAnsweredAndContinues(() -> {
            throw new IllegalStateException("expected by this test");
        });
    }

    @Test
    void errorOfAHandlerIsAnswered() {
        assertAnsweredAndContinues(() -> {
            throw new StackOverflowError("expected by this test");
        });
    }

    @Test
    void laterFailureOfAHandlerIsAnswered() {
        assertAnsweredAndContinues(
                () -> CompletableFuture.failedFuture(new NoClassDefFoundError("expected by this test")));
    }
}
