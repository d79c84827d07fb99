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
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A channel has got another epoch: nothing of it reaches a reader that has positions in the one before. */
class RenewedEpochTest {
    private static final Channel.Room TEA = new Channel.Room("tea");

    private final EventLoop loop = new EventLoop("fan-out", Thread::new);
    private final ScriptedBacklog backlog = new ScriptedBacklog();
    private final FanOut fanOut = new FanOut(loop, backlog, MessageCodec::encode, 1_000_000);

    private final RecordingTransport transport = RecordingTransport.completing();
    private final Session ana = session("Ana", transport);
    private final RecordingTransport others = RecordingTransport.completing();
    private final Session ben = session("Ben", others);

    private Session session(String name, RecordingTransport onto) {
        return TestSession.on(onto).whenEnded(fanOut::sessionEnded).openAs(name);
    }

    /** Joins as of a look-up that is so old that the fan-out must ask. */
    private void joins(Session session, Position position) {
        ReadFrom from =
                new ReadFrom(TEA, position, true, position.seq(), 0, 0, System.nanoTime() - TimeUnit.DAYS.toNanos(1));
        fanOut.join(session, Optional.empty(), TEA, from, true);
        loop.runWaiting();
    }

    private void answer() {
        backlog.answer();
        loop.runWaiting();
    }

    private void answerAll() {
        while (backlog.isAsked()) {
            answer();
        }
    }

    /** Two messages are stored, and a reader has them. The node keeps the second one, which came live. */
    private void anaLivesInTea() {
        backlog.store(TEA, 1);
        joins(ana, new Position("e", 1));
        answerAll();
        backlog.store(TEA, 1);
        fanOut.receive(TEA, new Position("e", 2), Encoded.of("2"), 0);
        loop.runWaiting();
        assertThat(transport.takeFrames()).contains("2");
    }

    private static void assertReloads(RecordingTransport transport) {
        assertThat(transport.takeClose()).isEqualTo(CloseCode.SERVICE_RESTART);
        List<String> frames = transport.takeFrames();
        assertThat(frames.get(frames.size() - 1)).contains("\"goodbye\"", "\"service_restart\"");
        assertThat(frames).as("messages of the other log").noneMatch(frame -> frame.matches("[\\[\\d,\\]]+"));
    }

    /** Who reloads reads the log of the new epoch, and nothing that the node kept of the one before. */
    private void assertNewEpochIsRead(Session session, RecordingTransport onto) {
        backlog.startAnew();
        backlog.store(TEA, "\"other first\"");
        backlog.store(TEA, "\"other second\"");
        joins(session, new Position("f", 1));
        answerAll();
        fanOut.receive(TEA, new Position("f", 3), Encoded.of("\"other third\""), 0);
        loop.runWaiting();
        assertThat(onto.takeFrames())
                .filteredOn(frame -> !frame.contains("\"joined\""))
                .containsExactly("\"other second\"", "\"other third\"");
        assertThat(session.isOpen()).isTrue();
    }

    @Test
    void messageWithAnotherEpochSendsReadersAway() {
        anaLivesInTea();
        backlog.renewEpochs("f");
        fanOut.receive(TEA, new Position("f", 3), Encoded.of("3"), 0);
        loop.runWaiting();

        assertReloads(transport);
        assertNewEpochIsRead(ben, others);
    }

    @Test
    void pageWithAnotherEpochSendsReadersAway() {
        backlog.store(TEA, 2);
        joins(ana, new Position("e", 0));
        assertThat(backlog.isAskedForPage()).isTrue();
        backlog.renewEpochs("f");
        answer();

        assertReloads(transport);
        assertNewEpochIsRead(ben, others);
    }

    /** The page is for a gap: the reader is live. */
    @Test
    void pageForAGapWithAnotherEpochSendsReadersAway() {
        anaLivesInTea();
        backlog.store(TEA, 2);
        fanOut.receive(TEA, new Position("e", 4), Encoded.of("4"), 0);
        loop.runWaiting();
        loop.runTimers();
        assertThat(backlog.isAskedForPage()).isTrue();
        backlog.renewEpochs("f");
        answer();

        assertReloads(transport);
        assertNewEpochIsRead(ben, others);
    }

    @Test
    void joinWithAnotherEpochSendsReadersAway() {
        anaLivesInTea();
        backlog.renewEpochs("f");
        joins(ben, new Position("f", 0));

        assertReloads(transport);
        assertThat(others.takeClose()).as("nobody knows whose is the older").isEqualTo(CloseCode.SERVICE_RESTART);
        RecordingTransport next = RecordingTransport.completing();
        assertNewEpochIsRead(session("Cid", next), next);
    }

    @Test
    void stateWithAnotherEpochSendsReadersAway() {
        anaLivesInTea();
        backlog.renewEpochs("f");
        fanOut.statesSeen(Map.of(TEA, new Backlog.State(new Position("f", 2), 0)));
        loop.runWaiting();

        assertReloads(transport);
        assertNewEpochIsRead(ben, others);
    }

    @Test
    void sameEpochSendsNobodyAway() {
        anaLivesInTea();
        backlog.store(TEA, 1);
        fanOut.receive(TEA, new Position("e", 3), Encoded.of("3"), 0);
        fanOut.statesSeen(Map.of(TEA, new Backlog.State(new Position("e", 3), 0)));
        joins(ben, new Position("e", 3));
        answerAll();
        assertThat(ana.isOpen()).isTrue();
        assertThat(ben.isOpen()).isTrue();
        assertThat(transport.takeFrames()).contains("3");
    }
}
