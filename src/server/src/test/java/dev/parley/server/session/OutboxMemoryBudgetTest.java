package dev.parley.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.CloseCode;
import org.junit.jupiter.api.Test;

class OutboxMemoryBudgetTest {
    private static final int KILOBYTE = 1024;

    private final OutboxMemoryBudget total = new OutboxMemoryBudget(1_000 * KILOBYTE, () -> 4);

    private Session session() {
        Session session = TestSession.on(RecordingTransport.holding())
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
    void overTheBudgetTheFullestOutboxIsClosed() {
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
    void sentMessagesDoNotCount() {
        RecordingTransport transport = RecordingTransport.holding();
        Session session = TestSession.on(transport)
                .maxBytes(10_000 * KILOBYTE)
                .total(total)
                .openAs("anna");
        fill(session, 5);
        assertThat(total.bytes()).isEqualTo(5 * KILOBYTE);
        session.flush();
        while (transport.isSending()) {
            transport.complete();
        }
        assertThat(total.bytes()).isZero();
        fill(session, 5);
        session.closeNow(CloseCode.GOING_AWAY);
        assertThat(total.bytes()).isZero();
    }

    @Test
    void newerValueCountsInsteadOfTheOlderOne() {
        Session session = session();
        session.offerLatest("cpu", Encoded.of("x".repeat(10)));
        session.offerLatest("cpu", Encoded.of("x".repeat(30)));
        assertThat(total.bytes()).isEqualTo(30);
    }
}
