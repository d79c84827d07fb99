package dev.parley.server.backplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.protocol.Channel;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import dev.parley.server.fanout.presence.Occupants;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.EncodedBinary;
import dev.parley.server.session.SessionId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every backplane does, with two nodes. */
@Timeout(60)
abstract class BackplaneContract {
    static final Channel LOBBY = Channel.Room.LOBBY;
    static final Channel INBOX = new Channel.Inbox(UserKey.user("ana"));
    static final Duration PATIENCE = Duration.ofSeconds(30);

    final List<NodeEvent> heardByOne = new CopyOnWriteArrayList<>();
    final List<NodeEvent> heardByTwo = new CopyOnWriteArrayList<>();
    final Set<String> senders = ConcurrentHashMap.newKeySet();
    Backplane one;
    Backplane two;

    /** @param node name of the node */
    abstract Backplane backplane(String node, Backplane.Listener listener);

    @BeforeEach
    void open() {
        one = backplane("one", listener(heardByOne::add));
        two = backplane("two", listener(heardByTwo::add));
    }

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    Backplane.Listener listener(Consumer<NodeEvent> hears) {
        return new Backplane.Listener() {
            @Override
            public void received(String node, NodeEvent event) {
                senders.add(node);
                hears.accept(event);
            }

            @Override
            public void regained() {
                // What was lost is no matter of this test.
            }
        };
    }

    static NodeEvent.Stored stored(Channel channel, long seq, String json) {
        return new NodeEvent.Stored(channel, new Position("e", seq), 7, Encoded.of(json), Optional.of("process"));
    }

