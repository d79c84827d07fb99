package dev.parley.client;

import java.util.function.Consumer;

/** Fresh tokens for a line that is open already. */
interface Tokens {
    /**
     * @param fetched or else failed is told, once, from any thread
     * @return gives it up; what is told afterwards is of no interest
     */
    Scheduler.Cancellable fetch(Consumer<String> fetched, Consumer<String> failed);
}
