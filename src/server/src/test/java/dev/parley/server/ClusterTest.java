package dev.parley.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.protocol.Channel;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.Position;
import dev.parley.protocol.binary.BinaryCodec;
import dev.parley.protocol.binary.ClientBinary;
import dev.parley.protocol.binary.ServerBinary;
import dev.parley.server.backplane.Backplane;
import dev.parley.server.backplane.LocalBackplane;
import dev.parley.server.backplane.NodeEvent;
import dev.parley.server.backplane.NodeList;
import dev.parley.server.session.Encoded;
import jakarta.json.JsonObject;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two nodes on one database. */
@Timeout(60)
class ClusterTest {
    private final String database = UUID.randomUUID().toString();
    private final LocalBackplane.Network network = new LocalBackplane.Network();
    private final TestHub one = TestHub.node(database, network);
    private final TestHub two = TestHub.node(database, network);
    private final LocalBackplane.Network apart = new LocalBackplane.Network();
    /** A node that hears none of the others. */
    private final TestHub deaf = TestHub.node(database, apart);

    @AfterEach
    void close() {
        deaf.close();
        two.close();
        one.close();
    }

    private static void chat(TestHub.Peer peer, String id, String content) {
        peer.say("{'type':'chat','id':'" + id + "','room':'lobby','content':'" + content + "'}");
    }

