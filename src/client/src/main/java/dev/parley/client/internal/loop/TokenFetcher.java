package dev.parley.client.internal.loop;

import dev.parley.client.internal.transport.Cancellable;
import java.util.function.Consumer;

/** Supplies fresh tokens for an open connection. */
public interface TokenFetcher {
    /**
     * @param fetched called with the token; exactly one of the two is called, once, from any thread
     * @param failed called with the reason
     * @return gives the fetch up; later calls are ignored
     */
    Cancellable fetch(Consumer<String> fetched, Consumer<String> failed);
}
