package dev.parley.server.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.Position;
import dev.parley.protocol.UserKey;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.RecordingTransport;
import dev.parley.server.session.Session;
import dev.parley.server.session.TestSession;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * The hand-over from the store to live messages has no gaps and no duplicates, in any order of events: the start of a
 * reader, the reading of a page, its answer, the deliveries of messages stored meanwhile; even if deliveries are lost
 * or overtake each other. A reader that lost the right to read gets nothing that was stored afterwards, in whatever
 * order it is reported.
 */
class HandOverPropertyTest {
    private static final ScriptedBacklog.Unavailable UNAVAILABLE = new ScriptedBacklog.Unavailable();

    private static final Channel.Room ROOM = Channel.Room.LOBBY;

    enum Step {
        STORE,
        DELIVER_FIRST,
        DELIVER_LAST,
        DELIVER_TWICE,
        LOSE_DELIVERY,
        TRIM_HALF,
        TRIM_ALL,
        TELL_HEAD,
        JOIN_AT_START,
        JOIN_AT_HEAD,
        JOIN_LOOKED_UP_BEFORE,
        JOIN_AGAIN,
        REVISE,
        BAR,
        TELL_ACL_VERSION,
        READ_PAGE,
        ANSWER_PAGE,
        FAIL_PAGE,
        RUN,
        TICK,
        COMPLETE_SEND
    }

    /** A page that was read and waits to be answered or to fail. */
    private record Read(Runnable answer, Runnable failure) {}

    private record Stored(long seq, long aclVersion) {}

    private static final class Peer {
        private final String name;
        private final RecordingTransport transport;
        private final Session session;
        private final long first;
        private final CompletableFuture<Boolean> isIn;
        /** Seq of the last message that this peer may read. */
        private long last = Long.MAX_VALUE;

        Peer(FanOut fanOut, String name, RecordingTransport transport, ReadFrom from) {
            this.name = name;
            this.transport = transport;
            this.session = TestSession.on(transport).openAs(name);
            this.first = from.position().seq() + 1;
            this.isIn = fanOut.join(session, Optional.empty(), ROOM, from, true).toCompletableFuture();
        }

        UserKey key() {
            return UserKey.guest(name);
        }

        boolean isEvicted() {
            return last != Long.MAX_VALUE;
        }
    }

    private static final class World {
        private final EventLoop loop = new EventLoop("fan-out", Thread::new);
        private final ScriptedBacklog backlog = new ScriptedBacklog();
        private final FanOut fanOut;
        private final Deque<Stored> undelivered = new ArrayDeque<>();
        private final Deque<Read> read = new ArrayDeque<>();
        private final List<Peer> peers = new ArrayList<>();
        private ReadFrom lookedUp = start(0);

        World(int recentBytes) {
            fanOut = new FanOut(loop, backlog, MessageCodec::encode, recentBytes);
        }

        void store() {
            backlog.store(ROOM, 1);
            undelivered.add(new Stored(backlog.head(ROOM), backlog.aclVersion()));
        }

        void deliver(Stored stored) {
            if (stored != null) {
                fanOut.deliver(
                        ROOM,
                        new Position("e", stored.seq()),
                        Encoded.of(Long.toString(stored.seq())),
                        stored.aclVersion());
            }
        }

        ReadFrom start(long after) {
            return new ReadFrom(
                    ROOM,
                    new Position("e", after),
                    true,
                    backlog.head(ROOM),
                    0,
                    backlog.aclVersion(),
                    System.nanoTime());
        }

        void join(ReadFrom from) {
            // Every other transport is slow.
            RecordingTransport transport =
                    peers.size() % 2 == 0 ? RecordingTransport.completing() : RecordingTransport.holding();
            peers.add(new Peer(fanOut, "reader-" + peers.size(), transport, from));
            lookedUp = start(backlog.head(ROOM));
        }

        void read() {
            if (backlog.isAskedForPage()) {
                ScriptedBacklog.Asked asked = backlog.takeAsked();
                Backlog.Page page = backlog.read(asked);
                read.add(new Read(
                        () -> asked.page().complete(page), () -> asked.page().completeExceptionally(UNAVAILABLE)));
            }
        }

