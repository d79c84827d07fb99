package dev.parley.server.store;

import dev.parley.protocol.Channel;
import dev.parley.server.fanout.Backlog;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** The store, as the fan-out asks it for what readers missed. */
public final class StoredBacklog implements Backlog {
    private final MessageStore store;

    public StoredBacklog(MessageStore store) {
        this.store = store;
    }

    @Override
    public CompletionStage<Page> after(Channel channel, String reader, long seq, int limit, int maxBytes) {
        return store.after(channel, reader, seq, limit, maxBytes).handle((page, failure) -> {
            if (failure != null) {
                throw failure instanceof StoreUnavailable ? new Away(failure) : new CompletionException(failure);
            }
            return new Page(
                    page.head(),
                    page.messages().stream()
                            .map(placed -> new Entry(placed.seq(), placed.message()))
                            .toList(),
                    page.access().mayRead(),
                    page.access().revision());
        });
    }
}
