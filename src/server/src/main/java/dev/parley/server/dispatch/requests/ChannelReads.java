package dev.parley.server.dispatch.requests;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.server.backplane.Cluster;
import dev.parley.server.dispatch.Refusal;
import dev.parley.server.http.Problem;
import dev.parley.server.store.MessageStore;
import dev.parley.server.store.model.ChannelPage;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Reads channels from the store for readers over HTTP. Any thread; stages complete on store threads. */
public final class ChannelReads implements ChannelReader.Pages {
    /** A page waits in memory for a connection that may be slow. */
    private static final int PAGE_BYTES_MAX = 64 * 1024;

    private final MessageStore store;
    private final UserRates rates;
    private final Cluster cluster;
    private final SharedReads<Key, Optional<ChannelPage>> shared = new SharedReads<>();

    /** What makes two reads the same, whoever reads. */
    private record Key(Channel channel, Optional<Position> after, int limit) {}

    public ChannelReads(MessageStore store, UserRates rates, Cluster cluster) {
        this.store = store;
        this.rates = rates;
        this.cluster = cluster;
    }

    @Override
    public CompletionStage<Optional<ChannelPage>> page(ReadRequest request, Optional<Position> after) {
        Channel channel = request.channel();
        // The right to read a private room is the reader's own.
        return channel.isPrivate()
                ? read(request, after)
                : shared.read(new Key(channel, after, request.limit()), () -> read(request, after));
    }

    private CompletionStage<Optional<ChannelPage>> read(ReadRequest request, Optional<Position> after) {
        return store.page(request.channel(), request.who().key(), after, request.limit(), PAGE_BYTES_MAX);
    }

    @Override
    public CompletionStage<Optional<ChannelPage>> open(ReadRequest request) {
        return cluster.subscribe(List.of(request.channel()))
                .thenCompose(heard -> page(request, request.after()))
                .thenCompose(page -> page.isPresent() || request.channel().isPrivate()
                        ? CompletableFuture.completedStage(page)
                        : create(request));
    }

    /** Creates a channel that is not there yet, as a sign-in and a {@code join} do. */
    private CompletionStage<Optional<ChannelPage>> create(ReadRequest request) {
        // Everybody has the inbox and the broadcast channel; only the names of rooms are chosen.
        CompletionStage<Optional<Refusal>> refusal =
                request.channel().roomName().isPresent()
                        ? rates.naming(request.who(), List.of(request.channel()))
                        : CompletableFuture.completedStage(Optional.empty());
        return refusal.thenCompose(refused -> {
            if (refused.isPresent()) {
                return CompletableFuture.failedStage(
                        new Problem.Refused(refused.get().problem()));
            }
            return store.open(request.who().key(), List.of(request.channel()))
                    .thenCompose(views -> page(request, request.after()));
        });
    }
}
