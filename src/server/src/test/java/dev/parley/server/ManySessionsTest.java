package dev.parley.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.protocol.Channel;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.MessageId;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.FailedAttempts;
import dev.parley.server.auth.TokenVerdict;
import dev.parley.server.backplane.UnreliableNetwork;
import dev.parley.server.config.SettingSource;
import dev.parley.server.config.Settings;
import dev.parley.server.dispatch.InboundMemoryBudget;
import dev.parley.server.fanout.ReadFrom;
import dev.parley.server.session.Framing;
import dev.parley.server.session.Session;
import dev.parley.server.session.TestSession;
import dev.parley.server.session.TrafficCounters;
import dev.parley.server.session.Transport;
import dev.parley.server.store.NodeLease;
import dev.parley.server.store.jdbc.CountedStatements;
import dev.parley.server.store.jdbc.SwitchedDatabase;
import dev.parley.server.store.jdbc.TestDatabase;
import dev.parley.server.store.model.Append;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.ChannelView;
import dev.parley.server.store.model.ContentDigest;
import dev.parley.server.store.model.NodeReport;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A hundred thousand readers on three nodes: the pipelines of production on one database, with transports that count.
 * What a message costs is what the model of {@code src/docs/scaling.md} says: one delivery for each reader, one event
 * for each other node, and queries that do not depend on the readers.
 */
@Timeout(300)
class ManySessionsTest {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int NODES = 3;
    private static final int UNANSWERED_MAX = 2_000;

    /** The first statement of a page that readers wait for. */
    private static final String PAGE = "select seq, bytes from parley_message";

    private static final Kind HALL = new Kind("hall", 1, 20_000);
    private static final Kind CLASS = new Kind("class", 100, 200);
    private static final Kind TEAM = new Kind("team", 6_000, 10);

    private final DataSource database = TestDatabase.h2();
    private final UnreliableNetwork network = new UnreliableNetwork();
    private final List<Node> nodes = IntStream.range(0, NODES)
            .mapToObj(number -> new Node("node-" + number))
            .toList();
    private final List<Reader> readers = new ArrayList<>();
    private final TrafficCounters offered = new TrafficCounters();
    private final Heard heard = new Heard();
    private final AtomicInteger ids = new AtomicInteger();

    @AfterEach
    void close() {
        nodes.forEach(Node::close);
        network.close();
    }

    /** Rooms of one size. */
    private record Kind(String name, int rooms, int readers) {
        List<Channel.Room> all() {
            return IntStream.range(0, rooms)
                    .mapToObj(number -> new Channel.Room(name + "-" + number))
                    .toList();
        }
    }

    /** What all readers heard. Any thread. */
    private static final class Heard {
        private final LongAdder joined = new LongAdder();
        private final LongAdder chats = new LongAdder();
        private final LongAdder presence = new LongAdder();
        private final Queue<String> violations = new ConcurrentLinkedQueue<>();
    }

    /** A transport that checks the order of what it sends, and whose peer reads at once. One thread at a time sends. */
    private static final class Reader implements Transport {
        private static final String TYPE = "\"type\":\"";
        private static final String SEQ = "\"seq\":";

        private final Channel.Room room;
        private final Heard heard;
        private final Session session;
        /** Seq of the next chat. */
        private volatile long next;

        Reader(String name, Channel.Room room, long after, Heard heard, TrafficCounters offered) {
            this.room = room;
            this.heard = heard;
            this.next = after + 1;
            this.session =
                    TestSession.on(this).framing(Framing.BATCH).traffic(offered).openAs(name);
        }

        @Override
        public void send(String text, Consumer<Boolean> whenDone) {
            for (int at = text.indexOf(TYPE); at >= 0; at = text.indexOf(TYPE, at + 1)) {
                switch (text.charAt(at + TYPE.length())) {
                    case 'c' -> chat(text, text.indexOf(SEQ, at) + SEQ.length());
                    case 'j' -> heard.joined.increment();
                    case 'p' -> heard.presence.increment();
                    default -> heard.violations.add(text);
                }
            }
            whenDone.accept(true);
        }

        private void chat(String text, int from) {
            long seq = 0;
            for (int at = from; Character.isDigit(text.charAt(at)); at++) {
                seq = 10 * seq + text.charAt(at) - '0';
            }
            if (seq != next) {
                heard.violations.add(room.name() + ": " + seq + " in the place of " + next);
            }
            next = seq + 1;
            heard.chats.increment();
        }

