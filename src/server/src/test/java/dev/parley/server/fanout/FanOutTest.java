package dev.parley.server.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Identity;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.EncodedBinary;
import dev.parley.server.session.Framing;
import dev.parley.server.session.RecordingTransport;
import dev.parley.server.session.Session;
import dev.parley.server.session.TestSession;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the fan-out, with its loop's tasks run on the test's thread. */
class FanOutTest {
    private static final ScriptedBacklog.Unavailable UNAVAILABLE = new ScriptedBacklog.Unavailable();
    private static final Channel.Room LOBBY = Channel.Room.LOBBY;
    private static final Channel.Room TEA = new Channel.Room("tea");
    private static final String EPOCH = "e";
    private static final long RECENT_BYTES = 1_000_000;
    private static final long LONG_AGO = System.nanoTime() - TimeUnit.DAYS.toNanos(1);

    private final EventLoop loop = new EventLoop("fan-out", Thread::new);
    private final ScriptedBacklog backlog = new ScriptedBacklog();
    private final FanOut fanOut = new FanOut(loop, backlog, MessageCodec::encode, RECENT_BYTES);

    /** A session and the frames that it was sent. */
    private final class Peer {
        private final RecordingTransport transport;
        private final Session session;

        Peer(String name, RecordingTransport transport, int maxBytes) {
            this.transport = transport;
            this.session = TestSession.on(transport)
                    .framing(Framing.OBJECT)
                    .maxBytes(maxBytes)
                    .whenEnded(fanOut::sessionEnded)
                    .openAs(name);
        }

        Peer joins(Channel.Room room, long after) {
            fanOut.join(session, Optional.of("j"), room, start(room, after), true);
            loop.runWaiting();
            return this;
        }

        /** Joins the room and becomes live at its head. */
        Peer livesIn(Channel.Room room) {
            joins(room, backlog.head(room));
            for (int questions = 0; backlog.isAsked(); questions++) {
                assertThat(questions).as("one answer is enough, or a few").isLessThan(1_000);
                backlog.answer();
                loop.runWaiting();
            }
            transport.takeFrames();
            return this;
        }

        List<String> hears() {
            loop.runWaiting();
            return transport.takeFrames();
        }
    }

    private Peer peer(String name) {
        return new Peer(name, RecordingTransport.completing(), TestSession.MAX_BYTES);
    }

    /** Looked up so long ago that the fan-out must ask. */
    private static ReadFrom start(Channel channel, long after) {
        return start(channel, after, 0, LONG_AGO);
    }

    private static ReadFrom start(Channel channel, long after, long aclVersion, long asOf) {
        return new ReadFrom(channel, new Position(EPOCH, after), true, after, 0, aclVersion, asOf);
    }

    private void storeAndDeliver(Channel channel) {
        backlog.store(channel, 1);
        deliver(channel, backlog.head(channel));
    }

    private void deliver(Channel channel, long seq) {
        fanOut.deliver(channel, new Position(EPOCH, seq), Encoded.of(Long.toString(seq)), 0);
        loop.runWaiting();
    }

    private void answerPage() {
        backlog.answer();
        loop.runWaiting();
    }

    /** The guest of this name, as others see it. */
    private static String guest(String name) {
        return "{\"guest\":\"tag\",\"username\":\"" + name + "\"}";
    }

    private void second() {
        for (int i = 0; i < EventLoop.TICKS_A_SECOND; i++) {
            loop.runTick();
        }
    }

    private static List<String> numbers(long from, long to) {
        return LongStream.rangeClosed(from, to).mapToObj(Long::toString).toList();
    }

    static ServerMessage.Welcome welcome(String name, Map<String, ServerMessage.Opened> opened) {
        return new ServerMessage.Welcome(
                Optional.of("l"),
                name,
                Optional.empty(),
                Optional.empty(),
                "s",
                List.of(),
                ServerMessage.Welcome.PROTOCOL,
                new ServerMessage.Heartbeat(1, 1),
                new ServerMessage.Limits(1, 1, 1, 1, OptionalInt.empty()),
                OptionalLong.empty(),
                opened);
    }

    private List<String> signIn(Session session, ReadFrom... starts) {
        List<String> told = new ArrayList<>();
        fanOut.signIn(
                session,
                List.of(starts),
                opened -> welcome(session.signedInAs().name(), opened),
                () -> told.add("welcomed"));
        loop.runWaiting();
        return told;
    }

    @Test
    void joinerGetsJoinedThenLiveMessages() {
        Peer ana = peer("Ana").joins(LOBBY, 0);
        assertThat(ana.hears())
                .containsExactly("{\"type\":\"joined\",\"count\":1,\"id\":\"j\","
                        + "\"position\":{\"epoch\":\"e\",\"seq\":0},\"present\":[" + guest("Ana") + "],"
                        + "\"recovered\":true,\"room\":\"lobby\"}");
        answerPage();
        storeAndDeliver(LOBBY);
        storeAndDeliver(LOBBY);
        assertThat(ana.hears()).containsExactly("1", "2");
    }

