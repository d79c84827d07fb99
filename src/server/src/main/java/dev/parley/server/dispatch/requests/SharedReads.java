package dev.parley.server.dispatch.requests;

import dev.parley.server.store.model.StageFailure;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Gives those who read the same at the same time the result of one read. So a thousand readers who wait for the next
 * message of a channel cause one query when it comes. Any thread.
 *
 * <p>A shared read may have begun before its reader asked: what was stored in between may be missing. See
 * {@link ChannelReader}.
 */
final class SharedReads<K, V> {
    private final Map<K, CompletableFuture<V>> underWay = new ConcurrentHashMap<>();

    /** @param read starts the read if none of this key is under way */
    CompletionStage<V> read(K key, Supplier<CompletionStage<V>> read) {
        CompletableFuture<V> fresh = new CompletableFuture<>();
        CompletableFuture<V> other = underWay.putIfAbsent(key, fresh);
        if (other != null) {
            return other;
        }
        try {
            read.get().whenComplete((value, failure) -> complete(key, fresh, value, failure));
        } catch (RuntimeException e) {
            complete(key, fresh, null, e);
        }
        return fresh;
    }

    /** Removes the read before anybody learns its result, so that who reads again then starts another one. */
    private void complete(K key, CompletableFuture<V> read, V value, Throwable failure) {
        underWay.remove(key, read);
        if (failure == null) {
            read.complete(value);
        } else {
            read.completeExceptionally(StageFailure.cause(failure));
        }
    }
}
