package dev.parley.server.backplane;

import dev.parley.protocol.Channel;
import dev.parley.server.session.ThreadLiveness;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The backplane of a node without others, which confirms subscriptions when the test says so. Any thread. */
public final class HeldSubscriptions implements Backplane {
    private volatile CompletableFuture<Boolean> confirmed = CompletableFuture.completedFuture(true);

    /** From now on nothing is confirmed. */
    public void hold() {
        confirmed = new CompletableFuture<>();
    }

    /** Confirms everything. */
    public void confirm() {
        confirmed.complete(true);
    }

    @Override
    public CompletionStage<?> subscribe(Collection<? extends Channel> channels) {
        return confirmed;
    }

    @Override
    public void publish(NodeEvent event) {
        // Nobody hears it.
    }

    @Override
    public void maintain(Set<? extends Channel> read) {
        // Nothing is tried again.
    }

    @Override
    public Optional<String> problem() {
        return Optional.empty();
    }

    @Override
    public Optional<ThreadLiveness> liveness() {
        return Optional.empty();
    }

    @Override
    public void close() {
        confirm();
    }
}