    @Test
    void joinerGetsMissedMessagesBeforeLiveOnes() {
        backlog.store(LOBBY, 3);
        Peer ana = peer("Ana").joins(LOBBY, 1);
        ana.transport.takeFrame();
        storeAndDeliver(LOBBY);
        assertThat(ana.hears()).as("behind, so nothing live").isEmpty();
        answerPage();
        assertThat(ana.hears()).containsExactly("2", "3", "4");
        storeAndDeliver(LOBBY);
        assertThat(ana.hears()).containsExactly("5");
    }

    @Test
    void messageDeliveredAfterItsPageWasReadIsNotDuplicated() {
        Peer ana = peer("Ana").joins(LOBBY, 0);
        ana.transport.takeFrame();
        backlog.store(LOBBY, 1);
        answerPage();
        deliver(LOBBY, 1);
        assertThat(ana.hears()).containsExactly("1");
    }

    @Test
    void messageStoredAfterThePageWasReadIsNotLost() {
        Peer ana = peer("Ana").joins(LOBBY, 0);
        ana.transport.takeFrame();
        ScriptedBacklog.Asked page = backlog.takeAsked();
        Backlog.Page empty = backlog.read(page);
        storeAndDeliver(LOBBY);
        page.page().complete(empty);
        loop.runWaiting();
        assertThat(backlog.isAsked()).as("the recent messages have it").isFalse();
        assertThat(ana.hears()).containsExactly("1");
    }

    @Test
    void secondReaderAtTheHeadNeedsNoPage() {
        peer("Ana").livesIn(LOBBY);
        storeAndDeliver(LOBBY);
        Peer ben = peer("Ben").joins(LOBBY, 1);
        ben.transport.takeFrame();
        assertThat(backlog.isAsked()).isFalse();
        storeAndDeliver(LOBBY);
        assertThat(ben.hears()).containsExactly("2");
    }

    @Test
    void whatOneWasGivenFromTheStoreTheNextOnesNeedNotAskFor() {
        backlog.store(LOBBY, 5);
        Peer ana = peer("Ana").joins(LOBBY, 1);
        answerPage();
        ana.hears();
        Peer ben = peer("Ben").joins(LOBBY, 2);
        ben.transport.takeFrame();
        assertThat(backlog.isAsked()).isFalse();
        assertThat(ben.hears()).containsExactly("3", "4", "5");

        storeAndDeliver(LOBBY);
        assertThat(ana.hears()).containsExactly("6");
        assertThat(ben.hears()).containsExactly("6");
        peer("far").joins(LOBBY, 0);
        assertThat(backlog.isAsked()).as("the first message nobody lacked").isTrue();
    }

    private Peer joinsAsOfNow(String name, Channel.Room room, long position, long head, long aclVersion) {
        Peer peer = peer(name);
        fanOut.join(
                peer.session,
                Optional.empty(),
                room,
                new ReadFrom(room, new Position(EPOCH, position), true, head, 0, aclVersion, System.nanoTime()),
                true);
        loop.runWaiting();
        peer.transport.takeFrame();
        return peer;
    }

    @Test
    void firstReaderAtTheHeadThatItWasShownNeedsNoPage() {
        backlog.store(LOBBY, 3);
        Peer ana = joinsAsOfNow("Ana", LOBBY, 3, 3, 0);
        assertThat(backlog.isAsked()).isFalse();
        storeAndDeliver(LOBBY);
        assertThat(ana.hears()).containsExactly("4");
    }

    @Test
    void whatCameAfterTheLookUpIsFetched() {
        long asOf = System.nanoTime();
        storeAndDeliver(LOBBY);
        Peer ana = peer("Ana");
        fanOut.join(ana.session, Optional.empty(), LOBBY, start(LOBBY, 0, 0, asOf), true);
        loop.runWaiting();
        ana.transport.takeFrame();
        answerPage();
        assertThat(ana.hears()).containsExactly("1");
    }

    @Test
    void whatTheLastReaderGotIsRemembered() {
        long asOf = System.nanoTime();
        Peer ben = joinsAsOfNow("Ben", LOBBY, 0, 0, 0);
        storeAndDeliver(LOBBY);
        ben.session.end(1006, "");
        loop.runWaiting();
        Peer ana = peer("Ana");
        fanOut.join(ana.session, Optional.empty(), LOBBY, start(LOBBY, 0, 0, asOf), true);
        loop.runWaiting();
        ana.transport.takeFrame();
        answerPage();
        assertThat(ana.hears()).containsExactly("1");
    }

