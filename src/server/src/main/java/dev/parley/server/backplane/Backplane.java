package dev.parley.server.backplane;

import dev.parley.protocol.Channel;
import dev.parley.server.session.ThreadLiveness;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * Carries events from one node to the others. It may lose, double, delay and reorder them. Any thread may call any
 * method; only {@link #close} blocks.
 */
public interface Backplane extends AutoCloseable {
    /** What this node does with events of the others. */
    interface Listener {
        /**
         * Called on threads of the backplane, several at a time; must not block.
         *
         * @param node id of the node where it happened
         */
        void received(String node, NodeEvent event);

        /** Events of other nodes may have been lost until now. Called as {@link #received}. */
        void regained();
    }

    /** Sends an event to the other nodes: about a channel, to those that subscribe to it; or to one of them. */
    void publish(NodeEvent event);

    /**
     * Subscribes to what happens in channels. Completes when this node receives what is published from then on, or at a
     * deadline of half a second, when the backplane goes on trying. Never fails.
     */
    CompletionStage<?> subscribe(Collection<? extends Channel> channels);

    /**
     * Tries again what failed, and gives subscriptions back that nobody needs: to channels that are not among these,
     * and to which nobody has subscribed again for a while. To be called once a second.
     */
    void maintain(Set<? extends Channel> read);

    /** What is wrong, for administrators; empty if nothing is. */
    Optional<String> problem();

    /** The liveness of its thread, if it has one. */
    Optional<ThreadLiveness> liveness();

    @Override
    void close();
}
