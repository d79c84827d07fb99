package dev.parley.server.dispatch.requests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Position;
import dev.parley.server.fanout.Backlog;
import dev.parley.server.session.Encoded;
import dev.parley.server.store.model.ChannelPage;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.LongStream;

/** A store that answers when the test calls for it. */
final class ScriptedPages implements ChannelReader.Pages {
    static final Position START = new Position("epoch", 0);

    /** A read that waits for its answer. */
    record Read(Optional<Position> after, CompletableFuture<Optional<ChannelPage>> page) {
        /** Answers with the messages up to a seq. */
        void answer(long head) {
            long from = after.map(Position::seq).orElse(head);
            page.complete(Optional.of(page(after, head, head, from)));
        }

        /** Answers with fewer messages than there are. */
        void answer(long last, long head) {
            page.complete(
                    Optional.of(page(after, last, head, after.orElseThrow().seq())));
        }

        void answerNotRecovered(Position head, long oldest) {
            page.complete(Optional.of(new ChannelPage(head, oldest, false, List.of())));
        }

        void answerForbidden() {
            page.complete(Optional.empty());
        }

        void fail(Throwable failure) {
            page.completeExceptionally(failure);
        }

        private static ChannelPage page(Optional<Position> after, long last, long head, long from) {
            return new ChannelPage(
                    START.at(head),
                    1,
                    after.isPresent(),
                    LongStream.rangeClosed(from + 1, last)
                            .mapToObj(seq -> new Backlog.Entry(seq, Encoded.of("{\"seq\":" + seq + "}")))
                            .toList());
        }
    }

    private final Queue<Read> reads = new ArrayDeque<>();
    private int opened;

    @Override
    public CompletionStage<Optional<ChannelPage>> open(ReadRequest request) {
        opened++;
        return page(request, request.after());
    }

    @Override
    public CompletionStage<Optional<ChannelPage>> page(ReadRequest request, Optional<Position> after) {
        Read read = new Read(after, new CompletableFuture<>());
        reads.add(read);
        return read.page();
    }

    /** The oldest read that waits. */
    Read take() {
        assertThat(reads).as("reads under way").isNotEmpty();
        return reads.remove();
    }

    boolean isAsked() {
        return !reads.isEmpty();
    }

    /** How many first pages were read. */
    int opened() {
        return opened;
    }
}