    @Test
    void lookUpBeforeARightWasLostIsRepeatedAlsoWithoutOtherReaders() {
        long asOf = System.nanoTime();
        fanOut.aclChanged(TEA, backlog.evict(UserKey.guest("Ben")));
        Peer ben = peer("Ben");
        CompletionStage<Boolean> joined = fanOut.join(ben.session, Optional.empty(), TEA, start(TEA, 0, 0, asOf), true);
        loop.runWaiting();
        assertThat(joined.toCompletableFuture()).isCompletedWithValue(false);
        assertThat(ben.hears()).isEmpty();
    }

    @Test
    void nobodyWaitsForTheLongWayOfAnotherReader() {
        backlog.store(LOBBY, 9_000);
        Peer far = peer("far").joins(LOBBY, 0);
        Peer near = peer("near").joins(LOBBY, 8_500);
        far.transport.takeFrame();
        near.transport.takeFrame();
        for (int pages = 0; pages < 3; pages++) {
            loop.runTimers();
            answerPage();
        }
        assertThat(near.hears()).isEqualTo(numbers(8_501, 9_000));
        assertThat(far.hears()).startsWith("1").hasSizeLessThan(3_000);
    }

    @Test
    void longBacklogComesPageByPage() {
        backlog.store(LOBBY, 2_400);
        Peer ana = peer("Ana").joins(LOBBY, 0);
        ana.transport.takeFrame();
        answerPage();
        assertThat(ana.hears()).isEqualTo(numbers(1, 1_000));
        answerPage();
        answerPage();
        assertThat(ana.hears()).isEqualTo(numbers(1_001, 2_400));
        assertThat(backlog.isAsked()).isFalse();
    }

    @Test
    void gapInTheLiveSequenceIsFilledFromTheBacklog() {
        Peer ana = peer("Ana").livesIn(LOBBY);
        backlog.store(LOBBY, 3);
        deliver(LOBBY, 1);
        deliver(LOBBY, 3);
        assertThat(ana.hears()).containsExactly("1");
        assertThat(backlog.isAsked()).as("the second may still come").isFalse();
        loop.runTimers();
        answerPage();
        assertThat(ana.hears()).containsExactly("2", "3");
        storeAndDeliver(LOBBY);
        assertThat(ana.hears()).containsExactly("4");
    }

    @Test
    void failedPageReadIsRetriedAtTheNextTick() {
        backlog.store(LOBBY, 1);
        Peer ana = peer("Ana").joins(LOBBY, 0);
        ana.transport.takeFrame();
        backlog.takeAsked().page().completeExceptionally(UNAVAILABLE);
        loop.runWaiting();
        assertThat(backlog.isAsked()).isFalse();
        loop.runTick();
        answerPage();
        assertThat(ana.transport.takeFrames()).contains("1");
    }

    @Test
    void bugWhileReadingAPageEndsTheSession() {
        backlog.store(LOBBY, 1);
        Peer ana = peer("Ana").joins(LOBBY, 0);
        backlog.takeAsked().page().completeExceptionally(new IllegalStateException("expected by this test"));
        loop.runWaiting();
        assertThat(ana.transport.takeClose()).isEqualTo(CloseCode.INTERNAL_ERROR);
    }

    @Test
    void evictedReaderGetsNothingStoredAfterwards() {
        Peer ana = peer("Ana").livesIn(TEA);
        Peer ben = peer("Ben").livesIn(TEA);
        loop.runTick();
        ana.hears();
        ben.hears();
        long aclVersion = backlog.evict(UserKey.guest("Ben"));
        backlog.store(TEA, 1);
        fanOut.deliver(TEA, new Position(EPOCH, 1), Encoded.of("1"), aclVersion);
        fanOut.typing(ana.session, TEA);
        loop.runWaiting();
        while (backlog.isAsked()) {
            backlog.answer();
            loop.runWaiting();
        }
        assertThat(ben.hears()).containsExactly("{\"type\":\"left\",\"room\":\"tea\"}");
        assertThat(ana.hears()).containsExactly("1");
        loop.runTick();
        assertThat(ana.hears()).singleElement().asString().contains("\"left\":[" + guest("Ben") + "]");
        assertThat(ben.hears()).isEmpty();
    }

    @Test
    void evictedReaderIsNotifiedAtOnce() {
        Peer ana = peer("Ana").livesIn(TEA);
        fanOut.aclChanged(TEA, backlog.evict(UserKey.guest("Ana")));
        loop.runWaiting();
        backlog.answer();
        assertThat(ana.hears()).contains("{\"type\":\"left\",\"room\":\"tea\"}");
    }

