package dev.parley.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Identity;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SessionsTest {
    private static final Identity ANNA = Identity.user("Anna", Set.of(), Instant.MAX, Optional.empty());
    private static final String ADDRESS = "192.0.2.1";

    private final Sessions sessions = new Sessions(new Sessions.Caps(4, 2, 2));

    private Session connect() {
        Session session = TestSession.on(RecordingTransport.completing())
                .whenEnded(sessions::remove)
                .open();
        sessions.add(session);
        return session;
    }

    private Session connectAs(Identity who) {
        return TestSession.on(RecordingTransport.completing())
                .credential(who)
                .whenEnded(sessions::remove)
                .open();
    }

    @Test
    void sessionWithACredentialCountsBeforeItSignsIn() {
        Session first = connectAs(ANNA);
        Session second = connectAs(ANNA);
        Session third = connectAs(ANNA);
        assertThat(sessions.add(first)).isEmpty();
        assertThat(sessions.add(second)).isEmpty();
        assertThat(sessions.add(third)).containsExactly(first);
        first.closeNow(CloseCode.REPLACED);
        assertThat(signIn(second, ANNA)).as("it is no new one").isEmpty();
        assertThat(sessions.of(ANNA.key())).containsExactly(second, third);
        assertThat(sessions.isCrowded(ADDRESS)).as("they are no strangers").isFalse();
    }

    @Test
    void nameMeansItsUserAndItsGuestsInAnyCase() {
        Session user = connect();
        Session guest = connect();
        Session other = connect();
        sessions.add(connectAs(ANNA));
        signIn(user, ANNA);
        signIn(guest, TestSession.guest("anna"));
        signIn(other, TestSession.guest("ben"));

        assertThat(sessions.named("ANNA")).containsExactly(user, guest);
        assertThat(sessions.named("nobody")).isEmpty();
    }

    @Test
    void guestsCountAsUnsignedAtTheirAddress() {
        signIn(connect(), TestSession.guest("ben"));
        signIn(connect(), TestSession.guest("cleo"));
        assertThat(sessions.isCrowded(ADDRESS)).isTrue();
    }

    @Test
    void addressesOfAnIpv6NetworkCountAsOne() {
        for (String address : List.of("2001:db8:1:2::1", "2001:db8:1:2:ffff::7")) {
            sessions.add(TestSession.on(RecordingTransport.completing())
                    .address(address)
                    .open());
        }
        assertThat(sessions.isCrowded("2001:db8:1:2::9")).isTrue();
        assertThat(sessions.isCrowded("2001:db8:1:3::1")).isFalse();
    }

    private List<Session> signIn(Session session, Identity who) {
        session.signIn(who);
        return sessions.signedIn(session);
    }

    @Test
    void sessionOverTheUsersLimitEndsTheOldest() {
        Session first = connect();
        Session second = connect();
        Session third = connect();
        assertThat(signIn(first, ANNA)).isEmpty();
        assertThat(signIn(second, ANNA)).isEmpty();
        assertThat(signIn(first, ANNA)).as("a renewal is no new one").isEmpty();
        assertThat(signIn(third, ANNA)).containsExactly(first);
        assertThat(sessions.of(ANNA.key())).containsExactly(first, second, third);
    }

    /** Its transport takes nothing more, so that it is closed but has not ended. */
    @Test
    void deadSessionThatIsClosedCostsNoLiveOneItsPlace() {
        Session live = connect();
        Session dead = TestSession.on(RecordingTransport.holding())
                .whenEnded(sessions::remove)
                .open();
        sessions.add(dead);
        signIn(live, ANNA);
        signIn(dead, ANNA);
        dead.offer(Encoded.of("{}"));
        dead.flush();
        dead.close(CloseCode.REPLACED);
        assertThat(dead.isEnded()).isFalse();

        assertThat(signIn(connect(), ANNA)).isEmpty();
        assertThat(signIn(connect(), ANNA)).containsExactly(live);
    }

    @Test
    void guestOfAUsersNameIsAnotherIdentity() {
        signIn(connect(), ANNA);
        signIn(connect(), ANNA);
        assertThat(signIn(connect(), TestSession.guest("Anna"))).isEmpty();
    }

    @Test
    void renamedGuestCountsForItsNewNameOnly() {
        Session session = connect();
        Identity guest = TestSession.guest("guest-1");
        signIn(session, guest);
        signIn(session, guest.named("Ben"));
        assertThat(sessions.guestsNamed("guest-1")).isEmpty();
        assertThat(sessions.guestsNamed("BEN")).containsExactly(session);
        assertThat(sessions.guests("ben")).containsExactly(guest.named("Ben"));
        assertThat(sessions.of(guest.key())).containsExactly(session);
        signIn(session, ANNA);
        assertThat(sessions.guestsNamed("Ben")).isEmpty();
    }

    @Test
    void guestsOfOneNameHaveLimitsOfTheirOwn() {
        for (int i = 0; i < 3; i++) {
            assertThat(signIn(connect(), Identity.guest(UserKey.guest("id-" + i), "Ben", "tag" + i)))
                    .isEmpty();
        }
        assertThat(sessions.guests("Ben")).as("more make no difference").hasSize(2);
        assertThat(sessions.guestKeys()).hasSize(3);
    }

    @Test
    void sessionIsFoundByTheNameUnderWhichItIsAboutToSignIn() {
        Session session = connect();
        sessions.registerGuestName(session, "Ben");
        assertThat(sessions.guestsNamed("ben")).containsExactly(session);
        assertThat(sessions.guests("Ben")).isEmpty();
        session.closeNow(CloseCode.GOING_AWAY);
        assertThat(sessions.guestsNamed("Ben")).isEmpty();
        sessions.registerGuestName(session, "Ben");
        assertThat(sessions.guestsNamed("Ben")).isEmpty();
    }

    @Test
    void signedInAndEndedSessionsAreNotUnsigned() {
        Session first = connect();
        Session second = connect();
        assertThat(sessions.isCrowded(ADDRESS)).isTrue();
        assertThat(sessions.isCrowded("192.0.2.2")).isFalse();
        signIn(first, ANNA);
        assertThat(sessions.isCrowded(ADDRESS)).isFalse();
        connect();
        assertThat(sessions.isCrowded(ADDRESS)).isTrue();
        second.closeNow(CloseCode.GOING_AWAY);
        assertThat(sessions.isCrowded(ADDRESS)).isFalse();
    }

    @Test
    void nodeIsFullUntilASessionEnds() {
        Session first = connect();
        for (int i = 0; i < 3; i++) {
            assertThat(sessions.isFull()).isFalse();
            connect();
        }
        assertThat(sessions.isFull()).isTrue();
        first.closeNow(CloseCode.GOING_AWAY);
        assertThat(sessions.isFull()).isFalse();
    }

    @Test
    void endedSessionsLeaveNothingBehind() {
        Session session = connect();
        signIn(session, ANNA);
        session.closeNow(CloseCode.GOING_AWAY);
        assertThat(sessions.of(ANNA.key())).isEmpty();
        assertThat(sessions.signedIn(session)).isEmpty();
        assertThat(sessions.of(ANNA.key())).as("signed in while it ended").isEmpty();
        assertThat(sessions.count()).isZero();
    }

    @Test
    void zeroMeansNoLimit() {
        Sessions open = new Sessions(new Sessions.Caps(0, 0, 0));
        for (int i = 0; i < 100; i++) {
            Session session = TestSession.on(RecordingTransport.completing()).open();
            open.add(session);
            assertThat(open.isFull()).isFalse();
            assertThat(open.isCrowded(ADDRESS)).isFalse();
            session.signIn(ANNA);
            assertThat(open.signedIn(session)).isEmpty();
        }
    }

    @Test
    void refusedConnectionsCountInTheLimitsAndAreNoSessions() {
        connect();
        sessions.addRefused("2001:db8::1");
        sessions.addRefused("2001:db8::2");
        assertThat(sessions.isCrowded("2001:db8::3")).as("of the same /64").isTrue();
        assertThat(sessions.isCrowded(ADDRESS)).isFalse();
        assertThat(sessions.isFull()).isFalse();

        sessions.addRefused(ADDRESS);
        assertThat(sessions.isCrowded(ADDRESS)).isTrue();
        assertThat(sessions.isFull()).isTrue();
        assertThat(sessions.count()).isEqualTo(1);

        sessions.removeRefused("2001:db8::1");
        assertThat(sessions.isCrowded("2001:db8::3")).isFalse();
        assertThat(sessions.isFull()).isFalse();
    }
}
