package dev.parley.acceptance.checker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.checker.Event.Acked;
import dev.parley.acceptance.checker.Event.Audited;
import dev.parley.acceptance.checker.Event.Connected;
import dev.parley.acceptance.checker.Event.Disconnected;
import dev.parley.acceptance.checker.Event.Opened;
import dev.parley.acceptance.checker.Event.Received;
import dev.parley.acceptance.checker.Event.Refused;
import dev.parley.acceptance.checker.Event.Sent;
import dev.parley.acceptance.checker.Violation.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Proves that the checker can fail: every kind of violation once, and histories that only look like a violation. */
class CheckerTest {
    private static final String ROOM = "room:den";
    private static final String EPOCH = "e1";
    private static final ClientId ANN = new ClientId("ann", "phone");
    private static final ClientId BOB = new ClientId("bob", "desk");
    private static final ClientId EVE = new ClientId("eve", "desk");

    private static Message message(ClientId sender, String id) {
        return new Message(sender.user(), id, "content of " + id);
    }

    private static Opened opened(ClientId clientId, String channel, long seq) {
        return new Opened(clientId, channel, Optional.empty(), new ChannelPosition(EPOCH, seq), false);
    }

    private static Opened recovered(ClientId clientId, String channel, long seq) {
        return new Opened(
                clientId, channel, Optional.of(new ChannelPosition(EPOCH, seq)), new ChannelPosition(EPOCH, seq), true);
    }

    private static Opened notRecovered(ClientId clientId, String channel, long asked, long head) {
        return new Opened(
                clientId,
                channel,
                Optional.of(new ChannelPosition(EPOCH, asked)),
                new ChannelPosition(EPOCH, head),
                false);
    }

    private static Sent sent(ClientId clientId, String id) {
        return new Sent(clientId, List.of(ROOM), message(clientId, id));
    }

    private static Sent sentTo(ClientId clientId, String id, ClientId recipient) {
        return new Sent(
                clientId, List.of("inbox:" + clientId.user(), "inbox:" + recipient.user()), message(clientId, id));
    }

    private static Acked acked(ClientId clientId, String id, long seq) {
        return new Acked(clientId, id, ROOM, seq);
    }

    private static Received received(ClientId clientId, long seq, Message message) {
        return receivedFrom(clientId, ROOM, seq, message);
    }

    private static Received receivedFrom(ClientId clientId, String channel, long seq, Message message) {
        return new Received(clientId, channel, EPOCH, seq, message);
    }

    /** A log whose first message has seq 1. */
    private static Audited log(String channel, Message... messages) {
        List<Audited.Entry> entries = new ArrayList<>();
        Stream.of(messages).forEach(message -> entries.add(new Audited.Entry(entries.size() + 1, message)));
        return new Audited(channel, EPOCH, messages.length, 1, entries);
    }

    private static void assertClean(Event... history) {
        assertThat(Checker.check(List.of(history))).isEmpty();
    }

    private static void assertViolation(Kind kind, String sentence, Event... history) {
        assertThat(Checker.check(List.of(history))).contains(new Violation(kind, sentence));
    }

    private static void assertOnly(Kind kind, String sentence, Event... history) {
        assertThat(Checker.check(List.of(history))).containsExactly(new Violation(kind, sentence));
    }

    @Test
    void conversationWithoutFaultIsClean() {
        assertClean(
                new Connected(ANN),
                opened(ANN, ROOM, 0),
                new Connected(BOB),
                opened(BOB, ROOM, 0),
                sent(ANN, "a1"),
                sent(BOB, "b1"),
                received(BOB, 1, message(ANN, "a1")),
                received(ANN, 1, message(ANN, "a1")),
                acked(ANN, "a1", 1),
                acked(BOB, "b1", 2),
                received(BOB, 2, message(BOB, "b1")),
                received(ANN, 2, message(BOB, "b1")),
                log(ROOM, message(ANN, "a1"), message(BOB, "b1")));
    }