    @Test
    void joinWithAnOutdatedAclVersionIsRepeated() {
        Peer ana = peer("Ana").livesIn(TEA);
        backlog.store(TEA, 1);
        long aclVersion = backlog.evict(UserKey.guest("Ben"));
        fanOut.deliver(TEA, new Position(EPOCH, 1), Encoded.of("1"), aclVersion);
        loop.runWaiting();
        while (backlog.isAsked()) {
            backlog.answer();
            loop.runWaiting();
        }
        Peer ben = peer("Ben");
        // Looked up before the removal: its aclVersion is outdated.
        CompletionStage<Boolean> joined = fanOut.join(ben.session, Optional.of("j"), TEA, start(TEA, 1), true);
        loop.runWaiting();
        assertThat(joined.toCompletableFuture()).isCompletedWithValue(false);
        assertThat(ben.hears()).as("not even who is in the room").isEmpty();
    }

    @Test
    void allReadersOfARoomAreRecheckedByOneQuery() {
        List<Peer> members = IntStream.range(0, 100)
                .mapToObj(i -> peer("m-" + i).livesIn(TEA))
                .toList();
        fanOut.aclChanged(TEA, backlog.evict(UserKey.guest("m-0")));
        loop.runWaiting();
        backlog.answer();
        loop.runWaiting();
        assertThat(backlog.isAsked()).isFalse();
        second();
        members.forEach(Peer::hears);
        backlog.store(TEA, 1);
        fanOut.deliver(TEA, new Position(EPOCH, 1), Encoded.of("1"), backlog.aclVersion());
        loop.runWaiting();
        assertThat(members.get(0).hears()).isEmpty();
        assertThat(members.get(99).hears()).containsExactly("1");
    }

    @Test
    void anotherAclChangeDuringARecheckRepeatsIt() {
        Peer ana = peer("Ana").livesIn(TEA);
        Peer ben = peer("Ben").livesIn(TEA);
        fanOut.aclChanged(TEA, backlog.revise());
        loop.runWaiting();
        ScriptedBacklog.Asked first = backlog.takeAsked();
        Backlog.Page before = backlog.read(first);
        fanOut.aclChanged(TEA, backlog.evict(UserKey.guest("Ben")));
        first.page().complete(before);
        loop.runWaiting();
        fanOut.typing(ana.session, TEA);
        assertThat(ben.hears()).isEmpty();
        loop.runTimers();
        backlog.answer();
        assertThat(ben.hears()).containsExactly("{\"type\":\"left\",\"room\":\"tea\"}");
        loop.runTick();
        assertThat(ana.hears()).isNotEmpty();
    }

    @Test
    void failedRecheckIsRetriedAtTheNextTick() {
        Peer ana = peer("Ana").livesIn(TEA);
        fanOut.aclChanged(TEA, backlog.revise());
        loop.runWaiting();
        backlog.takeAsked().page().completeExceptionally(UNAVAILABLE);
        loop.runWaiting();
        loop.runTick();
        answerPage();
        storeAndDeliver(TEA);
        assertThat(ana.hears()).contains("1");
    }

    @Test
    void presenceChangesWaitForARecheck() {
        Peer ana = peer("Ana").livesIn(TEA);
        loop.runTick();
        ana.hears();
        fanOut.aclChanged(TEA, backlog.revise());
        fanOut.join(peer("Ben").session, Optional.empty(), TEA, start(TEA, 0, backlog.aclVersion(), LONG_AGO), true);
        loop.runWaiting();
        second();
        assertThat(ana.hears()).as("it may have lost the right to know").isEmpty();
        while (backlog.isAsked()) {
            answerPage();
        }
        loop.runTick();
        assertThat(ana.hears()).singleElement().asString().contains("\"joined\":[" + guest("Ben") + "]");
    }

    @Test
    void evictionIsReportedBeforeTheReaderIsNotified() {
        List<String> evicted = new ArrayList<>();
        fanOut.onEvicted((session, room) -> evicted.add(session.signedInAs().name() + " " + room.name()));
        peer("Ana").livesIn(TEA);
        fanOut.aclChanged(TEA, backlog.evict(UserKey.guest("Ana")));
        loop.runWaiting();
        answerPage();
        assertThat(evicted).containsExactly("Ana tea");
    }

    @Test
    void readersThatLeftDoNotDelayRetries() {
        backlog.store(LOBBY, 1);
        List<Peer> gone = IntStream.range(0, 100)
                .mapToObj(i -> peer("gone-" + i).joins(LOBBY, 0))
                .toList();
        Peer ana = peer("Ana").joins(LOBBY, 0);
        while (backlog.isAsked()) {
            backlog.takeAsked().page().completeExceptionally(UNAVAILABLE);
        }
        gone.forEach(one -> one.session.closeNow(CloseCode.GOING_AWAY));
        loop.runWaiting();
        loop.runTick();
        answerPage();
        assertThat(ana.hears()).contains("1");
    }