        @Override
        public void send(ByteBuffer frame, Consumer<Boolean> whenDone) {
            throw new AssertionError("This session has not asked for binary frames.");
        }

        @Override
        public void ping(ByteBuffer payload) {
            session.ponged(payload);
        }

        @Override
        public void close(CloseCode code, String reason) {
            heard.violations.add("closed with " + code);
        }
    }

    private final class Node implements AutoCloseable {
        private final CountedStatements statements = new CountedStatements(database);
        private final SwitchedDatabase switched = new SwitchedDatabase(statements);
        private final MessagePipeline pipeline;
        private final NodeLease lease;
        private final UserKey sender;
        private final Semaphore mayAppend = new Semaphore(UNANSWERED_MAX);
        private final LongAdder stored = new LongAdder();

        Node(String id) {
            sender = UserKey.user(id);
            pipeline = new MessagePipeline(
                    Settings.read(new SettingSource(Map.of("parley.retention.count", "1000000"), Map.of(), Map.of())),
                    new MessagePipeline.Ports(
                            switched,
                            InstantSource.system(),
                            System::nanoTime,
                            Node::daemon,
                            new InboundMemoryBudget(1),
                            MessageCodec::encode,
                            (token, address) -> CompletableFuture.completedFuture(new TokenVerdict.Unknown("Nobody.")),
                            new FailedAttempts(System::nanoTime),
                            new MessagePipeline.Nodes(id, true, (cluster, listener) -> network.join(id, listener))),
                    new RandomNames());
            lease = new NodeLease(
                    pipeline.database,
                    new NodeLease.Self(id, id, "test", true),
                    () -> new NodeReport(pipeline.sessions.count(), false, Optional.empty()));
            lease.take();
            pipeline.start();
        }

        private static Thread daemon(Runnable task) {
            Thread thread = new Thread(task, "node");
            thread.setDaemon(true);
            return thread;
        }

        /** Where rooms are; they are created. */
        private Map<Channel, ChannelView> open(List<Channel.Room> rooms) {
            return pipeline.store.open(sender, rooms).toCompletableFuture().join();
        }

        /** @param position after which it reads; the head is the newest that was looked up */
        private void read(Channel.Room room, Position position, long head, long asOf) {
            Reader reader = new Reader("reader-" + readers.size(), room, position.seq(), heard, offered);
            readers.add(reader);
            pipeline.fanOut.join(
                    reader.session, Optional.empty(), room, new ReadFrom(room, position, true, head, 0, 0, asOf), true);
        }

        private void chat(Channel.Room room) {
            String id = "m" + ids.incrementAndGet();
            List<Channel> channels = List.of(room);
            mayAppend.acquireUninterruptibly();
            append(new Append(
                    sender,
                    new MessageId(id),
                    channels,
                    ContentDigest.of("chat", channels, List.of(Optional.of("hello"))),
                    (channel, seq, sentAt) -> new ServerMessage.Chat(
                            room.name(), seq, id, "ana", Optional.empty(), "hello", sentAt, Optional.empty())));
        }

        /** Sends it again until it is stored: two nodes may wait for one row for longer than H2 lets them. */
        private void append(Append append) {
            boolean isTaken = pipeline.store.append(append, () -> true, outcome -> {
                if (outcome instanceof Appended.Stored || outcome instanceof Appended.Duplicate) {
                    stored.increment();
                    mayAppend.release();
                } else {
                    append(append);
                }
            });
            assertThat(isTaken).isTrue();
        }

        private long pages() {
            return statements.count(PAGE);
        }

        @Override
        public void close() {
            pipeline.closeStore();
            lease.close();
            pipeline.close();
        }
    }

    private Node node(int number) {
        return nodes.get(number % NODES);
    }

    private long pages() {
        return nodes.stream().mapToLong(Node::pages).sum();
    }

    private long stored() {
        return nodes.stream().mapToLong(node -> node.stored.sum()).sum();
    }

    /** Every room gets readers on every node, from its head on. */
    private void openRooms(Collection<Kind> kinds) {
        for (Kind kind : kinds) {
            node(0).open(kind.all()).forEach((room, view) -> {
                for (int i = 0; i < kind.readers(); i++) {
                    node(i).read((Channel.Room) room, view.head(), view.head().seq(), view.asOf());
                }
            });
        }
        await().atMost(PATIENCE).until(() -> heard.joined.sum() == readers.size());
    }

