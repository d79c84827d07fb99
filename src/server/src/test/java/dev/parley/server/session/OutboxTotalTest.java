package dev.parley.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.CloseCode;
import org.junit.jupiter.api.Test;

class OutboxTotalTest {
    private static final int KILOBYTE = 1024;

    private final OutboxTotal total = new OutboxTotal(1_000 * KILOBYTE, () -> 4);

    private Session session() {
        Session session = TestSession.on(RecordingLine.holding())
                .maxBytes(10_000 * KILOBYTE)
                .total(total)
                .openAs("anna");
        session.offer(Encoded.of("in flight"));
        session.flush();
        return session;
    }

    private static void fill(Session session, int kilobytes) {
        for (int i = 0; i < kilobytes; i++) {
            session.offer(Encoded.of("x".repeat(KILOBYTE)));
        }
    }

    @Test
    void overTheTotalTheOneThatHoldsMostIsClosedAndTheOthersGoOn() {
        Session greedy = session();
        Session modest = session();
        fill(greedy, 900);
        fill(modest, 99);
        assertThat(greedy.isEnded()).isFalse();

        fill(modest, 50);
        assertThat(modest.isEnded()).isFalse();
        fill(greedy, 1);
        assertThat(greedy.isEnded()).isTrue();
        assertThat(total.bytes()).isEqualTo(149 * KILOBYTE);
    }

    @Test
    void whatLeavesCountsNoMore() {
        RecordingLine line = RecordingLine.holding();
        Session session =
                TestSession.on(line).maxBytes(10_000 * KILOBYTE).total(total).openAs("anna");
        fill(session, 5);
        assertThat(total.bytes()).isEqualTo(5 * KILOBYTE);
        session.flush();
        while (line.isSending()) {
            line.complete();
        }
        assertThat(total.bytes()).isZero();
        fill(session, 5);
        session.closeNow(CloseCode.GOING_AWAY);
        assertThat(total.bytes()).isZero();
    }

    @Test
    void aNewerValueCountsInPlaceOfTheOlderOne() {
        Session session = session();
        session.offerLatest("cpu", Encoded.of("x".repeat(10)));
        session.offerLatest("cpu", Encoded.of("x".repeat(30)));
        assertThat(total.bytes()).isEqualTo(30);
    }
}
