package dev.parley.server.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.Position;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.RecordingLine;
import dev.parley.server.session.Session;
import dev.parley.server.session.TestSession;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * No hole and no double in the hand-over from the store to live, whatever comes first: a reader's start, the reading of a
 * page, its answer, the delivery of what was stored meanwhile; also where deliveries get lost or overtake each other.
 */
class HandOverPropertyTest {
    private static final Backlog.Away AWAY = new Backlog.Away(new IllegalStateException("no database"));

    private static final Channel.Room ROOM = Channel.LOBBY;

    enum Step {
        STORE,
        DELIVER_FIRST,
        DELIVER_LAST,
        LOSE_DELIVERY,
        TRIM_HALF,
        TRIM_ALL,
        TELL_HEAD,
        JOIN_AT_START,
        JOIN_AT_HEAD,
        JOIN_AGAIN,
        READ_PAGE,
        ANSWER_PAGE,
        FAIL_PAGE,
        RUN,
        TICK,
        COMPLETE_SEND
    }

    private record ReadPage(ScriptedBacklog.Asked asked, Backlog.Page page) {}

    private static final class Peer {
        private final RecordingLine line;
        private final Session session;
        private final long first;

        Peer(String name, RecordingLine line, long after) {
            this.line = line;
            this.session = TestSession.on(line).openAs(name);
            this.first = after + 1;
        }
    }

    private static final class World {
        private final FanOutLoop loop = new FanOutLoop(Thread::new);
        private final ScriptedBacklog backlog = new ScriptedBacklog();
        private final FanOut fanOut = new FanOut(loop, backlog);
        private final Deque<Long> undelivered = new ArrayDeque<>();
        private final Deque<ReadPage> read = new ArrayDeque<>();
        private final List<Peer> peers = new ArrayList<>();

        void store() {
            backlog.store(ROOM, 1);
            undelivered.add(backlog.head(ROOM));
        }

        void deliver(Long seq) {
            if (seq != null) {
                fanOut.deliver(ROOM, seq, Encoded.of(Long.toString(seq)), 0);
            }
        }

        void join(long after) {
            // Every other line is slow.
            RecordingLine line = peers.size() % 2 == 0 ? RecordingLine.completing() : RecordingLine.holding();
            Peer peer = new Peer("reader-" + peers.size(), line, after);
            peers.add(peer);
            fanOut.join(
                    peer.session, Optional.empty(), ROOM, new Start(ROOM, new Position("e", after), true, 0, 0), true);
        }

        void take(Step step) {
            switch (step) {
                case STORE -> store();
                case DELIVER_FIRST -> deliver(undelivered.pollFirst());
                case DELIVER_LAST -> deliver(undelivered.pollLast());
                case LOSE_DELIVERY -> undelivered.pollFirst();
                case TRIM_HALF -> backlog.trim(ROOM, backlog.head(ROOM) / 2);
                case TRIM_ALL -> backlog.trim(ROOM, backlog.head(ROOM));
                case TELL_HEAD -> fanOut.seen(ROOM, backlog.head(ROOM));
                case JOIN_AT_START -> join(backlog.oldest(ROOM) - 1);
                case JOIN_AT_HEAD -> join(backlog.head(ROOM));
                case JOIN_AGAIN ->
                    peers.stream()
                            .findFirst()
                            .ifPresent(peer -> fanOut.join(
                                    peer.session,
                                    Optional.empty(),
                                    ROOM,
                                    new Start(ROOM, new Position("e", 0), true, 0, 0),
                                    false));
                case READ_PAGE -> {
                    if (backlog.isAsked()) {
                        ScriptedBacklog.Asked asked = backlog.takeAsked();
                        read.add(new ReadPage(asked, backlog.read(asked)));
                    }
                }
                case ANSWER_PAGE -> {
                    if (!read.isEmpty()) {
                        ReadPage page = read.poll();
                        page.asked().page().complete(page.page());
                    }
                }
                case FAIL_PAGE -> {
                    if (!read.isEmpty()) {
                        read.poll().asked().page().completeExceptionally(AWAY);
                    }
                }
                case RUN -> loop.runWaiting();
                case TICK -> loop.runTick();
                case COMPLETE_SEND ->
                    peers.forEach(peer -> {
                        if (peer.line.isSending()) {
                            peer.line.complete();
                        }
                    });
            }
        }

        /** Everything that is under way happens; the head is told, as it is where the last messages got lost. */
        void settle() {
            take(Step.TELL_HEAD);
            // Readers whose page failed ask again a few at each tick, so that one quiet round says nothing.
            for (int quiet = 0; quiet <= peers.size(); quiet++) {
                take(Step.RUN);
                take(Step.TICK);
                take(Step.READ_PAGE);
                take(Step.ANSWER_PAGE);
                take(Step.COMPLETE_SEND);
                take(Step.RUN);
                if (backlog.isAsked() || !read.isEmpty() || peers.stream().anyMatch(peer -> peer.line.isSending())) {
                    quiet = 0;
                }
            }
        }
    }

    @Property(tries = 5_000)
    void everyReaderGetsEverySeqOnceInOrder(@ForAll("steps") List<Step> steps, @ForAll("sizes") int storedBefore) {
        World world = new World();
        world.backlog.store(ROOM, storedBefore);
        steps.forEach(world::take);
        world.settle();
        for (Peer peer : world.peers) {
            List<String> got = peer.line.takeFrames().stream()
                    .filter(frame -> !frame.startsWith("{"))
                    .toList();
            List<String> all = LongStream.rangeClosed(peer.first, world.backlog.head(ROOM))
                    .mapToObj(Long::toString)
                    .toList();
            if (peer.session.isEnded()) {
                // Never silently: what it missed was trimmed, so it comes back and is told.
                assertThat(peer.line.takeClose()).isEqualTo(CloseCode.SLOW_CONSUMER);
                assertThat(got).isEqualTo(all.subList(0, got.size()));
                assertThat(peer.first + got.size()).isLessThan(world.backlog.oldest(ROOM));
            } else {
                assertThat(got).isEqualTo(all);
            }
            peer.line.assertExhausted();
        }
    }

    @Provide
    Arbitrary<Integer> sizes() {
        return Arbitraries.frequency(
                Tuple.of(40, 0), Tuple.of(40, 3), Tuple.of(1, 999), Tuple.of(1, 1_000), Tuple.of(1, 2_001));
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        return Arbitraries.frequency(
                        Tuple.of(6, Step.STORE),
                        Tuple.of(5, Step.DELIVER_FIRST),
                        Tuple.of(1, Step.DELIVER_LAST),
                        Tuple.of(1, Step.LOSE_DELIVERY),
                        Tuple.of(1, Step.TRIM_HALF),
                        Tuple.of(1, Step.TRIM_ALL),
                        Tuple.of(1, Step.TELL_HEAD),
                        Tuple.of(1, Step.JOIN_AT_START),
                        Tuple.of(2, Step.JOIN_AT_HEAD),
                        Tuple.of(1, Step.JOIN_AGAIN),
                        Tuple.of(4, Step.READ_PAGE),
                        Tuple.of(4, Step.ANSWER_PAGE),
                        Tuple.of(1, Step.FAIL_PAGE),
                        Tuple.of(6, Step.RUN),
                        Tuple.of(1, Step.TICK),
                        Tuple.of(2, Step.COMPLETE_SEND))
                .list()
                .ofMinSize(3)
                .ofMaxSize(40);
    }
}