    @Test
    void messageSentAgainOnANewConnectionIsClean() {
        assertClean(
                new Connected(ANN),
                opened(ANN, ROOM, 0),
                sent(ANN, "a1"),
                sent(ANN, "a2"),
                received(ANN, 1, message(ANN, "a1")),
                new Disconnected(ANN, 1006),
                new Connected(ANN),
                recovered(ANN, ROOM, 1),
                sent(ANN, "a1"),
                sent(ANN, "a2"),
                acked(ANN, "a1", 1),
                acked(ANN, "a1", 1),
                received(ANN, 2, message(ANN, "a2")),
                acked(ANN, "a2", 2),
                log(ROOM, message(ANN, "a1"), message(ANN, "a2")));
    }

    @Test
    void reportedGapIsClean() {
        assertClean(
                new Connected(ANN),
                opened(ANN, ROOM, 0),
                new Disconnected(ANN, 1006),
                sent(BOB, "b1"),
                sent(BOB, "b2"),
                sent(BOB, "b3"),
                new Connected(ANN),
                notRecovered(ANN, ROOM, 0, 2),
                received(ANN, 3, message(BOB, "b3")),
                log(ROOM, message(BOB, "b1"), message(BOB, "b2"), message(BOB, "b3")));
    }

    @Test
    void directMessageInBothInboxesIsClean() {
        assertClean(
                new Connected(BOB),
                opened(BOB, "inbox:bob", 0),
                sentTo(ANN, "a1", BOB),
                new Acked(ANN, "a1", "inbox:ann", 1),
                receivedFrom(BOB, "inbox:bob", 1, message(ANN, "a1")),
                log("inbox:ann", message(ANN, "a1")),
                log("inbox:bob", message(ANN, "a1")));
    }

    @Test
    void refusedMessageMayBeStoredOrNot() {
        assertClean(
                sent(ANN, "a1"),
                new Refused(ANN, "a1", "store_unavailable"),
                sent(ANN, "a2"),
                new Refused(ANN, "a2", "store_unavailable"),
                log(ROOM, message(ANN, "a2")));
    }

    @Test
    void disconnectedReaderNeedNotHaveReadEverything() {
        assertClean(
                new Connected(ANN),
                opened(ANN, ROOM, 0),
                new Disconnected(ANN, 1006),
                sent(BOB, "b1"),
                acked(BOB, "b1", 1),
                log(ROOM, message(BOB, "b1")));
    }

    @Test
    void ackedMessageOutsideTheLogIsLost() {
        assertOnly(
                Kind.ACKED_BUT_LOST,
                "ann/phone has an ack for 'a2' of ann at room:den 2,"
                        + " but the log of room:den (1 to 1) does not hold it.",
                sent(ANN, "a1"),
                sent(ANN, "a2"),
                acked(ANN, "a1", 1),
                acked(ANN, "a2", 2),
                log(ROOM, message(ANN, "a1")));
    }

    @Test
    void ackedMessageAtAnotherSeqIsLost() {
        assertOnly(
                Kind.ACKED_BUT_LOST,
                "ann/phone has an ack for 'a1' of ann at room:den 7, but it is stored at 1.",
                sent(ANN, "a1"),
                acked(ANN, "a1", 7),
                log(ROOM, message(ANN, "a1")));
    }

    @Test
    void ackedMessageThatOnlyTheSendersInboxHoldsIsLost() {
        assertOnly(
                Kind.ACKED_BUT_LOST,
                "ann/phone has an ack for 'a1' of ann at inbox:ann 1,"
                        + " but the log of inbox:bob (1 to 0) does not hold it.",
                sentTo(ANN, "a1", BOB),
                new Acked(ANN, "a1", "inbox:ann", 1),
                log("inbox:ann", message(ANN, "a1")),
                log("inbox:bob"));
    }

