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

class DrainingTest {
    private final Sessions sessions = new Sessions(new Sessions.Caps(0, 0, 0));
    private final Draining draining = new Draining(sessions, new Random(1));
    private final List<RecordingLine> lines =
            Stream.generate(RecordingLine::completing).limit(20).toList();

    private void openAll() {
        lines.forEach(line ->
                sessions.add(TestSession.on(line).whenEnded(sessions::remove).open()));
    }

    @Test
    void everybodyHearsGoodbyeBeforeTheClose() {
        openAll();
        draining.drain();
        for (RecordingLine line : lines) {
            assertThat(MessageCodec.decodeServer(line.takeFrame()))
                    .isInstanceOfSatisfying(ServerMessage.Goodbye.class, goodbye -> {
                        assertThat(goodbye.reason()).isEqualTo("going_away");
                        assertThat(goodbye.reconnectAfter()).isBetween(0L, 5_000L);
                    });
            assertThat(line.takeClose()).isEqualTo(CloseCode.GOING_AWAY);
            line.assertExhausted();
        }
        assertThat(sessions.count()).isZero();
    }

    @Test
    void eachIsToldAnotherTimeToComeBack() {
        openAll();
        draining.drain();
        Set<Long> times = new HashSet<>();
        for (RecordingLine line : lines) {
            times.add(((ServerMessage.Goodbye) MessageCodec.decodeServer(line.takeFrame())).reconnectAfter());
        }
        assertThat(times).hasSizeGreaterThan(15);
    }

    @Test
    void whatWaitedLeavesBeforeTheGoodbye() {
        RecordingLine line = RecordingLine.completing();
        Session session = TestSession.on(line).whenEnded(sessions::remove).open();
        sessions.add(session);
        session.offer(Encoded.of("1"));
        draining.drain();
        assertThat(line.takeFrame()).isEqualTo("1");
        assertThat(line.takeFrame()).contains("goodbye");
    }

    @Test
    void isDrainingUntilTheServerGoesOn() {
        assertThat(draining.isDraining()).isFalse();
        draining.drain();
        assertThat(draining.isDraining()).isTrue();
        draining.resume();
        assertThat(draining.isDraining()).isFalse();
    }

    @Test
    void nobodyGetsInUnnoticedWhileItSaysGoodbye() {
        RecordingLine line = RecordingLine.completing();
        boolean[] wasDraining = {false};
        sessions.add(TestSession.on(line.whenClosing(code -> wasDraining[0] = draining.isDraining()))
                .whenEnded(sessions::remove)
                .open());
        draining.drain();
        assertThat(wasDraining[0]).isTrue();
    }
}
