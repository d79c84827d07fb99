package dev.parley.server.dispatch.requests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Position;
import dev.parley.server.auth.Identity;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HttpReadersTest {
    private static final Optional<Position> AT_THE_HEAD = Optional.of(ScriptedPages.START.at(5));
    private static final Duration WAIT = Duration.ofSeconds(30);

    private final ReaderFixture fixture = new ReaderFixture();

    private RecordingOutput waiting(Identity who) {
        RecordingOutput output = new RecordingOutput();
        fixture.poll(who, AT_THE_HEAD, WAIT, output);
        fixture.pages.take().answer(5);
        return output;
    }

    @Test
    void oneRequestTooManyEndsTheUsersOldest() {
        RecordingOutput first = waiting(fixture.user("ana"));
        RecordingOutput second = waiting(fixture.user("ana"));
        RecordingOutput other = waiting(fixture.user("ben"));
        RecordingOutput third = waiting(fixture.user("ana"));
        assertThat(first.problem().status()).isEqualTo(429);
        assertThat(first.problem().headers()).containsKey("Retry-After");
        assertThat(second.isSilent()).isTrue();
        assertThat(third.isSilent()).isTrue();
        assertThat(other.isSilent()).isTrue();
    }

    @Test
    void requestThatIsAnsweredAtOnceEndsNoOther() {
        RecordingOutput first = waiting(fixture.user("ana"));
        RecordingOutput second = waiting(fixture.user("ana"));
        fixture.poll(fixture.user("ana"), Optional.of(ScriptedPages.START), WAIT, fixture.output);
        fixture.pages.take().answer(5);
        assertThat(fixture.output.takeSeqs()).hasSize(5);
        assertThat(first.isSilent()).isTrue();
        assertThat(second.isSilent()).isTrue();
    }

    /** A stream keeps its place until its connection has ended, for which a reader that does not read may take long. */
    @Test
    void streamsThatDoNotEndAreBounded() {
        List<RecordingOutput> outputs = IntStream.range(0, 2 * ReaderFixture.READERS_OF_USER)
                .mapToObj(i -> new RecordingOutput())
                .toList();
        outputs.forEach(output -> fixture.stream(fixture.user("ana"), AT_THE_HEAD, output));
        assertThat(outputs.get(0).problem().status()).isEqualTo(429);
        assertThat(outputs.get(1).problem().status()).isEqualTo(429);
        fixture.stream(AT_THE_HEAD);
        assertThat(fixture.output.problem().status()).isEqualTo(429);
        assertThat(fixture.readers.count()).isEqualTo(2 * ReaderFixture.READERS_OF_USER);
    }

    @Test
    void readersCountAmongTheConnectionsOfTheNode() {
        for (int i = 0; i < ReaderFixture.CONNECTIONS_OF_NODE; i++) {
            assertThat(fixture.sessions.isFull()).isFalse();
            waiting(fixture.user("user-" + i));
        }
        assertThat(fixture.sessions.isFull()).isTrue();
        RecordingOutput oneMore = waiting(fixture.user("late"));
        assertThat(oneMore.problem().status()).isEqualTo(503);
        assertThat(oneMore.problem().code()).isEqualTo("try_again_later");
    }

    @Test
    void placeIsFreeAgainAfterTheEnd() {
        ChannelReader reader = fixture.poll(fixture.user("ana"), AT_THE_HEAD, WAIT, fixture.output);
        fixture.pages.take().answer(5);
        assertThat(fixture.readers.count()).isOne();
        reader.close();
        reader.close();
        assertThat(fixture.readers.count()).isZero();
        for (int i = 0; i < ReaderFixture.CONNECTIONS_OF_NODE; i++) {
            assertThat(fixture.sessions.addHttpReader()).isTrue();
        }
        assertThat(fixture.sessions.addHttpReader()).isFalse();
    }

    @Test
    void revocationEndsTheReadersOfItsUser() {
        RecordingOutput ana = waiting(fixture.user("ana"));
        RecordingOutput ben = waiting(fixture.user("ben"));
        fixture.readers.revoked(fixture.user("ana").key());
        assertThat(ana.isSilent()).as("her token is newer than the revocation").isTrue();
        fixture.revoked.add(fixture.user("ana").key());
        fixture.readers.revoked(fixture.user("ana").key());
        assertThat(ana.problem().status()).isEqualTo(401);
        assertThat(ana.problem().code()).isEqualTo("login_refused");
        assertThat(ben.isSilent()).isTrue();
    }

    @Test
    void revocationWhileARequestReadsIsNotMissed() {
        fixture.poll(fixture.user("ana"), AT_THE_HEAD, WAIT, fixture.output);
        fixture.revoked.add(fixture.user("ana").key());
        fixture.readers.revoked(fixture.user("ana").key());
        fixture.pages.take().answer(5);
        assertThat(fixture.output.problem().code()).isEqualTo("login_refused");
    }

    @Test
    void nodeThatEndsSendsItsReadersAway() {
        RecordingOutput ana = waiting(fixture.user("ana"));
        fixture.isDraining = true;
        fixture.readers.sendAllAway();
        assertThat(ana.problem().status()).isEqualTo(503);
        assertThat(Integer.parseInt(ana.problem().headers().get("Retry-After"))).isBetween(1, 5);
        assertThat(waiting(fixture.user("ben")).problem().status()).isEqualTo(503);
    }
}
