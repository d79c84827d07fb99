package dev.parley.server.dispatch;

import dev.parley.protocol.Channel;
import dev.parley.server.backplane.Cluster;
import dev.parley.server.store.MessageStore;
import java.util.concurrent.CompletionStage;

/**
 * Gives channels a new epoch on an administrator's request, as after a restored backup. Readers are disconnected,
 * reconnect and reload. Any thread.
 */
public final class Epochs {
    private final MessageStore store;
    private final Cluster cluster;

    public Epochs(MessageStore store, Cluster cluster) {
        this.store = store;
        this.cluster = cluster;
    }

    /** @return false if there is no such channel */
    public CompletionStage<Boolean> renew(Channel channel) {
        return store.renewEpoch(channel).thenApply(isThere -> {
            if (isThere) {
                cluster.epochRenewed(channel);
            }
            return isThere;
        });
    }

    /** Renews the epochs of all channels. */
    public CompletionStage<?> renewAll() {
        return store.renewEpochs().thenRun(cluster::allEpochsRenewed);
    }
}
