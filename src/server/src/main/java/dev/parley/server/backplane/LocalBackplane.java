package dev.parley.server.backplane;

import dev.parley.protocol.Channel;
import dev.parley.server.session.ThreadLiveness;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The backplane of the nodes of one process. A server has one node, so that it carries nothing there; tests run several
 * nodes. Every node receives every event that is not for another one, on the thread that publishes it.
 */
public final class LocalBackplane implements Backplane {
    /** The nodes that hear each other. Any thread. */
    public static final class Network {
        private final List<LocalBackplane> nodes = new CopyOnWriteArrayList<>();
    }

    private final String id;
    private final Network network;
    private final Listener listener;

    /** @param id of this node */
    public LocalBackplane(String id, Network network, Listener listener) {
        this.id = id;
        this.network = network;
        this.listener = listener;
        network.nodes.add(this);
    }

    @Override
    public void publish(NodeEvent event) {
        for (LocalBackplane node : network.nodes) {
            if (node != this && event.to().map(node.id::equals).orElse(true)) {
                node.listener.received(id, event);
            }
        }
    }

    @Override
    public CompletionStage<?> subscribe(Collection<? extends Channel> channels) {
        return CompletableFuture.completedStage(true);
    }

    @Override
    public void maintain(Set<? extends Channel> read) {
        // There is nothing to subscribe to, and nothing fails.
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
        network.nodes.remove(this);
    }
}