    static void subscribe(Backplane node, Channel... channels) throws Exception {
        node.subscribe(List.of(channels)).toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    static List<NodeEvent> everyKind() {
        return List.of(
                stored(LOBBY, 1, "{\"content\":\"Grüße, 你好\"}"),
                new NodeEvent.Grown(INBOX, 12),
                new NodeEvent.AclChanged(new Channel.Room("_team"), 3),
                new NodeEvent.EpochRenewed(Channel.Broadcast.INSTANCE),
                new NodeEvent.AllEpochsRenewed(),
                new NodeEvent.Ephemeral(LOBBY, Encoded.of("{}"), Optional.empty()),
                new NodeEvent.Ephemeral(LOBBY, Encoded.of("{}"), Optional.of(ServerMessage.Person.user("ana"))),
                new NodeEvent.Ephemeral(
                        LOBBY, Encoded.of("{}"), Optional.of(new ServerMessage.Person("ana", Optional.of("x4")))),
                new NodeEvent.Binary(Channel.Room.LOBBY, EncodedBinary.of(new byte[] {0, '\n', (byte) 0xff, '{'})),
                new NodeEvent.PresenceChanged(
                        Channel.Room.LOBBY,
                        3,
                        4,
                        List.of(ServerMessage.Person.user("ana"), new ServerMessage.Person("ben", Optional.of("x4"))),
                        List.of()),
                new NodeEvent.Present(
                        Channel.Room.LOBBY, 4, new Occupants(List.of(ServerMessage.Person.user("ana")), 7)),
                new NodeEvent.PresenceAsked(Channel.Room.LOBBY, Optional.empty()),
                new NodeEvent.PresenceAsked(Channel.Room.LOBBY, Optional.of("one")),
                new NodeEvent.PresenceVersions(Map.of(Channel.Room.LOBBY, 4L, new Channel.Room("tea"), 2L)),
                new NodeEvent.Metrics(7, Map.of("cpu", Encoded.of("{\"value\":1}"), "mem", Encoded.of("{}"))),
                new NodeEvent.MetricsAsked(),
                new NodeEvent.SessionClosed(new SessionId("s"), Optional.empty(), CloseCode.FORBIDDEN),
                new NodeEvent.SessionClosed(new SessionId("s"), Optional.of(UserKey.user("ana")), CloseCode.REPLACED),
                new NodeEvent.NameTaken("Ana"),
                new NodeEvent.TokensRevoked(UserKey.user("ana")),
                new NodeEvent.UserSessions(UserKey.user("ana"), 9, 2, 1_900_000_000_000L, true),
                new NodeEvent.UserSessions(UserKey.guest("x4"), 10, 0, 0, false),
                new NodeEvent.SessionsAsked(1, Optional.empty()),
                new NodeEvent.SessionsAsked(2, Optional.of("Ana \"你好\"")),
                new NodeEvent.RoomsAsked(3),
                new NodeEvent.Listed("two", 3, 1_200, Encoded.of("[{\"room\":\"tea\",\"present\":2}]")),
                new NodeEvent.Listed(
                        "two", Long.MAX_VALUE, 1, Encoded.of("[\"" + "x".repeat(NodeList.BYTES_MAX - 4) + "\"]")));
    }

    @Test
    void eachEventReachesTheOtherNodeOnceAndUnchanged() throws Exception {
        List<NodeEvent> events = everyKind();
        subscribe(two, events.stream().flatMap(event -> event.about().stream()).toArray(Channel[]::new));
        events.forEach(one::publish);

        await().until(() -> heardByTwo.size() >= events.size());
        assertThat(heardByTwo).containsExactlyInAnyOrderElementsOf(events);
        assertThat(heardByOne).isEmpty();
        assertThat(senders).containsExactly("one");
    }

    @Test
    void messagesOfAChannelComeInOrder() throws Exception {
        subscribe(two, LOBBY, INBOX);
        List<NodeEvent> events = IntStream.rangeClosed(1, 500)
                .boxed()
                .flatMap(seq ->
                        Stream.<NodeEvent>of(stored(LOBBY, seq, "{\"seq\":" + seq + "}"), stored(INBOX, seq, "{}")))
                .toList();
        events.forEach(one::publish);

        await().until(() -> heardByTwo.size() >= events.size());
        assertThat(heardByTwo).hasSize(events.size());
        assertThat(heardByTwo.stream().filter(event -> event.about().equals(Optional.of(LOBBY))))
                .containsExactlyElementsOf(events.stream()
                        .filter(event -> event.about().equals(Optional.of(LOBBY)))
                        .toList());
    }

    @Test
    void whoIsSubscribedHearsWhatIsPublishedAfterwards() throws Exception {
        for (int i = 0; i < 50; i++) {
            Channel room = new Channel.Room("room-" + i);
            subscribe(two, room);
            one.publish(new NodeEvent.Grown(room, i));
        }
        await().until(() -> heardByTwo.size() == 50);
    }

    @Test
    void bothNodesHearEachOther() throws Exception {
        subscribe(one, LOBBY);
        subscribe(two, LOBBY);
        one.publish(new NodeEvent.Grown(LOBBY, 1));
        two.publish(new NodeEvent.Grown(LOBBY, 2));

        await().until(() -> heardByOne.size() == 1 && heardByTwo.size() == 1);
        assertThat(heardByOne).containsExactly(new NodeEvent.Grown(LOBBY, 2));
        assertThat(heardByTwo).containsExactly(new NodeEvent.Grown(LOBBY, 1));
    }

    @Test
    void eventForOneNodeReachesNoOther() throws Exception {
        List<NodeEvent> heardByThree = new CopyOnWriteArrayList<>();
        try (Backplane three = backplane("three", listener(heardByThree::add))) {
            subscribe(two, LOBBY);
            subscribe(three, LOBBY);
            NodeEvent answer = new NodeEvent.Listed("two", 1, 0, Encoded.of("[]"));
            one.publish(answer);
            one.publish(new NodeEvent.AllEpochsRenewed());

            await().until(() -> heardByTwo.size() == 2 && !heardByThree.isEmpty());
            assertThat(heardByTwo).containsExactly(answer, new NodeEvent.AllEpochsRenewed());
            assertThat(heardByThree).containsExactly(new NodeEvent.AllEpochsRenewed());
        }
    }

    @Test
    void nodeThatLeftHearsNothing() throws Exception {
        subscribe(two, LOBBY);
        two.close();
        one.publish(new NodeEvent.Grown(LOBBY, 1));
        assertThat(heardByTwo).isEmpty();
    }
}
