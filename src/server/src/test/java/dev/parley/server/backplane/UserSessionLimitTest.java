package dev.parley.server.backplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Identity;
import dev.parley.server.session.EndpointType;
import dev.parley.server.session.ManualClock;
import dev.parley.server.session.RecordingTransport;
import dev.parley.server.session.Session;
import dev.parley.server.session.Sessions;
import dev.parley.server.session.TestSession;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Two and more nodes, between which the test passes or loses each event. */
class UserSessionLimitTest {
    private static final int LIMIT = 3;
    private static final Identity ANA = Identity.user("ana", Set.of(), Instant.MAX, Optional.empty());

    /** The clock of the database; the monotonic clocks of the nodes run with it. */
    private final ManualClock clock = new ManualClock();

    private final Node one = new Node("one");
    private final Node two = new Node("two");
    private final Node three = new Node("three");

    private final class Node {
        private final String id;
        private final Sessions sessions = new Sessions(new Sessions.Caps(0, LIMIT, 0));
        private final Queue<NodeEvent.UserSessions> told = new ArrayDeque<>();
        private final UserSessionLimit limit;

        Node(String id) {
            this.id = id;
            limit = new UserSessionLimit(id, sessions, clock, event -> told.add((NodeEvent.UserSessions) event));
        }

        Session signIn() {
            return signIn(ANA, EndpointType.CHAT);
        }

        Session signIn(Identity who, EndpointType endpoint) {
            clock.advance(Duration.ofSeconds(1));
            return signInNow(who, endpoint);
        }

        Session signInNow(Identity who, EndpointType endpoint) {
            Session session = TestSession.on(RecordingTransport.completing())
                    .door(endpoint)
                    .clock(clock)
                    .whenEnded(this::ended)
                    .open();
            sessions.add(session);
            session.signIn(who);
            sessions.signedIn(session).forEach(oldest -> oldest.close(CloseCode.REPLACED));
            limit.signedIn(session);
            return session;
        }

        private void ended(Session session) {
            sessions.remove(session);
            limit.ended(session);
        }

        int count() {
            return (int) sessions.of(ANA.key()).stream().filter(Session::isOpen).count();
        }

        void losesAll() {
            told.clear();
        }
    }

    /** Passes all events on until there is none. */
    private void pass(Node... nodes) {
        while (Stream.of(nodes).anyMatch(node -> !node.told.isEmpty())) {
            for (Node from : nodes) {
                for (NodeEvent.UserSessions event = from.told.poll(); event != null; event = from.told.poll()) {
                    for (Node to : nodes) {
                        if (to != from) {
                            to.limit.received(from.id, event);
                        }
                    }
                }
            }
        }
    }

    private void pass() {
        pass(one, two, three);
    }

    private static List<Session> closed(List<Session> all) {
        return all.stream().filter(session -> !session.isOpen()).toList();
    }

    @Test
    void oldestOfAllIsClosedWhereverItIs() {
        List<Session> all = new ArrayList<>();
        for (Node node : List.of(three, one, two, one, two, three, three, one)) {
            all.add(node.signIn());
            pass();
            assertThat(closed(all)).isEqualTo(all.subList(0, Math.max(0, all.size() - LIMIT)));
        }
    }

    @Test
    void severalThatAreTooManyAreClosedTogether() {
        List<Session> all = List.of(one.signIn(), two.signIn(), one.signIn(), two.signIn(), one.signIn(), two.signIn());
        assertThat(closed(all)).as("nobody has heard of the others").isEmpty();
        pass();
        assertThat(closed(all)).isEqualTo(all.subList(0, LIMIT));
    }

    @Test
    void ofTwoThatAreEquallyOldOneIsClosed() {
        for (Node node : List.of(one, two)) {
            node.signInNow(ANA, EndpointType.CHAT);
        }
        two.signIn();
        one.signIn();
        pass();
        assertThat(one.count() + two.count()).isEqualTo(LIMIT);
    }

    @Test
    void sessionThatEndedLeavesRoom() {
        Session first = one.signIn();
        two.signIn();
        Session third = two.signIn();
        pass();
        third.closeNow(CloseCode.NORMAL);
        pass();
        one.signIn();
        pass();
        assertThat(first.isOpen()).isTrue();
    }

