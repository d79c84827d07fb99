package dev.parley.server.api.messages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.requests.ChannelReader;
import dev.parley.server.dispatch.requests.HttpReaders;
import dev.parley.server.dispatch.requests.ReadRequest;
import dev.parley.server.fanout.Backlog;
import dev.parley.server.fanout.ChannelWatch;
import dev.parley.server.http.Problem;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.ManualClock;
import dev.parley.server.session.Sessions;
import dev.parley.server.store.model.ChannelPage;
import jakarta.servlet.AsyncEvent;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class EventStreamTest {
    private static final Position START = new Position("epoch", 0);
    private static final Duration NEVER = Duration.ofDays(1);
    private static final Problem LATER = Problem.tryLater("Come back.", Duration.ofSeconds(3));

    private final StreamExchange exchange = new StreamExchange();
    private final ManualClock clock = new ManualClock();
    private final ChannelWatch watch = new ChannelWatch(Runnable::run);
    private final Queue<CompletableFuture<Optional<ChannelPage>>> reads = new ArrayDeque<>();
    private final HttpReaders readers = new HttpReaders(
            new ChannelReader.Pages() {
                @Override
                public CompletionStage<Optional<ChannelPage>> open(ReadRequest request) {
                    return page(request, request.after());
                }

                @Override
                public CompletionStage<Optional<ChannelPage>> page(ReadRequest request, Optional<Position> after) {
                    CompletableFuture<Optional<ChannelPage>> read = new CompletableFuture<>();
                    reads.add(read);
                    return read;
                }
            },
            watch,
            new Sessions(new Sessions.Caps(0, 0, 0)),
            new HttpReaders.Rules(0, who -> false, () -> false),
            clock,
            clock,
            new Random(1));

    /** A stream that has begun to read, and that its container lets write. */
    private EventStream open(Duration heartbeat) throws IOException {
        EventStream stream = new EventStream(
                Channel.Room.LOBBY,
                exchange.async(),
                new EventStream.Writers(exchange.tasks::add, false),
                failure -> ((Problem.Refused) failure).problem(),
                heartbeat,
                output -> readers.stream(
                        Identity.user("ana", Set.of(), Instant.MAX, Optional.empty()),
                        Channel.Room.LOBBY,
                        Optional.of(START),
                        output));
        stream.begin();
        stream.onWritePossible();
        return stream;
    }

    private EventStream open() throws IOException {
        return open(NEVER);
    }

    private void answer(long first, long last, String json) {
        List<Backlog.Entry> entries = LongStream.rangeClosed(first, last)
                .mapToObj(seq -> new Backlog.Entry(seq, Encoded.of(json)))
                .toList();
        reads.remove().complete(Optional.of(new ChannelPage(START.at(last), 1, true, entries)));
        exchange.runTasks();
    }

    @Test
    void streamBeginsWithItsPositionAndHasAnEventForEachMessage() throws IOException {
        open();
        answer(1, 2, "{\"content\":\"\u00e4\"}");
        assertThat(exchange.status).isEqualTo(200);
        assertThat(exchange.headers)
                .containsEntry("Content-Type", "text/event-stream;charset=UTF-8")
                .containsEntry("Cache-Control", "no-store")
                .containsEntry("X-Accel-Buffering", "no");
        assertThat(exchange.take())
                .isEqualTo("event: position\nid: epoch:0\n"
                        + "data: {\"channel\":\"room:lobby\",\"position\":{\"epoch\":\"epoch\",\"seq\":0}}\n\n"
                        + "id: epoch:1\ndata: {\"content\":\"\u00e4\"}\n\n"
                        + "id: epoch:2\ndata: {\"content\":\"\u00e4\"}\n\n");
        assertThat(exchange.flushes).isPositive();
        assertThat(exchange.completions).isZero();
    }

    @Test
    void nextPageIsReadWhenTheOneBeforeIsWritten() throws IOException {
        EventStream stream = open();
        watch.grown(Channel.Room.LOBBY, 9);
        exchange.isReady = false;
        answer(1, 2, "{}");
        assertThat(exchange.take()).isEmpty();
        assertThat(reads).as("the reader does not read").isEmpty();
        exchange.isReady = true;
        stream.onWritePossible();
        assertThat(exchange.take()).endsWith("id: epoch:2\ndata: {}\n\n");
        assertThat(reads).hasSize(1);
        answer(3, 9, "{}");
        assertThat(exchange.take()).startsWith("id: epoch:3\n").endsWith("id: epoch:9\ndata: {}\n\n");
    }

    @Test
    void nothingIsWrittenBeforeTheContainerAllowsIt() throws IOException {
        EventStream stream = new EventStream(
                Channel.Room.LOBBY,
                exchange.async(),
                new EventStream.Writers(exchange.tasks::add, false),
                failure -> LATER,
                NEVER,
                output -> readers.stream(
                        Identity.user("ana", Set.of(), Instant.MAX, Optional.empty()),
                        Channel.Room.LOBBY,
                        Optional.of(START),
                        output));
        stream.begin();
        answer(1, 1, "{}");
        assertThat(exchange.take()).isEmpty();
        stream.onWritePossible();
        assertThat(exchange.take()).contains("id: epoch:1");
    }

    @Test
    void longMessageIsWrittenWhole() throws IOException {
        open();
        String json = "{\"content\":\"" + "x".repeat(100_000) + "\"}";
        answer(1, 1, json);
        assertThat(exchange.take()).endsWith("id: epoch:1\ndata: " + json + "\n\n");
    }

    @Test
    void endIsToldAndTheResponseCompleted() throws IOException {
        EventStream stream = open();
        answer(1, 1, "{}");
        exchange.take();
        stream.ended(new Problem.Refused(LATER));
        exchange.runTasks();
        assertThat(exchange.take()).isEqualTo("event: end\nretry: 3000\ndata: " + LATER.json() + "\n\n");
        assertThat(exchange.completions).isOne();
    }

    @Test
    void refusalBeforeTheBeginIsAnAnswer() throws IOException {
        EventStream stream = open();
        stream.ended(new Problem.Refused(LATER));
        exchange.runTasks();
        assertThat(exchange.status).isEqualTo(503);
        assertThat(exchange.headers)
                .containsEntry("Content-Type", "application/problem+json;charset=UTF-8")
                .containsEntry("Retry-After", "3");
        assertThat(exchange.take()).isEqualTo(LATER.json().toString());
        assertThat(exchange.completions).isOne();
    }

    @Test
    void silentStreamSendsAComment() throws IOException {
        EventStream stream = open(Duration.ZERO);
        stream.tick();
        exchange.runTasks();
        assertThat(exchange.take()).as("not before it has begun").isEmpty();
        answer(1, 1, "{}");
        exchange.take();
        stream.tick();
        exchange.runTasks();
        assertThat(exchange.take()).isEqualTo(":\n\n");
    }

    @Test
    void commentsDoNotPileUpForAReaderThatDoesNotRead() throws IOException {
        EventStream stream = open(Duration.ZERO);
        answer(1, 1, "{}");
        exchange.take();
        exchange.isReady = false;
        for (int i = 0; i < 10; i++) {
            stream.tick();
            exchange.runTasks();
        }
        exchange.isReady = true;
        stream.onWritePossible();
        assertThat(exchange.take().length()).isLessThanOrEqualTo(2 * ":\n\n".length());
    }

    @Test
    void brokenConnectionEndsTheReader() throws IOException {
        open();
        exchange.isBroken = true;
        answer(1, 1, "{}");
        assertThat(exchange.completions).isOne();
        assertThat(readers.count()).isZero();
        watch.grown(Channel.Room.LOBBY, 2);
        assertThat(reads).isEmpty();
    }

    @Test
    void endedResponseFreesThePlaceOfItsReader() throws IOException {
        EventStream stream = open();
        answer(1, 1, "{}");
        assertThat(readers.count()).isOne();
        stream.onTimeout(new AsyncEvent(exchange.async()));
        assertThat(readers.count()).isZero();
        assertThat(exchange.completions).as("the server ends the connection").isZero();
    }

    @Test
    void placeIsKeptUntilTheResponseIsOver() throws IOException {
        EventStream stream = open();
        answer(1, 1, "{}");
        exchange.isReady = false;
        readers.sendAllAway();
        exchange.runTasks();
        assertThat(readers.count()).as("its end cannot be written yet").isOne();
        exchange.isReady = true;
        stream.onWritePossible();
        assertThat(exchange.take()).contains("event: end");
        assertThat(readers.count()).isZero();
    }
}