    @Test
    void recoveredStoreGetsFewQueriesAtFirst() {
        IntStream.range(0, 10).forEach(i -> peer("reader-" + i).joins(new Channel.Room("room-" + i), 0));
        while (backlog.isAsked()) {
            backlog.takeAsked().page().completeExceptionally(UNAVAILABLE);
        }
        loop.runWaiting();
        loop.runTick();
        backlog.takeAsked().page().completeExceptionally(UNAVAILABLE);
        loop.runWaiting();
        loop.runTick();
        answerPage();
        assertThat(backlog.isAsked())
                .as("one answer, two questions at the next tick")
                .isFalse();
        loop.runTick();
        answerPage();
        answerPage();
        assertThat(backlog.isAsked()).isFalse();
    }

    @Test
    void readerWhoseNextMessageWasTrimmedMustReconnect() {
        backlog.store(LOBBY, 5);
        Peer ana = peer("Ana").joins(LOBBY, 1);
        ana.transport.takeFrame();
        backlog.trim(LOBBY, 3);
        answerPage();
        assertThat(ana.transport.takeClose()).isEqualTo(CloseCode.SLOW_CONSUMER);
        assertThat(ana.hears()).isEmpty();
    }

    @Test
    void missedLastMessageIsFetchedWhenTheHeadIsReported() {
        Peer ana = peer("Ana").livesIn(LOBBY);
        Peer ben = peer("Ben").livesIn(LOBBY);
        backlog.store(LOBBY, 2);
        deliver(LOBBY, 1);
        fanOut.headsSeen(Map.of(LOBBY, 2L));
        loop.runWaiting();
        loop.runTimers();
        answerPage();
        assertThat(ana.hears()).containsExactly("1", "2");
        assertThat(ben.hears()).containsExactly("1", "2");
        fanOut.headsSeen(Map.of(LOBBY, 2L));
        loop.runWaiting();
        assertThat(backlog.isAsked()).isFalse();
    }

    @Test
    void slowReaderIsClosedWithoutHarmToOthers() {
        Peer slow = new Peer("slow", RecordingTransport.holding(), 4).joins(LOBBY, 0);
        Peer fast = peer("fast").joins(LOBBY, 0);
        answerPage();
        answerPage();
        fast.transport.takeFrame();
        IntStream.range(0, 6).forEach(i -> storeAndDeliver(LOBBY));
        assertThat(slow.transport.takeClose()).isEqualTo(CloseCode.SLOW_CONSUMER);
        assertThat(fast.hears()).isEqualTo(numbers(1, 6));
        assertThat(slow.session.isEnded()).isTrue();
        second();
        assertThat(fast.transport.takeFrame())
                .contains("\"joined\":[" + guest("fast") + "]")
                .as("fast was told of it at its own join")
                .contains("\"left\":[" + guest("slow") + "]");
    }

    @Test
    void readerBehindGetsItsNextPageWhenItsOutboxHasDrained() {
        backlog.store(LOBBY, 600);
        Peer slow = new Peer("slow", RecordingTransport.holding(), 2_000).joins(LOBBY, 0);
        slow.transport.complete();
        answerPage();
        assertThat(backlog.isAsked()).as("its outbox is still full").isFalse();
        while (slow.transport.isSending() || backlog.isAsked()) {
            if (backlog.isAsked()) {
                backlog.answer();
            } else {
                slow.transport.complete();
            }
            loop.runWaiting();
        }
        assertThat(slow.hears().subList(1, 601)).isEqualTo(numbers(1, 600));
        assertThat(slow.session.isEnded()).isFalse();
    }