    @Test
    void userOnOneNodeCostsOneEventInAll() {
        Session first = one.signIn();
        Session second = one.signIn();
        first.closeNow(CloseCode.NORMAL);
        second.closeNow(CloseCode.NORMAL);
        assertThat(one.told).hasSize(1);
        pass();
        assertThat(two.told).isEmpty();
    }

    @Test
    void nodeWithoutSessionsOfTheUserStaysSilent() {
        two.signIn().closeNow(CloseCode.NORMAL);
        two.losesAll();
        one.signIn();
        pass(one, two);
        assertThat(one.told).isEmpty();
    }

    @Test
    void olderCountThatComesLateChangesNothing() {
        one.signIn();
        two.signIn();
        Session second = two.signIn();
        NodeEvent.UserSessions late = two.told.peek();
        pass();
        second.closeNow(CloseCode.NORMAL);
        pass();
        NodeEvent.UserSessions several = new NodeEvent.UserSessions(ANA.key(), late.version(), 5, late.oldest(), false);
        one.limit.received(two.id, several);
        assertThat(one.count()).isEqualTo(1);
        one.signIn();
        pass();
        assertThat(one.count() + two.count()).isEqualTo(LIMIT);
    }

    @Test
    void sessionsOfANodeThatIsGoneDoNotCount() {
        Session first = one.signIn();
        two.signIn();
        two.signIn();
        pass();
        one.limit.nodesAlive(Set.of("three"));
        one.signIn();
        one.signIn();
        pass(one, three);
        assertThat(first.isOpen()).isTrue();
        one.signIn();
        assertThat(first.isOpen()).as("over the limit of this node").isFalse();
    }

    @Test
    void whatTheBackplaneLostIsToldAgain() {
        List<Session> all = List.of(one.signIn(), two.signIn(), one.signIn(), two.signIn());
        one.losesAll();
        two.losesAll();
        one.limit.nodesAlive(Set.of("two"));
        two.limit.nodesAlive(Set.of("one"));
        for (int second = 0; second < UserSessionLimit.REFRESH; second++) {
            one.limit.maintain();
            two.limit.maintain();
        }
        pass();
        assertThat(closed(all)).containsExactly(all.get(0));
    }

    @Test
    void afterALostConnectionItIsToldAtOnce() {
        List<Session> all = List.of(one.signIn(), two.signIn(), one.signIn(), two.signIn());
        one.losesAll();
        two.losesAll();
        one.limit.nodesAlive(Set.of("two"));
        one.limit.regained();
        one.limit.maintain();
        pass();
        assertThat(closed(all)).containsExactly(all.get(0));
    }

    @Test
    void usersWithFewSessionsAreNotToldAgain() {
        one.limit.nodesAlive(Set.of("two"));
        one.signIn();
        one.losesAll();
        one.limit.regained();
        one.limit.maintain();
        assertThat(one.told).isEmpty();
    }

    @Test
    void manyUsersAreToldAgainLittleByLittle() {
        int users = UserSessionLimit.REFRESHED_AT_ONCE + 1;
        for (int i = 0; i < users; i++) {
            Identity who = Identity.user("user" + i, Set.of(), Instant.MAX, Optional.empty());
            one.signIn(who, EndpointType.CHAT);
            one.signIn(who, EndpointType.CHAT);
        }
        one.losesAll();
        one.limit.nodesAlive(Set.of("two"));
        one.limit.regained();
        one.limit.maintain();
        assertThat(one.told).hasSize(UserSessionLimit.REFRESHED_AT_ONCE);
        one.limit.maintain();
        assertThat(one.told).hasSize(users);
        one.limit.maintain();
        assertThat(one.told).hasSize(users);
    }

    @Test
    void inboxesOfThoseWhoOnlyWatchMetricsAreHeard() {
        Identity ben = Identity.user("ben", Set.of(), Instant.MAX, Optional.empty());
        one.signIn();
        one.signIn(ben, EndpointType.MONITOR);
        assertThat(one.limit.channels()).isEqualTo(Set.<Channel>of(new Channel.Inbox(UserKey.user("ben"))));
    }
}
