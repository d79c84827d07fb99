package dev.parley.server.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.ChunkJoiner;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.log.LogThrottle;
import dev.parley.server.session.RecordingTransport;
import dev.parley.server.session.Session;
import dev.parley.server.session.TestSession;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Whatever a handler does, the session hears of it and is heard again. */
class IntakeTest {
    private static final String PING = "{\"type\":\"ping\",\"id\":\"p\"}";

    private final RecordingTransport transport = RecordingTransport.completing();
    private final Session session = TestSession.on(transport).openAs("anna");

    /** @param failures what the handlers of the first messages do; the others answer nothing */
    private Intake intake(List<Turns.Turn> failures) {
        Iterator<Turns.Turn> next = failures.iterator();
        Conversation conversation = new Conversation(
                session,
                new Refusals(),
                new HoldBack(System::nanoTime),
                new ChunkJoiner(new ChunkJoiner.Bounds(1024, 1), System::nanoTime),
                new Unfinished(1024).share(),
                Runnable::run,
                Runnable::run,
                new LogThrottle(System.getLogger(IntakeTest.class.getName()), System::nanoTime));
        return new Intake(
                conversation,
                new Handlers(null, null, null, null, null, null, null, null),
                new Rates(new Rates.Limits(0, 1024, 0, 1024, 10)),
                new Turns(Runnable::run, 0),
                message -> next.hasNext() ? next.next().take() : pong(message));
    }

    private CompletionStage<?> pong(Decoded message) {
        session.answer(
                new ServerMessage.Pong(((Decoded.Valid) message).message().id()));
        return Turns.DONE;
    }

    private static void say(Intake intake) {
        intake.received(() -> MessageCodec.decode(PING), PING.length());
    }

    private void assertAnsweredAndHeardAgain(Turns.Turn failure) {
        Intake intake = intake(List.of(failure));
        say(intake);
        assertThat(transport.takeFrame()).contains("\"code\":\"internal\"");
        say(intake);
        assertThat(transport.takeFrame()).contains("\"type\":\"pong\"");
    }

    @Test
    void exceptionOfAHandlerIsAnswered() {
        assertAnsweredAndHeardAgain(() -> {
            throw new IllegalStateException("expected by this test");
        });
    }

    @Test
    void errorOfAHandlerIsAnswered() {
        assertAnsweredAndHeardAgain(() -> {
            throw new StackOverflowError("expected by this test");
        });
    }

    @Test
    void laterFailureOfAHandlerIsAnswered() {
        assertAnsweredAndHeardAgain(
                () -> CompletableFuture.failedFuture(new NoClassDefFoundError("expected by this test")));
    }
}
