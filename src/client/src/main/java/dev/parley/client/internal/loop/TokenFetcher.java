package dev.parley.client.internal.loop;

import dev.parley.client.internal.transport.Cancellable;
import java.util.function.Consumer;

/** Fresh tokens for a connection that is open already. */
public interface TokenFetcher {
    /**
     * @param fetched or else failed is told, once, from any thread
     * @return gives it up; what is told afterwards is of no interest
     */
    Cancellable fetch(Consumer<String> fetched, Consumer<String> failed);
}