    @Test
    void pageLongerThanTheOutboxDoesNotCloseTheReader() {
        List<String> all = IntStream.range(0, 100)
                .mapToObj(i -> Integer.toString(i).repeat(300))
                .toList();
        all.forEach(json -> backlog.store(LOBBY, json));
        Peer ana = new Peer("Ana", RecordingTransport.completing(), 2_000).joins(LOBBY, 0);
        ana.transport.takeFrame();
        while (backlog.isAsked()) {
            answerPage();
        }
        assertThat(ana.hears()).isEqualTo(all);
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 600, 900, 5_000})
    void longMessageForASlowReaderIsReadOnce(int bytes) {
        String longOne = "x".repeat(bytes);
        backlog.store(LOBBY, longOne);
        Peer ana = new Peer("Ana", RecordingTransport.holding(), 1_000);
        // One message is in flight, another one waits behind it.
        ana.session.answer(new ServerMessage.Pong(Optional.empty()));
        ana.session.answer(new ServerMessage.Pong(Optional.empty()));
        fanOut.join(ana.session, Optional.empty(), LOBBY, start(LOBBY, 0), false);
        loop.runWaiting();
        int pages = 0;
        while (backlog.isAsked()) {
            answerPage();
            assertThat(++pages).as("pages read for one message").isOne();
        }
        while (ana.transport.isSending()) {
            ana.transport.complete();
            loop.runWaiting();
        }
        assertThat(ana.hears()).endsWith(longOne);
        assertThat(ana.session.isOpen()).isTrue();
    }

    @Test
    void sessionBehindInSeveralChannelsCatchesUpInAll() {
        backlog.store(LOBBY, 600);
        backlog.store(TEA, 600);
        Peer ana = new Peer("Ana", RecordingTransport.holding(), 4_000);
        fanOut.join(ana.session, Optional.empty(), LOBBY, start(LOBBY, 0), true);
        fanOut.join(ana.session, Optional.empty(), TEA, start(TEA, 0), true);
        loop.runWaiting();
        while (ana.transport.isSending() || backlog.isAsked()) {
            while (backlog.isAsked()) {
                backlog.answer();
            }
            loop.runWaiting();
            if (ana.transport.isSending()) {
                ana.transport.complete();
            }
            loop.runWaiting();
        }
        assertThat(ana.hears().stream().filter(frame -> !frame.startsWith("{")))
                .containsExactlyInAnyOrderElementsOf(Stream.concat(numbers(1, 600).stream(), numbers(1, 600).stream())
                        .toList());
    }

    @Test
    void leaverReceivesNothingMore() {
        Peer ana = peer("Ana").livesIn(LOBBY);
        fanOut.leave(ana.session, Optional.of("x"), LOBBY);
        storeAndDeliver(LOBBY);
        assertThat(ana.hears()).containsExactly("{\"type\":\"left\",\"id\":\"x\",\"room\":\"lobby\"}");
    }

    @Test
    void leaverDoesNotGetThePageInFlight() {
        backlog.store(LOBBY, 3);
        Peer ana = peer("Ana").joins(LOBBY, 0);
        ana.transport.takeFrame();
        fanOut.leave(ana.session, Optional.empty(), LOBBY);
        loop.runWaiting();
        answerPage();
        assertThat(ana.hears()).containsExactly("{\"type\":\"left\",\"room\":\"lobby\"}");
    }

    @Test
    void joiningAgainWithoutAPositionContinues() {
        Peer ana = peer("Ana").livesIn(LOBBY);
        storeAndDeliver(LOBBY);
        ana.hears();
        fanOut.join(ana.session, Optional.empty(), LOBBY, start(LOBBY, 0), false);
        assertThat(ana.hears()).singleElement().asString().contains("\"seq\":1").contains("\"count\":1");
        storeAndDeliver(LOBBY);
        assertThat(ana.hears()).containsExactly("2");
    }

    @Test
    void joiningAgainWithAPositionRestartsThere() {
        Peer ana = peer("Ana").livesIn(LOBBY);
        storeAndDeliver(LOBBY);
        storeAndDeliver(LOBBY);
        ana.hears();
        ana.joins(LOBBY, 1);
        ana.transport.takeFrame();
        answerPage();
        assertThat(ana.hears()).containsExactly("2");
    }

    @Test
    void welcomeComesBeforeAnythingElse() {
        backlog.store(LOBBY, 2);
        Peer ana = peer("Ana");
        assertThat(signIn(ana.session, start(LOBBY, 1))).containsExactly("welcomed");
        answerPage();
        List<String> heard = ana.hears();
        assertThat(heard).hasSize(2);
        assertThat(heard.get(0)).contains("\"type\":\"welcome\"").contains("\"room:lobby\":{");
        assertThat(heard.get(1)).isEqualTo("2");
    }

    @Test
    void endedSessionReadsNothingButItsQueueContinues() {
        Peer ana = peer("Ana");
        ana.session.end(1006, "");
        assertThat(signIn(ana.session, start(LOBBY, 0))).containsExactly("welcomed");
        assertThat(backlog.isAsked()).isFalse();
        ana.transport.assertExhausted();
    }

    @Test
    void presenceIsAnnouncedOncePerUser() {
        Peer ana = peer("Ana").livesIn(LOBBY);
        loop.runTick();
        ana.hears();
        Peer one = peer("Ben").livesIn(LOBBY);
        Peer two = peer("Ben").livesIn(LOBBY);
        loop.runTick();
        assertThat(ana.hears())
                .containsExactly("{\"type\":\"presence\",\"count\":2,\"joined\":[" + guest("Ben")
                        + "],\"left\":[],\"room\":\"lobby\"}");
        one.session.end(1006, "");
        loop.runWaiting();
        second();
        assertThat(ana.hears()).isEmpty();
        two.session.end(1006, "");
        loop.runWaiting();
        loop.runTick();
        assertThat(ana.hears())
                .containsExactly("{\"type\":\"presence\",\"count\":1,\"joined\":[],\"left\":[" + guest("Ben")
                        + "],\"room\":\"lobby\"}");
    }

    @Test
    void presenceOfABigRoomIsACountOnceASecond() {
        Peer ana = peer("Ana").livesIn(LOBBY);
        IntStream.range(0, 200).forEach(i -> peer("user-" + i).livesIn(LOBBY));
        second();
        assertThat(ana.hears()).containsExactly("{\"type\":\"presence\",\"count\":201,\"room\":\"lobby\"}");
        peer("late").livesIn(LOBBY);
        peer("later").livesIn(LOBBY);
        second();
        assertThat(ana.hears()).containsExactly("{\"type\":\"presence\",\"count\":203,\"room\":\"lobby\"}");
    }

    @Test
    void typingInABigRoomIsNotSent() {
        Peer ana = peer("Ana").livesIn(LOBBY);
        Peer ben = peer("Ben").livesIn(LOBBY);
        IntStream.range(0, 199).forEach(i -> peer("user-" + i).livesIn(LOBBY));
        second();
        ana.hears();
        fanOut.typing(ben.session, LOBBY);
        second();
        assertThat(ana.hears()).isEmpty();
    }

    @Test
    void presenceRequestIsAnswered() {
        Peer ana = peer("Ana").livesIn(LOBBY);
        fanOut.presence(ana.session, Optional.of("p"), LOBBY);
        fanOut.presence(ana.session, Optional.empty(), TEA);
        assertThat(ana.hears())
                .containsExactly(
                        "{\"type\":\"presence\",\"count\":1,\"id\":\"p\",\"present\":[" + guest("Ana")
                                + "],\"room\":\"lobby\"}",
                        "{\"type\":\"presence\",\"count\":0,\"present\":[],\"room\":\"tea\"}");
    }

    @Test
    void joiningARoomOfTenThousandIsCheap() {
        Peer witness = peer("witness").livesIn(LOBBY);
        IntStream.range(0, 10_000).forEach(i -> peer("user-" + i).joins(LOBBY, 0));
        while (backlog.isAsked()) {
            backlog.answer();
        }
        second();
        witness.hears();

        Peer last = peer("last").joins(LOBBY, 0);
        assertThat(last.transport.takeFrame().length())
                .as("a hundred names and the count")
                .isLessThan(100 * guest("user-10000").length() + 200);
        second();
        assertThat(witness.hears())
                .as("with ten thousand, announcements are two seconds apart")
                .isEmpty();
        second();
        assertThat(witness.hears()).containsExactly("{\"type\":\"presence\",\"count\":10002,\"room\":\"lobby\"}");
    }

    @Test
    void typingIsSentToTheOthersOnly() {
        Peer ana = peer("Ana").livesIn(LOBBY);
        Peer anaElsewhere = peer("Ana").livesIn(LOBBY);
        Peer ben = peer("Ben").livesIn(LOBBY);
        Peer outside = peer("Cid").livesIn(TEA);
        fanOut.typing(ana.session, LOBBY);
        fanOut.typing(outside.session, LOBBY);
        assertThat(ben.hears())
                .containsExactly(
                        "{\"type\":\"typing\",\"guest\":\"tag\",\"room\":\"lobby\"," + "\"username\":\"Ana\"}");
        assertThat(ana.hears()).isEmpty();
        assertThat(anaElsewhere.hears()).isEmpty();
        assertThat(outside.hears()).isEmpty();
    }

    @Test
    void renamedGuestIsSeenToLeaveAndJoin() {
        Peer ana = peer("Ana").livesIn(LOBBY);
        Peer guest = peer("guest-1");
        Channel.Inbox inbox = new Channel.Inbox(UserKey.guest("guest-1"));
        signIn(guest.session, start(LOBBY, 0), start(inbox, 0));
        answerPages();
        loop.runTick();
        ana.hears();
        guest.hears();
        guest.session.signIn(TestSession.guest("guest-1").named("Ben"));
        signIn(guest.session, start(LOBBY, 0), start(inbox, 0));
        assertThat(guest.hears()).singleElement().asString().contains("\"username\":\"Ben\"");
        loop.runTick();
        assertThat(ana.hears())
                .containsExactly("{\"type\":\"presence\",\"count\":2,\"joined\":[" + guest("Ben") + "]," + "\"left\":["
                        + guest("guest-1") + "],\"room\":\"lobby\"}");
        guest.hears();
        storeAndDeliver(inbox);
        storeAndDeliver(LOBBY);
        assertThat(guest.hears()).as("the inbox stays its own").containsExactly("1", "1");
    }

    @Test
    void guestThatSignsInAsAUserLeavesItsInbox() {
        Peer guest = peer("guest-1");
        Channel.Inbox before = new Channel.Inbox(UserKey.guest("guest-1"));
        Channel.Inbox after = new Channel.Inbox(UserKey.user("Ben"));
        signIn(guest.session, start(LOBBY, 0), start(before, 0));
        answerPages();
        guest.session.signIn(Identity.user("Ben", Set.of(), Instant.MAX, Optional.empty()));
        signIn(guest.session, start(LOBBY, 0), start(after, 0));
        answerPages();
        loop.runTick();
        guest.hears();
        storeAndDeliver(before);
        assertThat(guest.hears()).as("the old inbox is another's").isEmpty();
        storeAndDeliver(after);
        storeAndDeliver(LOBBY);
        assertThat(guest.hears()).containsExactly("1", "1");
    }

    private void answerPages() {
        while (backlog.isAsked()) {
            answerPage();
        }
    }

    private static Encoded typing(String room, String user) {
        return Encoded.of(MessageCodec.encode(new ServerMessage.Typing(room, user, Optional.empty())));
    }

    @Test
    void unstoredMessageReachesEveryReader() {
        Peer ana = peer("Ana").livesIn(LOBBY);
        Peer ben = peer("Ben").livesIn(TEA);
        fanOut.deliverEphemeral(LOBBY, typing("lobby", "Cid"), Optional.empty());
        fanOut.deliverEphemeral(new Channel.Room("empty"), typing("empty", "Cid"), Optional.empty());
        assertThat(ana.hears()).hasSize(1);
        assertThat(ben.hears()).isEmpty();
    }

    @Test
    void messagesOfManyTasksLeaveTogether() {
        RecordingTransport transport = RecordingTransport.completing();
        Session session = TestSession.on(transport).framing(Framing.BATCH).openAs("Ana");
        signIn(session, start(LOBBY, 0));
        answerPage();
        transport.takeFrames();
        backlog.store(LOBBY, 3);
        LongStream.rangeClosed(1, 3)
                .forEach(seq -> fanOut.deliver(LOBBY, new Position(EPOCH, seq), Encoded.of(Long.toString(seq)), 0));
        loop.runWaiting();
        assertThat(transport.takeFrames()).containsExactly("[1,2,3]");
    }

    @Test
    void binaryFramesThatWaitForTheLoopAreBounded() {
        Peer ana = peer("Ana").livesIn(TEA);
        Peer ben = peer("Ben").livesIn(TEA);
        AtomicInteger relayed = new AtomicInteger();
        fanOut.onBinary((room, frame) -> relayed.incrementAndGet());
        EncodedBinary frame = EncodedBinary.of(new byte[1024]);
        for (int i = 0; i < 10_000; i++) {
            fanOut.relayBinary(ana.session, TEA, frame, wait -> {});
        }
        loop.runWaiting();
        assertThat(relayed.get()).isEqualTo((int) (BinaryRelay.WAITING_BYTES_MAX / (1024 + 256)));

        ben.hears();
        ben.session.wantsBinary(true);
        fanOut.relayBinary(ana.session, TEA, frame, wait -> {});
        assertThat(ben.hears()).containsExactly(RecordingTransport.shown(new byte[1024]));
    }

    @Test
    void binaryFrameIsEncodedOnceForAllReaders() {
        Peer ana = peer("Ana").livesIn(TEA);
        Peer ben = peer("Ben").livesIn(TEA);
        Peer cid = peer("Cid").livesIn(TEA);
        ben.session.wantsBinary(true);
        cid.session.wantsBinary(true);
        byte[] frame = {7};
        fanOut.relayBinary(ana.session, TEA, EncodedBinary.of(frame), wait -> {});
        assertThat(ben.hears()).contains("binary 07");
        assertThat(cid.hears()).contains("binary 07");
        assertThat(ben.transport.lastArray()).isSameAs(frame);
        assertThat(cid.transport.lastArray()).isSameAs(frame);
    }

    @Test
    void binaryFramesOfAndForThoseWhoMustBeRecheckedAreDropped() {
        Channel.Room secret = new Channel.Room("_secret");
        Peer ana = peer("Ana").livesIn(secret);
        Peer ben = peer("Ben").livesIn(secret);
        ana.session.wantsBinary(true);
        ben.session.wantsBinary(true);
        EncodedBinary frame = EncodedBinary.of(new byte[] {7});
        fanOut.relayBinary(ana.session, secret, frame, wait -> {});
        assertThat(ben.hears()).contains("binary 07");

        fanOut.aclChanged(secret, 1);
        fanOut.relayBinary(ana.session, secret, frame, wait -> {});
        fanOut.receiveBinary(secret, frame);
        assertThat(ben.hears()).doesNotContain("binary 07");
        assertThat(ana.hears()).doesNotContain("binary 07");
    }
}
