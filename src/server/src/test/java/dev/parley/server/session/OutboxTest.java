package dev.parley.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.MessageId;
import dev.parley.protocol.ServerMessage;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutboxTest {
    private static final int MAX_BYTES = 1_000;

    private final ManualClock clock = new ManualClock();
    private RecordingTransport transport = RecordingTransport.holding();
    private Outbox outbox = new Outbox(
            transport,
            Framing.OBJECT,
            new Outbox.Bounds(MAX_BYTES, new OutboxMemoryBudget(Long.MAX_VALUE, () -> 1)),
            clock,
            () -> 7);

    private void on(RecordingTransport other, Framing framing, int maxBytes) {
        transport = other;
        outbox = new Outbox(
                other,
                framing,
                new Outbox.Bounds(maxBytes, new OutboxMemoryBudget(Long.MAX_VALUE, () -> 1)),
                clock,
                () -> 7);
    }

    private static Encoded message(String json) {
        return Encoded.of(json);
    }

    private static Encoded encoded(ServerMessage message) {
        return Encoded.of(MessageCodec.encode(message));
    }

    private static Encoded ofBytes(int bytes) {
        return Encoded.of("x".repeat(bytes));
    }

    private Outbox.Offer offer(String json) {
        return outbox.offer(message(json));
    }

    private void close(CloseCode code) {
        outbox.close(code, code.wireName());
    }

    private void closeNow(CloseCode code) {
        outbox.closeNow(code, code.wireName());
    }

    @AfterEach
    void nothingElseHappened() {
        transport.assertExhausted();
    }

    @Test
    void offeringSendsNothing() {
        assertThat(offer("1")).isEqualTo(Outbox.Offer.TAKEN);
        assertThat(transport.takeFrames()).isEmpty();
    }

    @Test
    void messagesLeaveInOrderOneSendInFlight() {
        offer("1");
        offer("2");
        outbox.flush();
        outbox.flush();
        assertThat(transport.takeFrames()).containsExactly("1");
        transport.complete();
        assertThat(transport.takeFrames()).containsExactly("2");
        transport.complete();
    }

    @Test
    void completionInsideSendDoesNotRecurseAndLosesNothing() {
        on(RecordingTransport.completing(), Framing.OBJECT, 1_000_000);
        List<String> all =
                IntStream.range(0, 10_000).mapToObj(Integer::toString).toList();
        all.forEach(this::offer);
        outbox.flush();
        assertThat(transport.takeFrames()).isEqualTo(all);
    }

    @Test
    void batchContainsAllWaitingMessages() {
        on(RecordingTransport.holding(), Framing.BATCH, MAX_BYTES);
        offer("0");
        outbox.flush();
        offer("1");
        offer("2");
        offer("3");
        outbox.flush();
        transport.complete();
        assertThat(transport.takeFrames()).containsExactly("0", "[1,2,3]");
    }

    @Test
    void outboxesWithTheSameBatchShareItsFrame() {
        Encoded.Batch batch = Encoded.Batch.of(List.of(message("1"), message("2")));
        on(RecordingTransport.completing(), Framing.BATCH, MAX_BYTES);
        outbox.offer(batch);
        outbox.flush();
        String first = transport.takeFrame();
        on(RecordingTransport.completing(), Framing.BATCH, MAX_BYTES);
        outbox.offer(batch);
        outbox.flush();
        assertThat(first).isEqualTo("[1,2]");
        assertThat(transport.takeFrame()).isSameAs(first);
    }

    @Test
    void messagesAroundABatchLeaveWithIt() {
        on(RecordingTransport.completing(), Framing.BATCH, MAX_BYTES);
        offer("0");
        outbox.offer(Encoded.Batch.of(List.of(message("1"), message("2"))));
        offer("3");
        outbox.flush();
        assertThat(transport.takeFrames()).containsExactly("[0,1,2,3]");
    }

    @Test
    void batchLeavesMessageByMessageWhereFramesHoldOne() {
        outbox.offer(Encoded.Batch.of(List.of(message("1"), message("2"))));
        outbox.flush();
        assertThat(transport.takeFrames()).containsExactly("1");
        outbox.discard();
        transport.complete();
    }

    @Test
    void batchOfOneIsNoArray() {
        on(RecordingTransport.completing(), Framing.BATCH, MAX_BYTES);
        outbox.offer(Encoded.Batch.of(List.of(message("1"))));
        outbox.flush();
        assertThat(transport.takeFrames()).containsExactly("1");
    }

    @Test
    void batchThatDoesNotFitIsRefusedAsAWhole() {
        outbox.offer(ofBytes(MAX_BYTES));
        assertThat(outbox.offer(Encoded.Batch.of(List.of(message("1"), message("2")))))
                .isEqualTo(Outbox.Offer.FULL);
        outbox.flush();
        assertThat(transport.takeFrames()).hasSize(1);
        transport.complete();
    }

    @Test
    void lineIsRenderedOnceForAllSessions() {
        Encoded chat = message("{'type':'chat','id':'a','room':'lobby','seq':1,'sender':'ana','sentAt':"
                .concat("'2026-01-01T00:00:00Z','content':'hello'}")
                .replace('\'', '"'));
        on(RecordingTransport.completing(), Framing.lines(), MAX_BYTES);
        outbox.offer(chat);
        outbox.flush();
        String first = transport.takeFrame();
        on(RecordingTransport.completing(), Framing.lines(), MAX_BYTES);
        outbox.offer(chat);
        outbox.flush();
        assertThat(first).isEqualTo("ana: hello");
        assertThat(transport.takeFrame()).isSameAs(first);
    }

    @Test
    void batchEndsAtAThousandMessages() {
        on(RecordingTransport.completing(), Framing.BATCH, 1_000_000);
        IntStream.range(0, 1_001).forEach(i -> offer("1"));
        outbox.flush();
        String full = transport.takeFrame();
        assertThat(full.split(",")).hasSize(1_000);
        assertThat(transport.takeFrames()).containsExactly("1");
    }

    @Test
    void batchEndsAfter64Kibibytes() {
        on(RecordingTransport.completing(), Framing.BATCH, 1_000_000);
        IntStream.range(0, 5).forEach(i -> outbox.offer(ofBytes(32 * 1024)));
        outbox.flush();
        assertThat(transport.takeFrames())
                .extracting(String::length)
                .containsExactly(2 * 32 * 1024 + 3, 2 * 32 * 1024 + 3, 32 * 1024);
        transport.takeMark();
        transport.takeMark();
    }

    @Test
    void lineShowsSenderAndContentAndLeavesOutTheRest() {
        on(RecordingTransport.completing(), Framing.lines(), MAX_BYTES);
        outbox.offer(encoded(new ServerMessage.Left(Optional.empty(), "a")));
        outbox.offer(chat("Ana", "Hello"));
        outbox.offer(encoded(ServerMessage.Error.of(Optional.empty(), ErrorCode.FORBIDDEN, "No.")));
        outbox.offer(encoded(new ServerMessage.Pong(Optional.empty())));
        outbox.offer(encoded(new ServerMessage.Left(Optional.empty(), "a")));
        outbox.flush();
        assertThat(transport.takeFrames()).containsExactly("Ana: Hello", "parley: No.", "{\"type\":\"pong\"}");
    }

    @Test
    void lineOfTheSessionItselfIsLeftOutOnce() {
        Framing framing = Framing.lines();
        on(RecordingTransport.completing(), framing, MAX_BYTES);
        framing.sending(new MessageId("a"));
        outbox.offer(chat("b", "Ana", "before"));
        outbox.offer(chat("a", "Ana", "own"));
        outbox.offer(chat("a", "Eve", "with the same id"));
        outbox.flush();
        assertThat(transport.takeFrames()).containsExactly("Ana: before", "Eve: with the same id");
    }

    @Test
    void idsOfOwnLinesAreBounded() {
        Framing framing = Framing.lines();
        on(RecordingTransport.completing(), framing, MAX_BYTES);
        IntStream.rangeClosed(0, 1_000).forEach(i -> framing.sending(new MessageId("a" + i)));
        outbox.offer(chat("a0", "Ana", "forgotten"));
        outbox.offer(chat("a1", "Ana", "own"));
        outbox.flush();
        assertThat(transport.takeFrames()).containsExactly("Ana: forgotten");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r", "\r\n", "\u000B", "\u000C", "\u0085", "\u2028", "\u2029"})
    void aLineBreakInAMessageForgesNoLine(String lineBreak) {
        on(RecordingTransport.completing(), Framing.lines(), MAX_BYTES);
        outbox.offer(chat("Eve", "hello" + lineBreak + "Ana: I resign"));
        outbox.offer(chat("Eve" + lineBreak + "Ana", "hello"));
        outbox.offer(
                encoded(ServerMessage.Error.of(Optional.empty(), ErrorCode.FORBIDDEN, "No" + lineBreak + "Ana: x")));
        outbox.flush();
        assertThat(transport.takeFrames())
                .containsExactly(
                        "Eve: hello\nEve: Ana: I resign",
                        "Eve" + "\uFFFD".repeat(lineBreak.length()) + "Ana: hello",
                        "parley: No\nparley: Ana: x");
    }

    @ParameterizedTest
    @CsvSource({
        "'Ana: I resign', 'Ana\uFFFD I resign'",
        "'Ana:\u1680I', 'Ana\uFFFD\u1680I'",
        "urn:a:, urn:a:",
        "a :b, a :b"
    })
    void aColonInANameForgesNoSender(String name, String shown) {
        on(RecordingTransport.completing(), Framing.lines(), MAX_BYTES);
        outbox.offer(chat(name, "hello"));
        outbox.flush();
        assertThat(transport.takeFrames()).containsExactly(shown + ": hello");
    }

    @Test
    void messageOfLineBreaksIsBounded() {
        on(RecordingTransport.completing(), Framing.lines(), 10 * MAX_BYTES);
        outbox.offer(chat("Eve", "\n".repeat(2_000) + "end"));
        outbox.flush();
        String frame = transport.takeFrames().get(0);
        assertThat(frame.lines()).hasSize(1_000).allMatch(line -> line.startsWith("Eve: "));
        assertThat(frame).endsWith("\uFFFDend");
    }

    @Test
    void controlCharactersDoNotReachATerminal() {
        on(RecordingTransport.completing(), Framing.lines(), MAX_BYTES);
        outbox.offer(chat("Eve", "a\tb\u001B[1A\u001E\u0008\u007F\u009B"));
        outbox.flush();
        assertThat(transport.takeFrames()).containsExactly("Eve: a\tb\uFFFD[1A\uFFFD\uFFFD\uFFFD\uFFFD");
    }

    private static Encoded chat(String sender, String content) {
        return chat("a", sender, content);
    }

    private static Encoded chat(String id, String sender, String content) {
        return encoded(new ServerMessage.Chat(
                "lobby", 1, id, sender, Optional.empty(), content, "2026-01-31T12:00:00.000Z", Optional.empty()));
    }

    @Test
    void messagesWithoutALineDoNotDelayAClose() {
        on(RecordingTransport.completing(), Framing.lines(), MAX_BYTES);
        outbox.offer(encoded(new ServerMessage.Left(Optional.empty(), "a")));
        close(CloseCode.GOING_AWAY);
        assertThat(transport.takeCloses()).containsExactly(CloseCode.GOING_AWAY);
    }

    @Test
    void binaryFrameLeavesAloneBetweenTheMessagesAroundIt() {
        on(RecordingTransport.holding(), Framing.BATCH, 16 * MAX_BYTES);
        offer("a");
        outbox.flush();
        offer("b");
        offer("c");
        assertThat(outbox.offerLossy(EncodedBinary.of(new byte[] {1, 2}))).isEqualTo(Outbox.Offer.TAKEN);
        offer("d");
        outbox.flush();
        for (String frame : List.of("a", "[b,c]", "binary 0102", "d")) {
            assertThat(transport.takeFrame()).isEqualTo(frame);
            transport.complete();
        }
    }

    @Test
    void binaryFramesAreDroppedForAReaderThatIsBehind() {
        on(RecordingTransport.holding(), Framing.BATCH, 16 * MAX_BYTES);
        EncodedBinary most = EncodedBinary.of(new byte[MAX_BYTES - 1]);
        assertThat(outbox.offerLossy(most)).isEqualTo(Outbox.Offer.TAKEN);
        assertThat(outbox.offerLossy(EncodedBinary.of(new byte[1]))).isEqualTo(Outbox.Offer.TAKEN);
        assertThat(outbox.offerLossy(EncodedBinary.of(new byte[1]))).isEqualTo(Outbox.Offer.FULL);
        assertThat(offer("a")).as("a message").isEqualTo(Outbox.Offer.TAKEN);
        outbox.flush();
        assertThat(RecordingTransport.binary(transport.takeFrame())).hasSize(MAX_BYTES - 1);
        transport.complete();
        assertThat(transport.takeFrame()).isEqualTo("binary 00");
        transport.complete();
        assertThat(transport.takeFrame()).isEqualTo("a");
        transport.complete();
    }

    @Test
    void binaryFrameBehindMessagesWithoutALineIsSent() {
        on(RecordingTransport.completing(), Framing.lines(), 16 * MAX_BYTES);
        outbox.offer(encoded(new ServerMessage.Left(Optional.empty(), "tea")));
        outbox.offerLossy(EncodedBinary.of(new byte[] {7}));
        outbox.flush();
        assertThat(transport.takeFrame()).isEqualTo("binary 07");
    }

    @Test
    void closeWaitsForABinaryFrame() {
        outbox.offerLossy(EncodedBinary.of(new byte[] {7}));
        close(CloseCode.GOING_AWAY);
        assertThat(transport.takeFrame()).isEqualTo("binary 07");
        assertThat(transport.takeCloses()).isEmpty();
        transport.complete();
        assertThat(transport.takeClose()).isEqualTo(CloseCode.GOING_AWAY);
    }

    @Test
    void overTheBoundIsFullAndNothingIsQueued() {
        assertThat(outbox.offer(ofBytes(600))).isEqualTo(Outbox.Offer.TAKEN);
        assertThat(outbox.offer(ofBytes(401))).isEqualTo(Outbox.Offer.FULL);
        assertThat(outbox.offer(ofBytes(400))).isEqualTo(Outbox.Offer.TAKEN);
        outbox.flush();
        transport.complete();
        transport.complete();
        assertThat(transport.takeFrames()).extracting(String::length).containsExactly(600, 400);
    }

    @Test
    void theBoundCountsBytesOfUtf8() {
        outbox.offer(message("€".repeat(300)));
        assertThat(outbox.offer(ofBytes(101))).isEqualTo(Outbox.Offer.FULL);
    }

    @Test
    void messagesInFlightDoNotCount() {
        outbox.offer(ofBytes(1_000));
        outbox.flush();
        transport.takeFrame();
        assertThat(outbox.offer(ofBytes(1_000))).isEqualTo(Outbox.Offer.TAKEN);
    }

    @Test
    void oneMessageAlwaysFits() {
        assertThat(outbox.offer(ofBytes(5_000))).isEqualTo(Outbox.Offer.TAKEN);
        assertThat(outbox.offer(ofBytes(1))).isEqualTo(Outbox.Offer.FULL);
    }

    @Test
    void latestValueReplacesTheWaitingOneInPlace() {
        on(RecordingTransport.completing(), Framing.OBJECT, MAX_BYTES);
        outbox.offerLatest("cpu", message("cpu 1"));
        offer("chat");
        outbox.offerLatest("heap", message("heap 1"));
        outbox.offerLatest("cpu", message("cpu 2"));
        outbox.flush();
        assertThat(transport.takeFrames()).containsExactly("cpu 2", "chat", "heap 1");
    }

    @Test
    void latestValueComesAfterAFreeze() {
        outbox.offerLatest("cpu", message("cpu=1"));
        offer("subscribed cpu=1");
        outbox.freezeLatest();
        outbox.offerLatest("cpu", message("cpu=2"));
        outbox.flush();
        transport.complete();
        transport.complete();
        assertThat(transport.takeFrames()).containsExactly("cpu=1", "subscribed cpu=1", "cpu=2");
        transport.complete();
    }

    @Test
    void latestValueIsQueuedAgainAfterTheOldOneLeft() {
        outbox.offerLatest("cpu", message("cpu 1"));
        outbox.flush();
        offer("chat");
        outbox.offerLatest("cpu", message("cpu 2"));
        outbox.offerLatest("cpu", message("cpu 3"));
        transport.complete();
        transport.complete();
        assertThat(transport.takeFrames()).containsExactly("cpu 1", "chat", "cpu 3");
    }

    @Test
    void replacingTheLatestKeepsTheCountOfBytes() {
        outbox.offerLatest("cpu", ofBytes(900));
        outbox.offerLatest("cpu", ofBytes(100));
        assertThat(outbox.offer(ofBytes(900))).isEqualTo(Outbox.Offer.TAKEN);
        assertThat(outbox.offer(ofBytes(1))).isEqualTo(Outbox.Offer.FULL);
    }

    @Test
    void closeIsSentLast() {
        offer("1");
        offer("2");
        assertThat(outbox.isOpen()).isTrue();
        close(CloseCode.LOGIN_REFUSED);
        assertThat(outbox.isOpen()).isFalse();
        assertThat(offer("3")).isEqualTo(Outbox.Offer.CLOSED);
        assertThat(transport.takeFrames()).containsExactly("1");
        transport.complete();
        assertThat(transport.takeFrames()).containsExactly("2");
        assertThat(transport.takeCloses()).isEmpty();
        transport.complete();
        assertThat(transport.takeCloses()).containsExactly(CloseCode.LOGIN_REFUSED);
    }

    @Test
    void firstCloseCounts() {
        offer("1");
        close(CloseCode.LOGIN_REFUSED);
        close(CloseCode.GOING_AWAY);
        transport.takeFrame();
        transport.complete();
        assertThat(transport.takeCloses()).containsExactly(CloseCode.LOGIN_REFUSED);
    }

    @Test
    void closeNowDiscardsWaitingMessages() {
        offer("1");
        offer("2");
        outbox.flush();
        transport.takeFrame();
        closeNow(CloseCode.SLOW_CONSUMER);
        assertThat(transport.takeCloses()).containsExactly(CloseCode.SLOW_CONSUMER);
        transport.complete();
    }

    @Test
    void nothingComesAfterAClose() {
        closeNow(CloseCode.SLOW_CONSUMER);
        assertThat(offer("1")).isEqualTo(Outbox.Offer.CLOSED);
        assertThat(outbox.offerLatest("cpu", message("2"))).isEqualTo(Outbox.Offer.CLOSED);
        outbox.flush();
        outbox.ping();
        close(CloseCode.GOING_AWAY);
        closeNow(CloseCode.GOING_AWAY);
        outbox.whenDrained(() -> transport.ping(ByteBuffer.allocate(0)));
        assertThat(transport.takeCloses()).containsExactly(CloseCode.SLOW_CONSUMER);
    }

    @Test
    void overdueCloseIsForced() {
        offer("1");
        outbox.flush();
        transport.takeFrame();
        clock.advance(Duration.ofHours(1));
        close(CloseCode.GOING_AWAY);
        clock.advance(Duration.ofMillis(999));
        outbox.closeIfOverdue(Duration.ofSeconds(1).toNanos());
        assertThat(transport.takeCloses()).isEmpty();
        clock.advance(Duration.ofMillis(1));
        outbox.closeIfOverdue(Duration.ofSeconds(1).toNanos());
        outbox.closeIfOverdue(Duration.ofSeconds(1).toNanos());
        assertThat(transport.takeCloses()).containsExactly(CloseCode.GOING_AWAY);
    }

    @Test
    void answersStillLeaveAfterACloseWasAnnounced() {
        assertThat(outbox.announceClose(CloseCode.RATE_LIMITED, "rate_limited")).isTrue();
        assertThat(outbox.isOpen()).isFalse();
        assertThat(offer("1")).isEqualTo(Outbox.Offer.TAKEN);
        outbox.flush();
        transport.complete();
        assertThat(transport.takeFrames()).containsExactly("1");
        assertThat(transport.takeCloses()).isEmpty();
        assertThat(outbox.announceClose(CloseCode.GOING_AWAY, "going_away")).isFalse();
        close(CloseCode.GOING_AWAY);
        assertThat(transport.takeCloses()).as("the first one counts").containsExactly(CloseCode.RATE_LIMITED);
        assertThat(offer("2")).isEqualTo(Outbox.Offer.CLOSED);
    }

    @Test
    void announcedCloseIsForcedAtItsDeadline() {
        outbox.announceClose(CloseCode.RATE_LIMITED, "rate_limited");
        clock.advance(Duration.ofMillis(999));
        outbox.closeIfOverdue(Duration.ofSeconds(1).toNanos());
        assertThat(transport.takeCloses()).isEmpty();
        clock.advance(Duration.ofMillis(1));
        outbox.closeIfOverdue(Duration.ofSeconds(1).toNanos());
        assertThat(transport.takeCloses()).containsExactly(CloseCode.RATE_LIMITED);
    }

    @Test
    void openOutboxIsNeverOverdue() {
        offer("1");
        outbox.flush();
        transport.takeFrame();
        clock.advance(Duration.ofHours(1));
        outbox.closeIfOverdue(Duration.ofSeconds(1).toNanos());
    }

    @Test
    void failedSendClosesTheTransport() {
        offer("1");
        offer("2");
        outbox.flush();
        transport.takeFrame();
        transport.fail();
        assertThat(transport.takeCloses()).containsExactly(CloseCode.ABNORMAL);
        assertThat(offer("3")).isEqualTo(Outbox.Offer.CLOSED);
    }

    @Test
    void pingIsNotSentDuringASend() {
        assertThat(outbox.ping()).isTrue();
        assertThat(transport.takePings()).isOne();
        offer("1");
        outbox.flush();
        transport.takeFrame();
        assertThat(outbox.ping()).isFalse();
        transport.complete();
        assertThat(outbox.ping()).isTrue();
        assertThat(transport.takePings()).isOne();
    }

    @Test
    void reportsHowLongASendHasBeenInFlight() {
        assertThat(outbox.sendingForNanos()).isZero();
        offer("1");
        outbox.flush();
        clock.advance(Duration.ofSeconds(7));
        assertThat(outbox.sendingForNanos()).isEqualTo(Duration.ofSeconds(7).toNanos());
        transport.complete();
        assertThat(outbox.sendingForNanos()).isZero();
        assertThat(transport.takeFrames()).containsExactly("1");
    }

    @Test
    void drainedActionRunsAtOnceIfLittleWaits() {
        AtomicInteger runs = new AtomicInteger();
        outbox.offer(ofBytes(250));
        outbox.whenDrained(runs::incrementAndGet);
        assertThat(runs).hasValue(1);
    }

    @Test
    void drainedActionRunsOnceWhenLittleWaits() {
        AtomicInteger runs = new AtomicInteger();
        outbox.offer(ofBytes(300));
        outbox.offer(ofBytes(300));
        outbox.offer(ofBytes(300));
        outbox.whenDrained(runs::incrementAndGet);
        outbox.flush();
        transport.complete();
        assertThat(runs).as("300 bytes still wait").hasValue(0);
        transport.complete();
        transport.complete();
        outbox.flush();
        assertThat(runs).hasValue(1);
        assertThat(transport.takeFrames()).hasSize(3);
    }

    @Test
    void everyWaitingDrainedActionRuns() {
        AtomicInteger runs = new AtomicInteger();
        outbox.offer(ofBytes(300));
        outbox.whenDrained(runs::incrementAndGet);
        outbox.whenDrained(runs::incrementAndGet);
        outbox.flush();
        assertThat(runs).hasValue(2);
        transport.takeFrame();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 249, 250})
    void drainedOutboxHasRoomForAnyMessage(int waiting) {
        outbox.offer(ofBytes(waiting));
        AtomicInteger runs = new AtomicInteger();
        outbox.whenDrained(runs::incrementAndGet);
        assertThat(runs).hasValue(1);
        for (int bytes : new int[] {1, 250, 251, 500, 750, MAX_BYTES, 10 * MAX_BYTES}) {
            assertThat(outbox.hasRoom(bytes)).as("%d bytes", bytes).isTrue();
        }
        assertThat(outbox.offer(ofBytes(10 * MAX_BYTES))).isEqualTo(Outbox.Offer.TAKEN);
    }

    @Test
    void pagesLeaveHalfOfTheRoomToOthers() {
        assertThat(outbox.hasRoom(0)).isTrue();
        outbox.offer(ofBytes(501));
        assertThat(outbox.hasRoom(0)).isFalse();
        outbox.flush();
        assertThat(outbox.hasRoom(0)).isTrue();
        transport.takeFrame();
    }
}
