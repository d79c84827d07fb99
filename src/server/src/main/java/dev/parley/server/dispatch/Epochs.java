package dev.parley.server.dispatch;

import dev.parley.protocol.Channel;
import dev.parley.server.fanout.ChannelWatch;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.store.MessageStore;
import java.util.concurrent.CompletionStage;

/**
 * Gives channels a new epoch on an administrator's request, as after a restored backup. Readers on this node are
 * disconnected, reconnect and reload. Any thread.
 */
public final class Epochs {
    private final MessageStore store;
    private final FanOut fanOut;
    private final ChannelWatch watch;

    public Epochs(MessageStore store, FanOut fanOut, ChannelWatch watch) {
        this.store = store;
        this.fanOut = fanOut;
        this.watch = watch;
    }

    /** @return false if there is no such channel */
    public CompletionStage<Boolean> renew(Channel channel) {
        return store.renewEpoch(channel).thenApply(isThere -> {
            if (isThere) {
                fanOut.sendReadersAway(channel);
                watch.changed(channel);
            }
            return isThere;
        });
    }

    /** Renews the epochs of all channels. */
    public CompletionStage<?> renewAll() {
        return store.renewEpochs().thenAccept(renewed -> {
            fanOut.sendAllReadersAway();
            watch.changedAll();
        });
    }
}