    @Test
    void ackedMessageInAnUnauditedLogCountsAsLost() {
        assertOnly(
                Kind.ACKED_BUT_LOST,
                "nobody could read the log of room:den, where ann/phone has an ack for 'a1' of ann.",
                sent(ANN, "a1"),
                acked(ANN, "a1", 1));
    }

    @Test
    void ackedMessageThatWasTrimmedIsNotLost() {
        assertClean(
                sent(ANN, "a1"),
                sent(ANN, "a2"),
                acked(ANN, "a1", 1),
                acked(ANN, "a2", 2),
                new Audited(ROOM, EPOCH, 2, 2, List.of(new Audited.Entry(2, message(ANN, "a2")))));
    }

    @Test
    void idStoredTwiceIsADuplicate() {
        assertOnly(
                Kind.DOUBLED,
                "the log of room:den holds 'a1' of ann at 1 and at 2.",
                sent(ANN, "a1"),
                sent(ANN, "a1"),
                log(ROOM, message(ANN, "a1"), message(ANN, "a1")));
    }

    @Test
    void sameIdOfTwoSendersIsNoDuplicate() {
        assertClean(sent(ANN, "x1"), sent(BOB, "x1"), log(ROOM, message(ANN, "x1"), message(BOB, "x1")));
    }

    @Test
    void seqReceivedTwiceIsADuplicate() {
        assertOnly(
                Kind.DOUBLED,
                "bob/desk received from room:den at 1 'a1' of ann twice over one line.",
                new Connected(BOB),
                opened(BOB, ROOM, 0),
                sent(ANN, "a1"),
                received(BOB, 1, message(ANN, "a1")),
                received(BOB, 1, message(ANN, "a1")),
                log(ROOM, message(ANN, "a1")));
    }

    @Test
    void seqAtTheRequestedPositionIsADuplicate() {
        assertOnly(
                Kind.DOUBLED,
                "bob/desk received from room:den at 1 'a1' of ann, but had it already: its position was 1.",
                new Connected(BOB),
                recovered(BOB, ROOM, 1),
                sent(ANN, "a1"),
                received(BOB, 1, message(ANN, "a1")),
                log(ROOM, message(ANN, "a1")));
    }

    @Test
    void earlierPositionInTheAnswerDoesNotExcuseADuplicate() {
        assertViolation(
                Kind.DOUBLED,
                "bob/desk received from room:den at 1 'a1' of ann, but had it already: its position was 1.",
                new Connected(BOB),
                new Opened(BOB, ROOM, Optional.of(new ChannelPosition(EPOCH, 1)), new ChannelPosition(EPOCH, 0), true),
                sent(ANN, "a1"),
                received(BOB, 1, message(ANN, "a1")),
                log(ROOM, message(ANN, "a1")));
    }

    @Test
    void smallerSeqAfterAGreaterOneIsReordered() {
        assertViolation(
                Kind.REORDERED,
                "bob/desk received from room:den at 1 'a1' of ann after 2.",
                new Connected(BOB),
                opened(BOB, ROOM, 0),
                sent(ANN, "a1"),
                sent(ANN, "a2"),
                received(BOB, 2, message(ANN, "a2")),
                received(BOB, 1, message(ANN, "a1")),
                log(ROOM, message(ANN, "a1"), message(ANN, "a2")));
    }

    @Test
    void sendersMessagesStoredInAnotherOrderAreReordered() {
        assertOnly(
                Kind.REORDERED,
                "ann/phone sent 'a1' of ann before 'a2' of ann, but the log of room:den holds it after that one, at 2.",
                sent(ANN, "a1"),
                sent(ANN, "a2"),
                sent(ANN, "a1"),
                log(ROOM, message(ANN, "a2"), message(ANN, "a1")));
    }

    @Test
    void twoClientsOfOneUserMayOvertakeEachOther() {
        ClientId desk = new ClientId("ann", "desk");
        assertClean(sent(ANN, "a1"), sent(desk, "a2"), log(ROOM, message(desk, "a2"), message(ANN, "a1")));
    }

