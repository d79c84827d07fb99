package dev.parley.server.dispatch.requests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Position;
import dev.parley.server.auth.Identity;
import dev.parley.server.http.Problem;
import dev.parley.server.store.model.StoreUnavailable;
import jakarta.json.Json;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ChannelReaderTest {
    private static final Position START = ScriptedPages.START;
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final Duration LITTLE = HttpReaders.PERIOD;

    private final ReaderFixture fixture = new ReaderFixture();
    private final ScriptedPages pages = fixture.pages;
    private final RecordingOutput output = fixture.output;

    @Test
    void requestGetsTheMessagesThatAreThere() {
        fixture.poll(START.at(3), WAIT);
        pages.take().answer(5);
        ReadSlice slice = output.take();
        assertThat(slice.entries()).hasSize(2);
        assertThat(slice.from()).isEqualTo(START.at(3));
        assertThat(slice.reached()).isEqualTo(START.at(5));
        assertThat(slice.more()).isFalse();
        assertThat(fixture.readers.count()).as("it never waited").isZero();
    }

    @Test
    void pageThatIsNotAllSaysSo() {
        fixture.poll(START, WAIT);
        pages.take().answer(2, 7);
        ReadSlice slice = output.take();
        assertThat(slice.reached()).isEqualTo(START.at(2));
        assertThat(slice.more()).isTrue();
    }

    @Test
    void requestThatDoesNotWaitIsAnsweredWithNothing() {
        fixture.poll(START.at(5), Duration.ZERO);
        pages.take().answer(5);
        assertThat(output.takeSeqs()).isEmpty();
    }

    @Test
    void requestWithoutAPositionGetsTheHeadAtOnce() {
        fixture.poll(fixture.user("ana"), Optional.empty(), WAIT, output);
        pages.take().answer(5);
        ReadSlice slice = output.take();
        assertThat(slice.entries()).isEmpty();
        assertThat(slice.reached()).isEqualTo(START.at(5));
        assertThat(slice.more()).isFalse();
    }

    @Test
    void waitingRequestGetsTheMessageThatComes() {
        fixture.poll(START.at(5), WAIT);
        pages.take().answer(5);
        assertThat(output.isSilent()).isTrue();
        assertThat(fixture.readers.count()).isOne();
        fixture.store(6);
        pages.take().answer(6);
        assertThat(output.takeSeqs()).containsExactly(6L);
    }

    @Test
    void messageThatComesWhileTheRequestReadsIsNotMissed() {
        fixture.poll(START.at(5), WAIT);
        ScriptedPages.Read first = pages.take();
        fixture.store(6);
        assertThat(pages.isAsked()).as("one read at a time").isFalse();
        first.answer(5);
        pages.take().answer(6);
        assertThat(output.takeSeqs()).containsExactly(6L);
    }

    /** Two shared reads may have begun before the message was stored: the first one, and one of another reader. */
    @Test
    void readsThatBeganBeforeTheMessageDoNotHideIt() {
        fixture.poll(START.at(5), WAIT);
        pages.take().answer(5);
        fixture.store(6);
        pages.take().answer(5);
        pages.take().answer(5);
        pages.take().answer(6);
        assertThat(output.takeSeqs()).containsExactly(6L);
    }

    @Test
    void logThatWentBackIsNotReadWithoutEnd() {
        fixture.poll(START.at(5), WAIT);
        pages.take().answer(5);
        fixture.store(9);
        for (int i = 0; i < 3; i++) {
            pages.take().answer(5);
        }
        assertThat(pages.isAsked()).isFalse();
        assertThat(output.isSilent()).isTrue();
        fixture.store(10);
        pages.take().answer(6);
        assertThat(output.takeSeqs()).containsExactly(6L);
    }

    @Test
    void wakeUpForAMessageThatWasReadCausesNoRead() {
        fixture.poll(START.at(5), WAIT);
        pages.take().answer(5);
        fixture.store(5);
        assertThat(pages.isAsked()).isFalse();
    }

    @Test
    void positionThatCannotBeServedIsAnsweredWithOneToGoOnFrom() {
        fixture.poll(START.at(3), WAIT);
        pages.take().answerNotRecovered(new Position("other", 20), 11);
        Problem problem = output.problem();
        assertThat(problem.status()).isEqualTo(410);
        assertThat(problem.code()).isEqualTo("not_recovered");
        assertThat(problem.json().get("position"))
                .isEqualTo(Json.createObjectBuilder()
                        .add("epoch", "other")
                        .add("seq", 20)
                        .build());
        assertThat(problem.json().getInt("oldest")).isEqualTo(11);
    }

    @Test
    void newEpochEndsAWaitingRequest() {
        fixture.poll(START.at(5), WAIT);
        pages.take().answer(5);
        fixture.change();
        pages.take().answerNotRecovered(new Position("other", 5), 1);
        assertThat(output.problem().status()).isEqualTo(410);
    }

    @Test
    void lossOfTheRightEndsAWaitingRequest() {
        fixture.poll(START.at(5), WAIT);
        pages.take().answer(5);
        fixture.change();
        pages.take().answerForbidden();
        assertThat(output.problem().status()).isEqualTo(404);
        assertThat(output.problem().code()).isEqualTo("no_such_room");
    }

    /** The first read may be shared, and have begun before the change. */
    @Test
    void changeThatConcernsOthersIsReadTwiceAndIsNoAnswer() {
        fixture.poll(START.at(5), WAIT);
        pages.take().answer(5);
        fixture.change();
        pages.take().answer(5);
        pages.take().answer(5);
        assertThat(pages.isAsked()).isFalse();
        assertThat(output.isSilent()).isTrue();
    }

    @Test
    void requestIsAnsweredWithNothingWhenItsTimeIsOver() {
        fixture.poll(START.at(5), WAIT);
        pages.take().answer(5);
        fixture.pass(WAIT.minus(LITTLE));
        assertThat(output.isSilent()).isTrue();
        fixture.pass(LITTLE);
        assertThat(output.take()).isEqualTo(new ReadSlice(START.at(5), List.of(), START.at(5), false));
        fixture.store(6);
        assertThat(pages.isAsked()).as("it has its answer").isFalse();
    }

    @Test
    void readUnderWayDecidesWhenTheTimeIsOver() {
        fixture.poll(START.at(5), WAIT);
        pages.take().answer(5);
        fixture.store(6);
        ScriptedPages.Read read = pages.take();
        fixture.pass(WAIT);
        assertThat(output.isSilent()).isTrue();
        read.answer(6);
        assertThat(output.takeSeqs()).containsExactly(6L);
    }

    @Test
    void readThatDoesNotEndFailsTheRequest() {
        fixture.poll(START.at(5), WAIT);
        pages.take().answer(5);
        fixture.store(6);
        pages.take();
        fixture.pass(WAIT);
        fixture.pass(Duration.ofSeconds(10));
        assertThat(output.end()).isInstanceOf(StoreUnavailable.class);
    }

    @Test
    void failureEndsARequest() {
        fixture.poll(START.at(5), WAIT);
        StoreUnavailable failure = new StoreUnavailable("away");
        pages.take().fail(failure);
        assertThat(output.end()).isSameAs(failure);
    }

    @Test
    void requestIsAnsweredBeforeItsTokenExpires() {
        fixture.poll(START.at(5), ReaderFixture.LIFETIME.plusHours(1));
        pages.take().answer(5);
        fixture.pass(ReaderFixture.LIFETIME.minusSeconds(1));
        assertThat(output.takeSeqs()).isEmpty();
    }

    @Test
    void closedRequestIsNotWokenAndFreesItsPlace() {
        ChannelReader reader = fixture.poll(START.at(5), WAIT);
        pages.take().answer(5);
        reader.close();
        fixture.store(6);
        fixture.pass(WAIT);
        assertThat(pages.isAsked()).isFalse();
        assertThat(output.isSilent()).isTrue();
        assertThat(fixture.readers.count()).isZero();
    }

    @Test
    void requestThatIsClosedWhileItReadsTakesNoPlace() {
        ChannelReader reader = fixture.poll(START.at(5), WAIT);
        reader.close();
        pages.take().answer(5);
        assertThat(fixture.readers.count()).isZero();
        assertThat(fixture.sessions.isFull()).isFalse();
    }

    @Test
    void streamGetsTheNextPageWhenItHasSentTheOneBefore() {
        ChannelReader reader = fixture.stream(Optional.of(START));
        pages.take().answer(2, 4);
        assertThat(output.takeSeqs()).containsExactly(1L, 2L);
        fixture.store(5);
        assertThat(pages.isAsked()).as("the output is busy").isFalse();
        reader.next();
        pages.take().answer(5);
        assertThat(output.takeSeqs()).containsExactly(3L, 4L, 5L);
        reader.next();
        assertThat(pages.isAsked()).as("it has everything").isFalse();
        fixture.store(6);
        pages.take().answer(6);
        assertThat(output.takeSeqs()).containsExactly(6L);
        assertThat(pages.opened()).isOne();
    }

    @Test
    void streamBeginsAtOnceThoughThereIsNoMessage() {
        fixture.stream(Optional.of(START.at(5)));
        pages.take().answer(5);
        assertThat(output.take()).isEqualTo(new ReadSlice(START.at(5), List.of(), START.at(5), false));
    }

    @Test
    void streamWithoutAPositionBeginsAtTheHead() {
        ChannelReader reader = fixture.stream(Optional.empty());
        pages.take().answer(5);
        assertThat(output.take().from()).isEqualTo(START.at(5));
        reader.next();
        fixture.store(6);
        pages.take().answer(6);
        assertThat(output.takeSeqs()).containsExactly(6L);
    }

    @Test
    void streamSurvivesAnOutageOfTheStore() {
        ChannelReader reader = fixture.stream(Optional.of(START));
        pages.take().answer(1);
        output.take();
        reader.next();
        fixture.store(2);
        pages.take().fail(new StoreUnavailable("away"));
        assertThat(pages.isAsked()).isFalse();
        fixture.store(3);
        assertThat(pages.isAsked()).as("not more than one read a second").isFalse();
        fixture.pass(Duration.ofSeconds(1));
        pages.take().answer(3);
        assertThat(output.takeSeqs()).containsExactly(2L, 3L);
    }

    @Test
    void streamThatHasNotBegunFailsWithTheStore() {
        fixture.stream(Optional.of(START));
        pages.take().fail(new StoreUnavailable("away"));
        assertThat(output.end()).isInstanceOf(StoreUnavailable.class);
    }

    @Test
    void streamEndsBeforeItsTokenExpires() {
        ChannelReader reader = fixture.stream(
                Identity.user("ana", Set.of(), fixture.clock.instant().plusSeconds(60), Optional.empty()),
                Optional.of(START),
                output);
        pages.take().answer(1);
        output.take();
        reader.next();
        fixture.pass(Duration.ofSeconds(58));
        assertThat(output.isSilent()).isTrue();
        assertThat(output.ticks()).isPositive();
        fixture.pass(Duration.ofSeconds(1));
        assertThat(output.problem().code()).isEqualTo("token_expired");
    }

    @Test
    void oldStreamEnds() {
        fixture.stream(Optional.of(START));
        pages.take().answer(1);
        output.take();
        fixture.pass(ReadRequest.STREAM_MAX);
        assertThat(output.problem().code()).isEqualTo("try_again_later");
    }

    @Test
    void streamWhoseNextMessageWasTrimmedEnds() {
        ChannelReader reader = fixture.stream(Optional.of(START));
        pages.take().answer(1, 50);
        output.take();
        reader.next();
        pages.take().answerNotRecovered(START.at(50), 40);
        assertThat(output.problem().code()).isEqualTo("not_recovered");
    }
}
