package dev.parley.server.api.messages;

import dev.parley.server.dispatch.requests.ChannelReader;
import dev.parley.server.dispatch.requests.ReadSlice;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** One request that waits for messages without a thread. Any thread. */
final class LongPoll implements ChannelReader.Output {
    private final CompletableFuture<ReadSlice> answer = new CompletableFuture<>();
    private volatile Optional<ChannelReader> reader = Optional.empty();

    /**
     * Begins to wait. To be called once.
     *
     * @return the messages, perhaps none; fails for the reason for which the reader has ended
     */
    CompletionStage<ReadSlice> begin(Function<ChannelReader.Output, ChannelReader> readers) {
        ChannelReader fresh = readers.apply(this);
        reader = Optional.of(fresh);
        fresh.begin();
        return answer;
    }

    /** The request is answered, perhaps before it began to wait. */
    void close() {
        reader.ifPresent(ChannelReader::close);
    }

    @Override
    public void page(ReadSlice slice) {
        answer.complete(slice);
    }

    @Override
    public void ended(Throwable reason) {
        answer.completeExceptionally(reason);
    }

    @Override
    public void tick() {
        // A request that waits says nothing until it is answered.
    }
}