    private static List<String> contents(TestHub.Peer peer, int count) {
        List<String> contents = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            contents.add(peer.hearsAtLast("chat").getString("content"));
        }
        return contents;
    }

    @Test
    void messagesReachReadersOnTheOtherNode() {
        TestHub.Peer ana = one.user("ana");
        TestHub.Peer ben = two.user("ben");
        chat(ana, "a", "hello");

        JsonObject chat = ben.hears("chat");
        assertThat(chat.getString("content")).isEqualTo("hello");
        assertThat(chat.getJsonNumber("seq").longValue()).isEqualTo(1);
    }

    @Test
    void announcementReachesReadersOnTheOtherNode() {
        TestHub.Peer ben = two.user("ben");
        one.announce("Tea is ready.");

        assertThat(ben.hears("notification").getString("content")).isEqualTo("Tea is ready.");
    }

    @Test
    void binaryFramesReachReadersOnTheOtherNode() {
        TestHub.Peer ana = one.user("ana");
        TestHub.Peer ben = two.connect();
        ben.ask("{'type':'login','token':'ben','binary':true}", "welcome");
        TestHub.Peer cid = two.user("cid");
        byte[] payload = {0, '\n', (byte) 0xff};
        ana.sayBinary(BinaryCodec.encode(new ClientBinary(Optional.empty(), "lobby", "a/b", ByteBuffer.wrap(payload))));

        assertThat(ben.hearsBinary())
                .isEqualTo(new ServerBinary("lobby", "ana", Optional.empty(), "a/b", ByteBuffer.wrap(payload)));
        cid.hearsNothing();
        ana.hearsNothing();
    }

    @Test
    void guestsOfOneNameOnTwoNodesAreToldApartByTheirTags() {
        TestHub.Peer ana = one.user("ana");
        TestHub.Peer here = one.guest("ben");
        TestHub.Peer there = two.guest("ben");
        ana.say("{'type':'message','id':'1','to':'ben','content':'Who?'}").hearsError("conflict");
        ana.say("{'type':'message','id':'2','to':'ben','toGuest':'" + there.tag() + "','content':'You'}");

        assertThat(there.hears("message").getString("id")).isEqualTo("2");
        assertThat(ana.hearsAtLast("message").getString("toGuest")).isEqualTo(there.tag());
        here.hearsNothing();
    }

    @Test
    void messagesOfSeveralNodesHaveOneOrder() {
        TestHub.Peer ana = one.user("ana");
        TestHub.Peer ben = two.user("ben");
        TestHub.Peer readsOne = one.user("cid");
        TestHub.Peer readsTwo = two.user("dan");
        for (int i = 0; i < 100; i++) {
            chat(ana, "a" + i, "a" + i);
            chat(ben, "b" + i, "b" + i);
        }

        List<String> here = contents(readsOne, 200);
        assertThat(contents(readsTwo, 200)).isEqualTo(here);
        assertThat(here.stream().filter(content -> content.startsWith("a")))
                .containsExactlyElementsOf(java.util.stream.IntStream.range(0, 100)
                        .mapToObj(i -> "a" + i)
                        .toList());
    }

    @Test
    void messageThatTheBackplaneLostIsFoundInTheGrowthLog() {
        TestHub.Peer ana = one.user("ana");
        TestHub.Peer ben = deaf.user("ben");
        chat(ana, "a", "lost");
        ana.hearsAtLast("ack");
        ben.hearsNothing();

        deaf.lookAround();
        assertThat(ben.hears("chat").getString("content")).isEqualTo("lost");
        deaf.lookAround();
        ben.hearsNothing();
    }

    /** The backplane does not carry a message that is too big for it, but says that there is one. */
    @Test
    void messageTooBigForTheBackplaneIsReadFromTheStore() {
        TestHub.Peer ana = one.user("ana");
        TestHub.Peer ben = deaf.user("ben");
        chat(ana, "a", "long");
        ana.hearsAtLast("ack");
        ben.hearsNothing();

        try (LocalBackplane told = new LocalBackplane(one.nodeId(), apart, new Ignoring())) {
            told.publish(new NodeEvent.Grown(Channel.Room.LOBBY, 1));
            assertThat(ben.hears("chat").getString("content")).isEqualTo("long");
        }
    }

    /** The node that tells of it has met the database after a fail-over, and this one has not. */
    @Test
    void messageOfAServerProcessThatIsNotComparedYetIsReadFromTheStore() {
        TestHub.Peer ana = one.user("ana");
        TestHub.Peer ben = deaf.user("ben");
        String epoch = ben.ask("{'type':'join','room':'tea'}", "joined")
                .getJsonObject("position")
                .getString("epoch");
        deaf.lookAround();
        ana.say("{'type':'chat','id':'a','room':'tea','content':'stored'}");
        ana.hearsAtLast("ack");

        try (LocalBackplane told = new LocalBackplane(one.nodeId(), apart, new Ignoring())) {
            told.publish(new NodeEvent.Stored(
                    new Channel.Room("tea"),
                    new Position(epoch, 1),
                    0,
                    Encoded.of("{\"type\":\"chat\",\"content\":\"told\"}"),
                    Optional.of("another process")));
            ben.hearsNothing();
        }
        deaf.lookAround();
        assertThat(ben.hears("chat").getString("content")).isEqualTo("stored");
    }

    /** Listens to nobody. */
    private static final class Ignoring implements Backplane.Listener {
        @Override
        public void received(String node, NodeEvent event) {
            // It only tells.
        }

        @Override
        public void regained() {
            // It had nothing to lose.
        }
    }

    @Test
    void nodeThatEndedIsReadToItsLastMessage() {
        TestHub.Peer ben = deaf.user("ben");
        TestHub.Peer ana = two.user("ana");
        chat(ana, "a", "first");
        ana.hearsAtLast("ack");
        deaf.lookAround();
        ben.hears("chat");

        chat(ana, "b", "last");
        ana.hearsAtLast("ack");
        two.close();
        deaf.lookAround();
        assertThat(ben.hears("chat").getString("content")).isEqualTo("last");
    }

    /** A number from the database would be taken before the commit, and be skipped here. */
    @Test
    void commitOfAFrozenNodeIsFoundAfterLaterOnesOfOthers() throws Exception {
        TestHub.Peer ben = deaf.user("ben");
        TestHub.Peer ana = one.user("ana");
        TestHub.Peer cid = two.user("cid");
        // The lobby is locked by the commit that waits.
        ben.say("{'type':'join','room':'tea'}").hearsAtLast("joined");
        cid.say("{'type':'join','room':'tea'}").hearsAtLast("joined");
        chat(ana, "a", "first");
        ana.hearsAtLast("ack");
        deaf.lookAround();
        assertThat(contents(ben, 1)).containsExactly("first");

        one.database().holdTheNextCommit();
        chat(ana, "b", "frozen");
        one.database().awaitHeldCommit();
        cid.say("{'type':'chat','id':'c','room':'tea','content':'later'}");
        cid.hearsAtLast("ack");
        deaf.lookAround();
        assertThat(contents(ben, 1)).containsExactly("later");

        one.database().release();
        ana.hearsAtLast("ack");
        deaf.lookAround();
        assertThat(contents(ben, 1)).containsExactly("frozen");
    }

    @Test
    void retryThroughAnotherNodeIsADuplicate() {
        TestHub.Peer ana = one.user("ana");
        chat(ana, "same", "once");
        long seq = ana.hearsAtLast("ack").getJsonNumber("seq").longValue();
        TestHub.Peer elsewhere = two.user("ana");
        chat(elsewhere, "same", "once");

        assertThat(elsewhere.hearsAtLast("ack").getJsonNumber("seq").longValue())
                .isEqualTo(seq);
        assertThat(contents(ana, 1)).containsExactly("once");
        ana.hearsNothing();
    }

    /** H2 has the clock of this process. By its own clock the node would delete the message, and forget its id. */
    @Test
    void nodeWhoseClockIsFarAheadDeletesNothingTooEarly() {
        Duration kept = Duration.ofDays(30);
        two.clock().advance(untilNow(two).plus(kept.multipliedBy(2)));
        one.lookAround();
        two.lookAround();
        TestHub.Peer ana = one.user("ana");
        chat(ana, "same", "once");
        long seq = ana.hearsAtLast("ack").getJsonNumber("seq").longValue();
        two.trim();

        TestHub.Peer elsewhere = two.user("ana");
        chat(elsewhere, "same", "once");
        assertThat(elsewhere.hearsAtLast("ack").getJsonNumber("seq").longValue())
                .isEqualTo(seq);
        assertThat(elsewhere
                        .say("{'type':'history','room':'lobby','id':'h'}")
                        .hearsAtLast("history")
                        .getJsonArray("messages"))
                .hasSize(1);
    }

    @Test
    void typingReachesOthersOnTheOtherNodeOnly() {
        TestHub.Peer ana = one.user("ana");
        TestHub.Peer anaElsewhere = two.user("ana");
        TestHub.Peer ben = two.user("ben");
        ana.say("{'type':'typing','room':'lobby'}");

        assertThat(ben.hears("typing").getString("username")).isEqualTo("ana");
        anaElsewhere.hearsNothing();
    }

    @Test
    void peopleOnOtherNodesArePresent() {
        TestHub.Peer ana = one.user("ana");
        TestHub.Peer ben = two.user("ben");
        await().untilAsserted(() -> {
            assertThat(present(ana)).containsExactly("ana", "ben");
            assertThat(present(ben)).containsExactly("ana", "ben");
        });
        TestHub.Peer anaElsewhere = two.user("ana");
        await().untilAsserted(() -> assertThat(present(anaElsewhere)).containsExactly("ana", "ben"));

        ben.session().close(CloseCode.NORMAL);
        await().untilAsserted(() -> assertThat(present(ana)).containsExactly("ana"));
        anaElsewhere.session().close(CloseCode.NORMAL);
        await().untilAsserted(() -> assertThat(present(ana)).containsExactly("ana"));
    }

    private static List<String> present(TestHub.Peer peer) {
        peer.takesAll();
        return peer
                .say("{'type':'presence','room':'lobby','id':'p'}")
                .hearsAtLast("presence")
                .getJsonArray("present")
                .stream()
                .map(person -> person.asJsonObject().getString("username"))
                .toList();
    }

    @Test
    void peopleOfANodeThatEndedAreGoneUntilItIsBack() {
        TestHub.Peer ana = one.user("ana");
        two.user("ben");
        await().untilAsserted(() -> assertThat(present(ana)).containsExactly("ana", "ben"));

        one.onlyAlive(Set.of());
        await().untilAsserted(() -> assertThat(present(ana)).containsExactly("ana"));

        one.onlyAlive(Set.of(two.nodeId()));
        await().untilAsserted(() -> assertThat(present(ana)).containsExactly("ana", "ben"));
    }

    @Test
    void metricsAreTheSameOnAllNodes() {
        TestHub.Peer watcher = two.user("ana");
        watcher.ask("{'type':'subscribe','metricId':'cpu'}", "subscribed");
        TestHub.Peer publisher = one.user("ben:metrics");
        publisher.say("{'type':'metric','metricId':'cpu','value':1}");
        assertThat(watcher.hearsAtLast("metric").getInt("value")).isEqualTo(1);

        // A node that starts later asks for what there is.
        try (TestHub three = TestHub.node(database, network)) {
            TestHub.Peer late = three.user("cid");
            await().untilAsserted(() -> assertThat(late.say("{'type':'subscribe','metricId':'cpu','id':'s'}")
                            .hearsAtLast("subscribed")
                            .getJsonArray("metrics"))
                    .hasSize(1));
        }
    }

    @Test
    void readMarkReachesTheUsersSessionOnTheOtherNode() {
        TestHub.Peer ana = one.user("ana");
        TestHub.Peer anaElsewhere = two.user("ana");
        TestHub.Peer ben = one.user("ben");
        chat(ben, "b", "hello");
        anaElsewhere.hears("chat");
        ana.hears("chat");
        ana.say("{'type':'read','room':'lobby','seq':1}");
        one.passReadMarks();

        assertThat(anaElsewhere.hearsAtLast("read").getInt("seq")).isEqualTo(1);
    }

    @Test
    void memberWhoIsRemovedReadsNothingMoreOnTheOtherNode() {
        TestHub.Peer ana = one.user("ana");
        TestHub.Peer ben = two.user("ben");
        String room = ana.ask("{'type':'create','name':'team','members':['ben']}", "created")
                .getString("room");
        assertThat(ben.hears("created").getString("room")).isEqualTo(room);
        ben.ask("{'type':'join','room':'" + room + "'}", "joined");
        ana.ask("{'type':'remove','room':'" + room + "','username':'ben'}", "ack");

        assertThat(ben.hears("left").getString("room")).isEqualTo(room);
    }

    @Test
    void ownDeadSessionOnTheOtherNodeIsReplaced() {
        TestHub.Peer dead = one.user("ana");
        TestHub.Peer stranger = one.user("ben");
        login(two.connect(), "ana", dead);
        assertThat(dead.takeClose()).isEqualTo(CloseCode.REPLACED);

        login(two.connect(), "ana", stranger);
        stranger.hearsNothing();
        assertThat(stranger.session().isEnded()).isFalse();
    }

    @Test
    void administratorOfOneNodeClosesASessionOfAnother() {
        TestHub.Peer here = one.user("ana");
        TestHub.Peer elsewhere = two.user("ben");
        assertThat(one.closeSession(elsewhere)).as("it was here").isFalse();
        assertThat(elsewhere.takeClose()).isEqualTo(CloseCode.FORBIDDEN);
        assertThat(one.closeSession(here)).as("it was here").isTrue();
        assertThat(here.takeClose()).isEqualTo(CloseCode.FORBIDDEN);
    }

    @Test
    void administratorOfOneNodeSeesTheSessionsOfAnother() {
        TestHub.Peer here = one.user("ana");
        TestHub.Peer elsewhere = two.user("ana");
        two.user("ben");
        Set<String> nodes = Set.of(one.nodeId(), two.nodeId());

        Map<String, NodeList> anas = answered(one.lists().sessions(nodes, Optional.of("ANA")));
        assertThat(anas.keySet()).isEqualTo(nodes);
        assertThat(ids(anas.get(one.nodeId())))
                .containsExactly(here.session().id().value());
        assertThat(ids(anas.get(two.nodeId())))
                .containsExactly(elsewhere.session().id().value());
        Map<String, NodeList> all = answered(one.lists().sessions(nodes, Optional.empty()));
        assertThat(all.get(two.nodeId())).isEqualTo(two.lists().own().sessions(Optional.empty()));
        assertThat(all.get(two.nodeId()).items()).hasSizeGreaterThanOrEqualTo(2);
    }

    @Test
    void administratorOfOneNodeSeesTheRoomsOfAnother() {
        one.user("ana");
        TestHub.Peer ben = two.user("ben");
        ben.say("{'type':'join','room':'tea'}").hearsAtLast("joined");
        Set<String> nodes = Set.of(one.nodeId(), two.nodeId());

        await().untilAsserted(() -> {
            Map<String, NodeList> rooms = answered(one.lists().rooms(nodes));
            assertThat(presentByRoom(rooms.get(one.nodeId()))).isEqualTo(Map.of("lobby", 2));
            assertThat(presentByRoom(rooms.get(two.nodeId()))).isEqualTo(Map.of("lobby", 2, "tea", 1));
        });
    }

    @Test
    void nodeThatDoesNotHearAQuestionIsLeftOutAtTheDeadline() {
        two.user("ben");
        Map<String, NodeList> lists =
                answered(one.lists().sessions(Set.of(one.nodeId(), two.nodeId(), deaf.nodeId()), Optional.empty()));
        assertThat(lists.keySet()).containsExactlyInAnyOrder(one.nodeId(), two.nodeId());
    }

    @Test
    void nodeWithoutABackplaneShowsItsOwnLists() {
        try (TestHub alone = TestHub.openToGuests()) {
            TestHub.Peer ana = alone.guest("ana");
            CompletionStage<Map<String, NodeList>> lists =
                    alone.lists().sessions(Set.of(alone.nodeId(), "a stranger"), Optional.of("ana"));
            assertThat(lists.toCompletableFuture()).as("nobody is asked").isCompleted();
            assertThat(answered(lists).keySet()).containsExactly(alone.nodeId());
            assertThat(ids(answered(lists).get(alone.nodeId())))
                    .containsExactly(ana.session().id().value());
        }
    }

    private static Map<String, NodeList> answered(CompletionStage<Map<String, NodeList>> lists) {
        try {
            return lists.toCompletableFuture().get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("The lists do not come.", e);
        }
    }

    private static List<String> ids(NodeList sessions) {
        return sessions.items().stream()
                .map(session -> session.getString("session"))
                .toList();
    }

    private static Map<String, Integer> presentByRoom(NodeList rooms) {
        return rooms.items().stream()
                .collect(Collectors.toMap(room -> room.getString("room"), room -> room.getInt("present")));
    }

    private static void login(TestHub.Peer peer, String user, TestHub.Peer predecessor) {
        peer.ask(
                "{'type':'login','token':'" + user + "','session':'"
                        + predecessor.session().id().value() + "'}",
                "welcome");
    }

    @Test
    void revocationClosesSessionsOnTheOtherNode() {
        TestHub.Peer ana = two.user("ana");
        one.revoke("ana");

        assertThat(ana.takeClose()).isEqualTo(CloseCode.REVOKED);
    }

    @Test
    void signInReadsARevocationThatTheNodeHasNotHeardOf() {
        one.revoke("ana");
        TestHub.Peer ana = deaf.connect();
        ana.say("{'type':'login','token':'ana'}").hearsError("login_refused");
        assertThat(ana.takeClose()).isEqualTo(CloseCode.REVOKED);
    }

    /** The clock of the provider is two hours ahead, so that no time tells the two apart. */
    @Test
    void sessionEndsByARevocationThatTheBackplaneLost() {
        deaf.clock().advance(Duration.ofHours(2));
        TestHub.Peer before = deaf.user("ana");
        one.revoke("ana");
        TestHub.Peer after = deaf.user("ana");
        deaf.readRevocations();

        assertThat(before.takeClose()).isEqualTo(CloseCode.REVOKED);
        assertThat(after.session().isOpen()).isTrue();
        deaf.readRevocations();
        assertThat(after.session().isOpen()).isTrue();
    }

    /** H2 has the clock of this process. By its own clock the node would refuse the tokens of the next two hours. */
    @Test
    void revocationIsAtTheTimeOfTheDatabase() {
        one.clock().advance(untilNow(one));
        two.clock().advance(untilNow(two).plusHours(2));
        two.lookAround();
        await().untilAsserted(() -> assertThat(two.clockProblem().orElse("")).contains("ahead of the database's"));
        two.revoke("ana");

        one.connect().say("{'type':'login','token':'ana'}").hearsError("login_refused");
        one.clock().advance(Duration.ofHours(1));
        one.user("ana");
    }

    /** How far the clock of a node is behind that of this process. */
    private static Duration untilNow(TestHub node) {
        return Duration.between(node.clock().instant(), Instant.now());
    }

    @Test
    void noSessionSurvivesARevocationDuringItsSignIn() {
        List<TestHub.Peer> peers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            TestHub.Peer peer = deaf.connect();
            peers.add(peer);
            peer.say("{'type':'login','token':'user" + i + "'}");
            one.revoke("user" + i);
        }
        deaf.settle();
        deaf.readRevocations();
        await().until(() -> peers.stream().noneMatch(peer -> peer.session().isOpen()));
        assertThat(peers).allSatisfy(peer -> assertThat(peer.takeClose()).isEqualTo(CloseCode.REVOKED));
    }

    @Test
    void limitOfSessionsHoldsOverAllNodes() {
        TestHub.Peer oldest = one.user("ana");
        List<TestHub.Peer> others = new ArrayList<>();
        for (int i = 1; i < TestHub.SESSIONS_MAX; i++) {
            TestHub node = i % 2 == 0 ? one : two;
            one.clock().advance(Duration.ofSeconds(1));
            two.clock().advance(Duration.ofSeconds(1));
            others.add(node.user("ana"));
        }
        one.settle();
        two.settle();
        assertThat(oldest.session().isOpen()).isTrue();

        others.add(two.user("ana"));
        assertThat(oldest.takeClose()).isEqualTo(CloseCode.REPLACED);
        two.settle();
        assertThat(others)
                .allSatisfy(peer -> assertThat(peer.session().isOpen()).isTrue());
    }

    @Test
    void deadSessionOnTheOtherNodeCostsNoOtherItsPlace() {
        List<TestHub.Peer> peers = new ArrayList<>();
        for (int i = 0; i < TestHub.SESSIONS_MAX; i++) {
            peers.add(one.user("ana"));
        }
        TestHub.Peer dead = peers.remove(peers.size() - 1);
        TestHub.Peer back = two.connect();
        login(back, "ana", dead);

        assertThat(dead.takeClose()).isEqualTo(CloseCode.REPLACED);
        one.settle();
        two.settle();
        assertThat(back.session().isOpen()).isTrue();
        assertThat(peers).allSatisfy(peer -> assertThat(peer.session().isOpen()).isTrue());
    }

    @Test
    void sessionsOfANodeThatWasKilledDoNotCount() {
        TestHub.Peer ana = one.user("ana");
        two.clock().advance(Duration.ofSeconds(1));
        for (int i = 1; i < TestHub.SESSIONS_MAX; i++) {
            two.user("ana");
        }
        one.onlyAlive(Set.of());
        two.close();
        for (int i = 1; i < TestHub.SESSIONS_MAX; i++) {
            one.user("ana");
        }
        one.settle();
        assertThat(ana.session().isOpen()).isTrue();
        one.user("ana");
        assertThat(ana.takeClose()).isEqualTo(CloseCode.REPLACED);
    }

    @Test
    void withoutABackplaneEachNodeLimitsItsOwnSessions() {
        TestHub.Peer ana = one.user("ana");
        for (int i = 0; i < TestHub.SESSIONS_MAX; i++) {
            deaf.user("ana");
        }
        one.settle();
        assertThat(ana.session().isOpen()).isTrue();
    }

    @Test
    void rateOfMessagesIsThatOfEachNode() {
        Map<String, String> limited = Map.of("parley.rate.messages", "1");
        try (TestHub three = TestHub.node(database, network, limited);
                TestHub four = TestHub.node(database, network, limited)) {
            TestHub.Peer ana = three.user("ana");
            for (int i = 0; i < 20; i++) {
                chat(ana, "a" + i, "x");
            }
            assertThat(ana.hearsAtLast("error").getString("code")).isEqualTo("rate_limited");

            TestHub.Peer elsewhere = four.user("ana");
            chat(elsewhere, "b", "x");
            assertThat(elsewhere.hearsAtLast("ack").getString("id")).isEqualTo("b");
        }
    }

    @Test
    void memberWhoIsLetInSeesTheRoomOnTheOtherNode() {
        TestHub.Peer ana = one.user("ana");
        TestHub.Peer ben = two.user("ben");
        String room = ana.ask("{'type':'create','name':'team'}", "created").getString("room");
        ben.say("{'type':'join','room':'" + room + "'}").hearsError("no_such_room");
        ana.ask("{'type':'invite','room':'" + room + "','username':'ben'}", "ack");

        assertThat(ben.hears("created").getString("room")).isEqualTo(room);
        ben.ask("{'type':'join','room':'" + room + "'}", "joined");
        ana.say("{'type':'chat','id':'a','room':'" + room + "','content':'welcome'}");
        assertThat(ben.hearsAtLast("chat").getString("content")).isEqualTo("welcome");
    }

    /** Nobody tells it that it was let in; it sees the room when it looks. */
    @Test
    void memberWhoIsLetInSeesTheRoomThoughTheBackplaneLostIt() {
        TestHub.Peer ana = one.user("ana");
        TestHub.Peer ben = deaf.user("ben");
        String room = ana.ask("{'type':'create','name':'team'}", "created").getString("room");
        ben.say("{'type':'join','room':'" + room + "'}").hearsError("no_such_room");
        ana.ask("{'type':'invite','room':'" + room + "','username':'ben'}", "ack");

        assertThat(ben.ask("{'type':'rooms'}", "rooms").toString()).contains(room);
        ben.ask("{'type':'join','room':'" + room + "'}", "joined");
        ana.say("{'type':'chat','id':'a','room':'" + room + "','content':'welcome'}");
        ana.hearsAtLast("ack");
        looksAroundUntilItHears(ben, "chat");
    }

    @Test
    void renewedEpochsSendReadersOfAllNodesAway() {
        TestHub.Peer ana = two.user("ana");
        one.renewEpochs();

        ana.hearsAtLast("goodbye");
        assertThat(ana.takeClose()).isEqualTo(CloseCode.SERVICE_RESTART);
    }

    @Test
    void renewedEpochOfARoomSendsItsReadersOfAllNodesAway() {
        TestHub.Peer ana = two.user("ana");
        TestHub.Peer ben = two.user("ben");
        ana.ask("{'type':'join','room':'tea'}", "joined");
        one.renewEpoch(new Channel.Room("tea"));

        ana.hearsAtLast("goodbye");
        assertThat(ana.takeClose()).isEqualTo(CloseCode.SERVICE_RESTART);
        ben.hearsNothing();
        assertThat(ben.session().isOpen()).isTrue();
    }

    /** Looks around until a peer has heard a message of this type. */
    private void looksAroundUntilItHears(TestHub.Peer peer, String type) {
        List<JsonObject> heard = new ArrayList<>();
        await().until(() -> {
            deaf.lookAround();
            heard.addAll(peer.takesAll());
            return heard.stream().anyMatch(message -> message.getString("type").equals(type));
        });
    }

    @Test
    void removedMemberReadsNothingMoreThoughTheBackplaneLostIt() {
        TestHub.Peer ana = one.user("ana");
        TestHub.Peer ben = deaf.user("ben");
        String room = ana.ask("{'type':'create','name':'team','members':['ben']}", "created")
                .getString("room");
        ben.ask("{'type':'join','room':'" + room + "'}", "joined");
        chat(ana, "a", "the deaf node has begun to look");
        looksAroundUntilItHears(ben, "chat");
        ana.ask("{'type':'remove','room':'" + room + "','username':'ben'}", "ack");

        looksAroundUntilItHears(ben, "left");
    }

    @Test
    void renewedEpochsSendReadersAwayOnceThoughTheBackplaneLostIt() {
        TestHub.Peer ana = deaf.user("ana");
        chat(one.user("ben"), "a", "the deaf node has begun to look");
        looksAroundUntilItHears(ana, "chat");
        one.renewEpochs();
        looksAroundUntilItHears(ana, "goodbye");
        assertThat(ana.takeClose()).isEqualTo(CloseCode.SERVICE_RESTART);

        TestHub.Peer again = deaf.user("ana");
        deaf.lookAround();
        again.hearsNothing();
        assertThat(again.session().isEnded()).isFalse();
    }
}
