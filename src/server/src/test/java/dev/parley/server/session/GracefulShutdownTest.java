package dev.parley.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GracefulShutdownTest {
    private final Sessions sessions = new Sessions(new Sessions.Caps(0, 0, 0));
    private final GracefulShutdown shutdown = new GracefulShutdown(sessions, new Random(1));
    private final List<RecordingTransport> transports =
            Stream.generate(RecordingTransport::completing).limit(20).toList();

    private void openAll() {
        transports.forEach(transport -> sessions.add(
                TestSession.on(transport).whenEnded(sessions::remove).open()));
    }

    @Test
    void everySessionGetsAGoodbyeBeforeTheClose() {
        openAll();
        shutdown.drain();
        for (RecordingTransport transport : transports) {
            assertThat(MessageCodec.decodeServer(transport.takeFrame()))
                    .isInstanceOfSatisfying(ServerMessage.Goodbye.class, goodbye -> {
                        assertThat(goodbye.reason()).isEqualTo("service_restart");
                        assertThat(goodbye.reconnectAfter()).isBetween(0L, 5_000L);
                    });
            assertThat(transport.takeClose()).isEqualTo(CloseCode.SERVICE_RESTART);
            transport.assertExhausted();
        }
        assertThat(sessions.count()).isZero();
    }

    @Test
    void reconnectDelaysDiffer() {
        openAll();
        shutdown.drain();
        Set<Long> times = new HashSet<>();
        for (RecordingTransport transport : transports) {
            times.add(((ServerMessage.Goodbye) MessageCodec.decodeServer(transport.takeFrame())).reconnectAfter());
        }
        assertThat(times).hasSizeGreaterThan(15);
    }

    @Test
    void waitingMessagesLeaveBeforeTheGoodbye() {
        RecordingTransport transport = RecordingTransport.completing();
        Session session = TestSession.on(transport).whenEnded(sessions::remove).open();
        sessions.add(session);
        session.offer(Encoded.of("1"));
        shutdown.drain();
        assertThat(transport.takeFrame()).isEqualTo("1");
        assertThat(transport.takeFrame()).contains("goodbye");
    }

    @Test
    void isShuttingDownUntilTheServerResumes() {
        assertThat(shutdown.isShuttingDown()).isFalse();
        shutdown.drain();
        assertThat(shutdown.isShuttingDown()).isTrue();
        shutdown.resume();
        assertThat(shutdown.isShuttingDown()).isFalse();
    }

    @Test
    void admissionEndsBeforeTheGoodbyes() {
        RecordingTransport transport = RecordingTransport.completing();
        boolean[] wasShuttingDown = {false};
        sessions.add(TestSession.on(transport.whenClosing(code -> wasShuttingDown[0] = shutdown.isShuttingDown()))
                .whenEnded(sessions::remove)
                .open());
        shutdown.drain();
        assertThat(wasShuttingDown[0]).isTrue();
    }

    @Test
    void listenerIsToldOnceAdmissionHasEnded() {
        boolean[] wasShuttingDown = {false};
        shutdown.onDrain(() -> wasShuttingDown[0] = shutdown.isShuttingDown());
        shutdown.drain();
        assertThat(wasShuttingDown[0]).isTrue();
    }
}
