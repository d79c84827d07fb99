package dev.parley.server.store;

import dev.parley.protocol.Channel;
import dev.parley.server.fanout.Backlog;
import dev.parley.server.store.model.StoreUnavailable;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Implements the fan-out's {@link Backlog} on the store. */
public final class StoredBacklog implements Backlog {
    private final MessageStore store;
    private final RoomStore rooms;

    public StoredBacklog(MessageStore store, RoomStore rooms) {
        this.store = store;
        this.rooms = rooms;
    }

    @Override
    public CompletionStage<Page> after(Channel channel, String reader, long seq, int limit, int maxBytes) {
        return answer(
                store.after(channel, reader, seq, limit, maxBytes),
                page -> new Page(
                        page.head(),
                        page.messages().stream()
                                .map(placed -> new Entry(placed.seq(), placed.message()))
                                .toList(),
                        page.access().mayRead(),
                        page.access().aclVersion()));
    }

    @Override
    public CompletionStage<AuthorizedReaders> authorized(Channel channel, Set<String> readers) {
        return answer(
                store.authorized(channel, readers),
                found -> new AuthorizedReaders(found.readers(), found.aclVersion()));
    }

    @Override
    public CompletionStage<?> renewEpoch(Channel channel) {
        return answer(rooms.renewEpoch(channel), Function.identity());
    }

    private static <T, R> CompletionStage<R> answer(CompletionStage<T> asked, Function<T, R> answer) {
        return asked.handle((found, failure) -> {
            if (failure != null) {
                throw failure instanceof StoreUnavailable
                        ? new BacklogUnavailable(failure)
                        : new CompletionException(failure);
            }
            return answer.apply(found);
        });
    }
}