    @Test
    void unreportedGapIsMissing() {
        assertOnly(
                Kind.SILENTLY_MISSING,
                "bob/desk received from room:den at 3 'a3' of ann straight after 1: nobody told it of a gap.",
                new Connected(BOB),
                opened(BOB, ROOM, 0),
                sent(ANN, "a1"),
                sent(ANN, "a2"),
                sent(ANN, "a3"),
                received(BOB, 1, message(ANN, "a1")),
                received(BOB, 3, message(ANN, "a3")),
                log(ROOM, message(ANN, "a1"), message(ANN, "a2"), message(ANN, "a3")));
    }

    @Test
    void recoveryThatSkipsAMessageIsMissing() {
        assertOnly(
                Kind.SILENTLY_MISSING,
                "bob/desk received from room:den at 3 'a3' of ann straight after 1: nobody told it of a gap.",
                new Connected(BOB),
                recovered(BOB, ROOM, 1),
                sent(ANN, "a1"),
                sent(ANN, "a2"),
                sent(ANN, "a3"),
                received(BOB, 3, message(ANN, "a3")),
                log(ROOM, message(ANN, "a1"), message(ANN, "a2"), message(ANN, "a3")));
    }

    @Test
    void recoveryFromALaterPositionThanRequestedIsMissing() {
        assertOnly(
                Kind.SILENTLY_MISSING,
                "bob/desk has read room:den up to 0, but its head is 1.",
                new Connected(BOB),
                new Opened(BOB, ROOM, Optional.of(new ChannelPosition(EPOCH, 0)), new ChannelPosition(EPOCH, 1), true),
                sent(ANN, "a1"),
                log(ROOM, message(ANN, "a1")));
    }

    @Test
    void readerThatNeverReachesTheHeadMissesIt() {
        assertOnly(
                Kind.SILENTLY_MISSING,
                "bob/desk has read room:den up to 1, but its head is 2.",
                new Connected(BOB),
                opened(BOB, ROOM, 0),
                sent(ANN, "a1"),
                sent(ANN, "a2"),
                received(BOB, 1, message(ANN, "a1")),
                log(ROOM, message(ANN, "a1"), message(ANN, "a2")));
    }

    @Test
    void channelThatIsNotReopenedAfterAReconnectIsMissing() {
        assertOnly(
                Kind.SILENTLY_MISSING,
                "bob/desk came back and was not let into room:den again.",
                new Connected(BOB),
                opened(BOB, ROOM, 0),
                new Disconnected(BOB, 1006),
                new Connected(BOB),
                log(ROOM));
    }

    @Test
    void gapInTheLogIsMissing() {
        assertViolation(
                Kind.SILENTLY_MISSING,
                "the log of room:den goes on with 3 where 2 should be.",
                sent(ANN, "a1"),
                sent(ANN, "a3"),
                new Audited(
                        ROOM,
                        EPOCH,
                        4,
                        1,
                        List.of(new Audited.Entry(1, message(ANN, "a1")), new Audited.Entry(3, message(ANN, "a3")))));
    }

    @Test
    void logThatEndsBeforeItsHeadIsMissing() {
        assertOnly(
                Kind.SILENTLY_MISSING,
                "the log of room:den ends before 2, but its head is 2.",
                sent(ANN, "a1"),
                new Audited(ROOM, EPOCH, 2, 1, List.of(new Audited.Entry(1, message(ANN, "a1")))));
    }

    @Test
    void readersWithDifferentMessagesAtOneSeqDiverge() {
        assertViolation(
                Kind.DIVERGING,
                "eve/desk received from room:den at 1 'a2' of ann \"content of a2\","
                        + " but bob/desk has there 'a1' of ann \"content of a1\".",
                new Connected(BOB),
                opened(BOB, ROOM, 0),
                new Connected(EVE),
                opened(EVE, ROOM, 0),
                sent(ANN, "a1"),
                sent(ANN, "a2"),
                received(BOB, 1, message(ANN, "a1")),
                received(EVE, 1, message(ANN, "a2")));
    }