        void take(Step step) {
            switch (step) {
                case STORE -> store();
                case DELIVER_FIRST -> deliver(undelivered.pollFirst());
                case DELIVER_LAST -> deliver(undelivered.pollLast());
                case DELIVER_TWICE -> {
                    deliver(undelivered.peekFirst());
                    deliver(undelivered.peekFirst());
                }
                case LOSE_DELIVERY -> undelivered.pollFirst();
                case TRIM_HALF -> backlog.trim(ROOM, backlog.head(ROOM) / 2);
                case TRIM_ALL -> backlog.trim(ROOM, backlog.head(ROOM));
                case TELL_HEAD -> fanOut.headsSeen(Map.of(ROOM, backlog.head(ROOM)));
                case JOIN_AT_START -> join(start(backlog.oldest(ROOM) - 1));
                case JOIN_AT_HEAD -> join(start(backlog.head(ROOM)));
                case JOIN_LOOKED_UP_BEFORE -> join(lookedUp);
                case REVISE -> backlog.revise();
                case BAR ->
                    peers.stream().filter(peer -> !peer.isEvicted()).findFirst().ifPresent(peer -> {
                        peer.last = backlog.head(ROOM);
                        backlog.evict(peer.key());
                    });
                case TELL_ACL_VERSION -> fanOut.aclChanged(ROOM, backlog.aclVersion());
                case JOIN_AGAIN ->
                    peers.stream()
                            .filter(peer -> peer.isIn.getNow(false) && !peer.isEvicted())
                            .findFirst()
                            .ifPresent(peer -> fanOut.join(peer.session, Optional.empty(), ROOM, start(0), false));
                case READ_PAGE -> read();
                case ANSWER_PAGE ->
                    Optional.ofNullable(read.poll())
                            .ifPresent(one -> one.answer().run());
                case FAIL_PAGE ->
                    Optional.ofNullable(read.poll())
                            .ifPresent(one -> one.failure().run());
                case RUN -> loop.runWaiting();
                case TICK -> loop.runTick();
                case COMPLETE_SEND ->
                    peers.forEach(peer -> {
                        if (peer.transport.isSending()) {
                            peer.transport.complete();
                        }
                    });
            }
        }

        /**
         * Completes everything in flight. Reports the head and the aclVersion, as the node does after lost deliveries.
         */
        void settle() {
            take(Step.TELL_HEAD);
            take(Step.TELL_ACL_VERSION);
            // Only a few readers whose page failed retry at each tick, so one quiet round proves nothing.
            for (int quiet = 0; quiet <= peers.size(); quiet++) {
                take(Step.RUN);
                take(Step.TICK);
                boolean wasAsked = backlog.isAsked();
                take(Step.READ_PAGE);
                take(Step.ANSWER_PAGE);
                take(Step.COMPLETE_SEND);
                take(Step.RUN);
                if (wasAsked
                        || backlog.isAsked()
                        || !read.isEmpty()
                        || peers.stream().anyMatch(peer -> peer.transport.isSending())) {
                    quiet = 0;
                }
            }
        }
    }

    @Property(tries = 5_000)
    void everyReaderGetsEverySeqOnceInOrder(
            @ForAll("steps") List<Step> steps, @ForAll("sizes") int storedBefore, @ForAll("recent") int recentBytes) {
        World world = new World(recentBytes);
        world.backlog.store(ROOM, storedBefore);
        steps.forEach(world::take);
        world.settle();
        world.peers.forEach(peer -> assertRight(peer, world.backlog));
    }

    private static void assertRight(Peer peer, ScriptedBacklog backlog) {
        List<String> frames = peer.transport.takeFrames();
        List<String> got =
                frames.stream().filter(frame -> !frame.startsWith("{")).toList();
        List<String> all = LongStream.rangeClosed(peer.first, backlog.head(ROOM))
                .mapToObj(Long::toString)
                .toList();
        if (!peer.isIn.join()) {
            assertThat(frames).as("its right was in doubt").isEmpty();
        } else if (peer.session.isEnded()) {
            // Not silently: the messages that it missed were trimmed, so it must reconnect and is told.
            assertThat(peer.transport.takeClose()).isEqualTo(CloseCode.SLOW_CONSUMER);
            assertThat(got).isEqualTo(all.subList(0, got.size()));
            assertThat(peer.first + got.size()).isLessThan(backlog.oldest(ROOM));
        } else if (peer.isEvicted()) {
            assertThat(got).isEqualTo(all.subList(0, got.size()));
            assertThat(peer.first + got.size() - 1).isLessThanOrEqualTo(Math.max(peer.last, peer.first - 1));
            assertThat(frames).anyMatch(frame -> frame.startsWith("{\"type\":\"left\""));
        } else {
            assertThat(got).isEqualTo(all);
        }
        peer.transport.assertExhausted();
    }

    /** None, a few messages, or all. */
    @Provide
    Arbitrary<Integer> recent() {
        return Arbitraries.of(0, 3, 1_000_000);
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
                        Tuple.of(2, Step.DELIVER_LAST),
                        Tuple.of(1, Step.DELIVER_TWICE),
                        Tuple.of(1, Step.LOSE_DELIVERY),
                        Tuple.of(1, Step.TRIM_HALF),
                        Tuple.of(1, Step.TRIM_ALL),
                        Tuple.of(1, Step.TELL_HEAD),
                        Tuple.of(1, Step.JOIN_AT_START),
                        Tuple.of(2, Step.JOIN_AT_HEAD),
                        Tuple.of(1, Step.JOIN_LOOKED_UP_BEFORE),
                        Tuple.of(1, Step.JOIN_AGAIN),
                        Tuple.of(1, Step.REVISE),
                        Tuple.of(1, Step.BAR),
                        Tuple.of(1, Step.TELL_ACL_VERSION),
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
