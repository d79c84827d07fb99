package dev.parley.server.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.Position;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.RecordingTransport;
import dev.parley.server.session.Session;
import dev.parley.server.session.TestSession;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The store suddenly has less than this node has delivered to its readers. */
class RestoredBackupTest {
    private static final Channel.Room TEA = new Channel.Room("tea");

    /** More queries than any of these readers needs. */
    private static final int QUESTIONS_MAX = 100;

    private final EventLoop loop = new EventLoop("fan-out", Thread::new);
    private final ScriptedBacklog backlog = new ScriptedBacklog();
    private final FanOut fanOut = new FanOut(loop, backlog, MessageCodec::encode, 0);

    /** Completes no send, so that its session is still closing when others join. */
    private final RecordingTransport slowLine = RecordingTransport.holding();

    private final Session slow = session("slow", slowLine);
    private final RecordingTransport transport = RecordingTransport.completing();
    private final Session ana = session("Ana", transport);

    private Session session(String name, RecordingTransport onto) {
        return TestSession.on(onto).whenEnded(fanOut::sessionEnded).openAs(name);
    }

    /** Looked up so long ago that the fan-out must ask. */
    private static ReadFrom start(long position, long aclVersion) {
        return new ReadFrom(
                TEA,
                new Position("e", position),
                true,
                position,
                0,
                aclVersion,
                System.nanoTime() - TimeUnit.DAYS.toNanos(1));
    }

    private void joins(Session session) {
        ReadFrom from = start(backlog.head(TEA), backlog.aclVersion());
        fanOut.join(session, Optional.empty(), TEA, from, true);
        loop.runWaiting();
    }

    private void answerAll() {
        for (int questions = 0; backlog.isAsked(); questions++) {
            assertThat(questions).as("asks without end").isLessThan(QUESTIONS_MAX);
            backlog.answer();
            loop.runWaiting();
        }
    }

    private void livesInTea(Session session) {
        joins(session);
        answerAll();
    }

    private void deliver(long seq) {
        fanOut.deliver(TEA, new Position("e", seq), Encoded.of(Long.toString(seq)), 0);
        loop.runWaiting();
    }

    private void assertNothingIsKnownOfTea() {
        assertThat(slow.isOpen()).isFalse();
        assertThat(slow.isEnded()).isFalse();
        livesInTea(ana);
        transport.takeFrames();
        backlog.store(TEA, 1);
        deliver(backlog.head(TEA));
        assertThat(transport.takeFrames()).containsExactly("1");
        assertThat(backlog.isAsked()).isFalse();
    }

    @Test
    void stateOfAChannelIsDroppedWithItsReaders() {
        backlog.store(TEA, 3);
        livesInTea(slow);
        fanOut.aclChanged(TEA, backlog.revise());
        loop.runWaiting();
        answerAll();

        fanOut.sendReadersAway(TEA);
        loop.runWaiting();
        backlog.startAnew();
        assertNothingIsKnownOfTea();
    }

    @Test
    void stateOfAllChannelsIsDroppedWithTheirReaders() {
        backlog.store(TEA, 3);
        livesInTea(slow);

        fanOut.sendAllReadersAway();
        loop.runWaiting();
        backlog.startAnew();
        assertNothingIsKnownOfTea();
    }

    @Test
    void logThatWentBackMakesItsReadersReload() {
        backlog.store(TEA, 3);
        livesInTea(slow);
        backlog.startAnew();
        joins(ana);
        backlog.answer();
        loop.runWaiting();

        assertThat(backlog.isAskedForPage())
                .as("the same question would get the same answer")
                .isFalse();
        assertThat(ana.isOpen()).as("it could come back with its old epoch").isTrue();
        ScriptedBacklog.AskedEpoch epoch = backlog.takeAskedEpoch();
        assertThat(epoch.channel()).isEqualTo(TEA);
        transport.takeFrames();
        epoch.renewed().complete(true);
        loop.runWaiting();
        assertThat(transport.takeFrame())
                .contains("\"goodbye\"")
                .contains("\"service_restart\"")
                .contains("\"reconnectAfter\"");
        assertThat(transport.takeClose()).isEqualTo(CloseCode.SERVICE_RESTART);
        assertThat(slow.isOpen()).isFalse();
        assertThat(backlog.isAsked()).isFalse();
    }

    @Test
    void readerAheadOfTheLogMustReload() {
        backlog.store(TEA, 3);
        joins(ana);
        backlog.startAnew();
        answerAll();
        assertThat(transport.takeClose()).isEqualTo(CloseCode.SERVICE_RESTART);
    }

    @Test
    void aclVersionThatWentBackMakesReadersReload() {
        livesInTea(ana);
        fanOut.aclChanged(TEA, backlog.revise());
        loop.runWaiting();
        backlog.startAnew();
        answerAll();
        assertThat(transport.takeClose()).isEqualTo(CloseCode.SERVICE_RESTART);
    }

    @Test
    void pageWithAnOlderAclVersionMakesReadersReload() {
        livesInTea(slow);
        fanOut.aclChanged(TEA, backlog.revise());
        loop.runWaiting();
        answerAll();
        backlog.startAnew();
        fanOut.signIn(ana, List.of(start(0, 0)), opened -> FanOutTest.welcome("Ana", opened), () -> {});
        loop.runWaiting();
        answerAll();
        assertThat(transport.takeClose()).isEqualTo(CloseCode.SERVICE_RESTART);
    }

    @Test
    void failedRenewalOfAnEpochIsRetried() {
        backlog.store(TEA, 3);
        joins(ana);
        backlog.startAnew();
        backlog.answer();
        loop.runWaiting();
        backlog.takeAskedEpoch().renewed().completeExceptionally(new ScriptedBacklog.Unavailable());
        loop.runWaiting();
        assertThat(backlog.isAsked()).isFalse();
        assertThat(ana.isOpen()).isTrue();
        loop.runTick();
        answerAll();
        assertThat(transport.takeClose()).isEqualTo(CloseCode.SERVICE_RESTART);
    }

    @Test
    void oneRenewalIsEnoughForAllReaders() {
        backlog.store(TEA, 3);
        joins(slow);
        joins(ana);
        backlog.startAnew();
        backlog.takeAsked().page().complete(new Backlog.Page(new Position("e", 0), List.of(), Set.of(), 0));
        loop.runWaiting();
        answerAll();
        assertThat(transport.takeClose()).isEqualTo(CloseCode.SERVICE_RESTART);
        assertThat(slow.isOpen()).isFalse();
    }
}