    @Test
    void readerAndLogWithDifferentMessagesAtOneSeqDiverge() {
        assertViolation(
                Kind.DIVERGING,
                "bob/desk received from room:den at 1 'a1' of ann \"content of a1\","
                        + " but the log has there 'a2' of ann \"content of a2\".",
                new Connected(BOB),
                opened(BOB, ROOM, 0),
                sent(ANN, "a1"),
                sent(ANN, "a2"),
                received(BOB, 1, message(ANN, "a1")),
                log(ROOM, message(ANN, "a2")));
    }

    @Test
    void messageThatIsNotInTheLogDiverges() {
        assertOnly(
                Kind.DIVERGING,
                "bob/desk received from room:den at 1 'a1' of ann \"content of a1\", but the log holds nothing there.",
                new Connected(BOB),
                opened(BOB, ROOM, 0),
                sent(ANN, "a1"),
                received(BOB, 1, message(ANN, "a1")),
                log(ROOM));
    }

    @Test
    void newEpochIsAnotherLog() {
        assertClean(
                new Connected(BOB),
                opened(BOB, ROOM, 0),
                sent(ANN, "a1"),
                sent(ANN, "a2"),
                received(BOB, 1, message(ANN, "a1")),
                new Audited(ROOM, "e2", 1, 1, List.of(new Audited.Entry(1, message(ANN, "a2")))));
    }

    @Test
    void messageOfAnUnopenedChannelIsMisdelivered() {
        assertOnly(
                Kind.MISDELIVERED,
                "eve/desk received from room:den at 1 'a1' of ann \"content of a1\","
                        + " but over this line it was not let into that channel.",
                new Connected(EVE),
                opened(EVE, "room:lobby", 0),
                sent(ANN, "a1"),
                received(EVE, 1, message(ANN, "a1")),
                log(ROOM, message(ANN, "a1")));
    }

    @Test
    void directMessageOfOthersIsMisdelivered() {
        assertOnly(
                Kind.MISDELIVERED,
                "eve/desk received from inbox:eve at 1 'a1' of ann \"content of a1\","
                        + " which was sent to [inbox:ann, inbox:bob].",
                new Connected(EVE),
                opened(EVE, "inbox:eve", 0),
                sentTo(ANN, "a1", BOB),
                receivedFrom(EVE, "inbox:eve", 1, message(ANN, "a1")));
    }

    @Test
    void ackThatNamesAnotherChannelIsMisdelivered() {
        assertOnly(
                Kind.MISDELIVERED,
                "ann/phone sent 'a1' of ann to room:den, but the ack names broadcast.",
                sent(ANN, "a1"),
                new Acked(ANN, "a1", "broadcast", 1),
                log(ROOM, message(ANN, "a1")));
    }

    @Test
    void ackForAnotherClientsMessageIsMisdelivered() {
        assertOnly(
                Kind.MISDELIVERED,
                "bob/desk got an ack for 'a1', which it never sent.",
                sent(ANN, "a1"),
                acked(BOB, "a1", 1),
                log(ROOM, message(ANN, "a1")));
    }

    @Test
    void contentThatWasNotSentIsMisdelivered() {
        assertOnly(
                Kind.MISDELIVERED,
                "the log of room:den holds at 1 'a1' of ann \"something else\","
                        + " but what was sent is 'a1' of ann \"content of a1\".",
                sent(ANN, "a1"),
                log(ROOM, new Message("ann", "a1", "something else")));
    }

    @Test
    void messageThatNobodySentIsMisdelivered() {
        assertOnly(
                Kind.MISDELIVERED,
                "the log of room:den holds at 1 'a1' of ann \"content of a1\", which nobody sent.",
                log(ROOM, message(ANN, "a1")));
    }
}
