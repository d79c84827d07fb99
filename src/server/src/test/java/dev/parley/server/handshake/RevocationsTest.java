package dev.parley.server.handshake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Identity;
import dev.parley.server.auth.TokenVerdict;
import dev.parley.server.session.ManualClock;
import dev.parley.server.session.RecordingTransport;
import dev.parley.server.session.Session;
import dev.parley.server.session.Sessions;
import dev.parley.server.session.TestSession;
import dev.parley.server.store.RevocationStore;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.Schema;
import dev.parley.server.store.jdbc.SwitchedDatabase;
import dev.parley.server.store.model.Revocation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RevocationsTest {
    private static final Duration SKEW = Duration.ofSeconds(60);
    /** Difference after which a token is newer than another by any allowed clock. */
    private static final Duration A_WHILE = SKEW.plusMillis(1);

    private final ManualClock clock = new ManualClock();
    private final SwitchedDatabase database =
            new SwitchedDatabase("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
    private final Sessions sessions = new Sessions(new Sessions.Caps(0, 0, 0));
    private Database threads;
    private Revocations here;
    private Revocations elsewhere;

    @BeforeEach
    void open() {
        Schema.migrate(database);
        threads = new Database(database, Thread::new);
        RevocationStore store = new RevocationStore(threads);
        here = new Revocations(store, sessions, clock, SKEW);
        elsewhere = new Revocations(store, new Sessions(new Sessions.Caps(0, 0, 0)), clock, SKEW);
    }

    @AfterEach
    void close() {
        threads.close();
    }

    private Identity ana(Optional<Instant> issued) {
        return Identity.user("ana", Set.of(), clock.instant().plusSeconds(600), issued);
    }

    private Identity ana() {
        return ana(Optional.of(clock.instant()));
    }

    private RecordingTransport signedIn(Identity who) {
        RecordingTransport transport = RecordingTransport.completing();
        Session session = TestSession.on(transport).open();
        sessions.add(session);
        session.signIn(who);
        sessions.signedIn(session);
        return transport;
    }

    @Test
    void onlyTokensIssuedAfterTheRevocationAreAccepted() {
        Identity old = ana();
        RecordingTransport transport = signedIn(old);
        assertThat(here.isRevoked(old)).isFalse();
        clock.advance(Duration.ofSeconds(1));
        here.revoke("ana").toCompletableFuture().join();

        assertThat(here.isRevoked(old)).isTrue();
        assertThat(transport.takeClose()).isEqualTo(CloseCode.REVOKED);
        assertThat(here.isRevoked(ana(Optional.empty())))
                .as("it does not say how old it is")
                .isTrue();
        assertThat(here.judge(new TokenVerdict.Accepted(old)))
                .isInstanceOfSatisfying(TokenVerdict.Refused.class, refused -> assertThat(refused.code())
                        .isEqualTo(ErrorCode.LOGIN_REFUSED));
        clock.advance(A_WHILE);
        assertThat(here.isRevoked(ana())).isFalse();
        assertThat(here.judge(new TokenVerdict.Accepted(ana()))).isInstanceOf(TokenVerdict.Accepted.class);
    }

    @Test
    void userIsRevokedInAnyCaseOfItsName() {
        Identity old = ana();
        RecordingTransport transport = signedIn(old);
        clock.advance(Duration.ofSeconds(1));
        here.revoke("ANA").toCompletableFuture().join();

        assertThat(here.isRevoked(old)).isTrue();
        assertThat(transport.takeClose()).isEqualTo(CloseCode.REVOKED);
    }

    @Test
    void guestsAndOtherUsersAreNotRevoked() {
        clock.advance(Duration.ofSeconds(1));
        RecordingTransport guest = signedIn(TestSession.guest("ana"));
        here.revoke("ana").toCompletableFuture().join();
        assertThat(here.isRevoked(TestSession.guest("ana"))).isFalse();
        assertThat(here.isRevoked(Identity.user("ben", Set.of(), Instant.MAX, Optional.empty())))
                .isFalse();
        assertThat(guest.takeCloses()).isEmpty();
    }

    @Test
    void revocationByAnotherNodeIsApplied() {
        Identity old = ana();
        RecordingTransport transport = signedIn(old);
        clock.advance(Duration.ofSeconds(1));
        elsewhere.revoke("ana").toCompletableFuture().join();
        assertThat(here.isRevoked(old)).isFalse();
        here.listen().toCompletableFuture().join();
        assertThat(here.isRevoked(old)).isTrue();
        assertThat(transport.takeClose()).isEqualTo(CloseCode.REVOKED);
    }

    @Test
    void laterRevocationIsAppliedByTheNextQuery() {
        here.listen().toCompletableFuture().join();
        clock.advance(Duration.ofHours(1));
        here.listen().toCompletableFuture().join();
        Identity old = ana();
        RecordingTransport transport = signedIn(old);
        clock.advance(Duration.ofSeconds(1));
        elsewhere.revoke("ana").toCompletableFuture().join();
        clock.advance(Duration.ofSeconds(1));
        here.listen().toCompletableFuture().join();
        assertThat(here.isRevoked(old)).isTrue();
        assertThat(transport.takeClose()).isEqualTo(CloseCode.REVOKED);
    }

    @Test
    void tokenIssuedAtTheSameMomentIsRevoked() {
        RecordingTransport transport = signedIn(ana());
        here.revoke("ana").toCompletableFuture().join();
        assertThat(transport.takeClose()).isEqualTo(CloseCode.REVOKED);
    }

    @Test
    void startFailsIfRevocationsCannotBeRead() {
        database.goDown();
        assertThatThrownBy(here::start)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Parley cannot start")
                .hasMessageContaining("database");
        database.comeBack();
        here.start();
    }

    @Test
    void revocationBeforeTheStartIsApplied() {
        Identity old = ana();
        clock.advance(Duration.ofDays(300));
        elsewhere.revoke("ana").toCompletableFuture().join();
        clock.advance(Duration.ofDays(300));
        here.listen().toCompletableFuture().join();
        assertThat(here.isRevoked(old)).isTrue();
    }

    @Test
    void tokenOfAFastClockDoesNotSurviveItsRevocation() {
        Identity ahead = ana(Optional.of(clock.instant().plus(SKEW)));
        RecordingTransport transport = signedIn(ahead);
        here.revoke("ana").toCompletableFuture().join();

        assertThat(transport.takeClose()).isEqualTo(CloseCode.REVOKED);
        assertThat(here.isRevoked(ahead)).isTrue();
        clock.advance(SKEW.multipliedBy(2));
        assertThat(here.isRevoked(ahead)).as("when its time is over").isTrue();
        here.listen().toCompletableFuture().join();
        assertThat(here.isRevoked(ahead)).as("when it is heard again").isTrue();
    }

    @Test
    void tokenThatMayBeOlderThanItsIatIsRevoked() {
        here.revoke("ana").toCompletableFuture().join();
        Instant moment = clock.instant();

        assertThat(here.isRevoked(ana(Optional.of(moment.plus(SKEW))))).isTrue();
        assertThat(here.isRevoked(ana(Optional.of(moment.plus(A_WHILE))))).isFalse();
    }

    @Test
    void momentOfARevocationNeverGoesBack() {
        clock.advance(A_WHILE);
        Identity between = ana();
        clock.advance(A_WHILE);
        here.revoke("ana").toCompletableFuture().join();
        clock.turnBack(A_WHILE.multipliedBy(2));
        here.revoke("ana").toCompletableFuture().join();
        assertThat(here.isRevoked(between)).isTrue();
    }

    @Test
    void lateAnswerRevertsNothing() {
        Instant before = clock.instant();
        clock.advance(A_WHILE);
        Identity between = ana();
        clock.advance(A_WHILE);
        here.learned(UserKey.user("ana"), new Revocation(2, clock.instant()));
        here.learned(UserKey.user("ana"), new Revocation(1, before));
        assertThat(here.isRevoked(between)).isTrue();
    }

    @Test
    void unavailableStoreIsQueriedAgain() {
        Identity old = ana();
        clock.advance(Duration.ofSeconds(1));
        elsewhere.revoke("ana").toCompletableFuture().join();
        database.goDown();
        here.listen().toCompletableFuture().join();
        database.comeBack();
        here.listen().toCompletableFuture().join();
        assertThat(here.isRevoked(old)).isTrue();
    }

    @Test
    void listenerIsToldWhenTheTokensAreRevokedHereOrElsewhere() {
        List<UserKey> told = new ArrayList<>();
        here.onRevoked(key -> {
            assertThat(here.isRevoked(ana())).isTrue();
            told.add(key);
        });
        here.revoke("ana").toCompletableFuture().join();
        assertThat(told).containsExactly(UserKey.user("ana"));
        told.clear();
        elsewhere.revoke("ben").toCompletableFuture().join();
        here.listen().toCompletableFuture().join();
        assertThat(told).contains(UserKey.user("ben"));
    }

    /** A node whose clock was set back by a day, and a provider whose clock is an hour ahead. */
    @Test
    void sessionEndsByNumberWhateverTheClocksSay() {
        here.listen().toCompletableFuture().join();
        Identity ahead = ana(Optional.of(clock.instant().plus(Duration.ofHours(1))));
        RecordingTransport transport = signedIn(here.admitted(ahead).orElseThrow());
        clock.turnBack(Duration.ofDays(1));
        elsewhere.revoke("ana").toCompletableFuture().join();
        here.listen().toCompletableFuture().join();

        assertThat(transport.takeClose()).isEqualTo(CloseCode.REVOKED);
    }

    @Test
    void sessionFromAfterTheRevocationGoesOn() {
        elsewhere.revoke("ana").toCompletableFuture().join();
        here.listen().toCompletableFuture().join();
        clock.advance(A_WHILE);
        Identity admitted = here.admitted(ana()).orElseThrow();
        RecordingTransport transport = signedIn(admitted);
        here.listen().toCompletableFuture().join();
        here.start();
        assertThat(transport.takeCloses()).isEmpty();
        assertThat(here.isRevoked(admitted)).isFalse();

        here.revoke("ana").toCompletableFuture().join();
        assertThat(transport.takeClose()).isEqualTo(CloseCode.REVOKED);
    }

    @Test
    void identityIsAdmittedUnderTheRevocationThatJudgedIt() {
        Identity before = here.admitted(ana()).orElseThrow();
        here.revoke("ana").toCompletableFuture().join();
        assertThat(here.admitted(ana())).isEmpty();
        assertThat(here.admitted(before)).isEmpty();

        clock.advance(A_WHILE);
        Identity after = here.admitted(ana()).orElseThrow();
        assertThat(here.isRevoked(after)).isFalse();
        assertThat(elsewhere.admitted(after))
                .as("on a node that does not know of the revocation")
                .contains(after);
    }

    @Test
    void eachRevocationHasAHigherNumber() {
        RevocationStore store = new RevocationStore(threads);
        List<Long> numbers = new ArrayList<>();
        for (String user : List.of("ana", "ben", "ana")) {
            clock.turnBack(A_WHILE);
            numbers.add(store.revoke(UserKey.user(user), clock.instant())
                    .toCompletableFuture()
                    .join()
                    .number());
        }
        assertThat(numbers).isSorted().doesNotHaveDuplicates();
        assertThat(store.since(numbers.get(0)).toCompletableFuture().join().keySet())
                .containsExactlyInAnyOrder(UserKey.user("ana"), UserKey.user("ben"));
        assertThat(store.since(numbers.get(1)).toCompletableFuture().join().keySet())
                .containsExactly(UserKey.user("ana"));
    }
}