    /** Sends messages to each room, each on another node. Returns how many deliveries that makes. */
    private long chat(Kind kind, int messages) {
        List<Channel.Room> rooms = kind.all();
        for (int i = 0; i < messages; i++) {
            for (int room = 0; room < rooms.size(); room++) {
                node(room + i).chat(rooms.get(room));
            }
        }
        return (long) messages * kind.rooms() * kind.readers();
    }

    /** Waits for the deliveries, while the nodes look for what was lost as their periodic task lets them. */
    private void awaitDelivered(long deliveries) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100)).until(() -> {
            nodes.forEach(node -> node.pipeline.cluster.maintain());
            return heard.chats.sum() >= deliveries || !heard.violations.isEmpty();
        });
        assertThat(heard.violations).isEmpty();
        assertThat(heard.chats.sum()).isEqualTo(deliveries);
    }

    @Test
    void everyReaderGetsEveryMessageOnceAndInOrder() {
        openRooms(List.of(HALL, CLASS, TEAM));
        assertThat(readers).hasSize(100_000);

        long deliveries = chat(HALL, 10) + chat(CLASS, 10) + chat(TEAM, 3);
        awaitDelivered(deliveries);
        assertThat(network.carried())
                .as("an event for each message and other node, whatever the readers")
                .isEqualTo((NODES - 1) * stored());
        assertThat(offered.deliveriesOut())
                .as("nothing is offered but what is heard")
                .isEqualTo(heard.chats.sum() + heard.joined.sum() + heard.presence.sum());
        assertThat(pages()).as("queries for messages that came early").isLessThanOrEqualTo(NODES * stored());

        long before = stored();
        long pagesBefore = pages();
        network.fail(new UnreliableNetwork.Faults(0.1, 0.1, 0.1, 50));
        deliveries += chat(TEAM, 1) + chat(HALL, 10) + chat(CLASS, 5);
        awaitDelivered(deliveries);
        long messages = stored() - before;
        assertThat(network.carried()).isEqualTo((NODES - 1) * stored());
        assertThat(network.lost()).isPositive();
        assertThat(pages() - pagesBefore)
                .as("queries for what was lost or late: at most one for a message and a node, whatever the readers")
                .isPositive()
                .isLessThanOrEqualTo(NODES * messages);
    }

    @Test
    void twentyThousandWhoFallBehindTogetherShareAFewQueries() {
        Channel.Room room = HALL.all().get(0);
        Position start = node(0).open(List.of(room)).get(room).head();
        chat(HALL, 50);
        await().atMost(PATIENCE).until(() -> stored() == 50);

        nodes.forEach(node -> node.switched.hold());
        long asOf = System.nanoTime();
        long deliveries = 0;
        for (int i = 0; i < HALL.readers(); i++) {
            Position from = start.at(i % 50);
            node(i).read(room, from, 50, asOf);
            deliveries += 50 - from.seq();
        }
        await().atMost(PATIENCE).until(() -> heard.joined.sum() == HALL.readers());
        assertThat(heard.chats.sum()).isZero();
        nodes.forEach(node -> node.switched.release());
        awaitDelivered(deliveries);

        assertThat(nodes)
                .extracting(Node::pages)
                .as(
                        "one for the first that came, one for the others, and some more for those who lacked more than these")
                .allSatisfy(pages -> assertThat(pages).isBetween(1L, 6L));
    }

    @Test
    void silentRoomsAskNothingOfTheDatabase() {
        openRooms(List.of(new Kind("silent", 500, 4)));
        // The first look takes what happened before, and compares the log.
        look(3);
        List<Map<String, Long>> before = statements();
        look(10);
        for (int i = 0; i < NODES; i++) {
            Map<String, Long> asked = new HashMap<>(statements().get(i));
            asked.keySet().removeIf(text -> text.contains("parley_growth") || text.contains("from parley_change"));
            asked.entrySet().removeAll(before.get(i).entrySet());
            assertThat(asked)
                    .as("what %s asks beside the growth log", nodes.get(i).sender)
                    .isEmpty();
        }
    }

    private List<Map<String, Long>> statements() {
        return nodes.stream().map(node -> node.statements.all()).toList();
    }

    /** Lets each node look for what others stored, so often. */
    private void look(int times) {
        for (Node node : nodes) {
            long until = node.statements.count("parley_growth") + times;
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> {
                node.pipeline.cluster.maintain();
                return node.statements.count("parley_growth") >= until;
            });
        }
    }
}
