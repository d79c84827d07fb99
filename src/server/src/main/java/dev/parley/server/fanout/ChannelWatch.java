package dev.parley.server.fanout;

import dev.parley.protocol.Channel;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Wakes the readers of channels that are no sessions, as requests over HTTP are: something was stored, or a right or an
 * epoch changed. It carries no message, because the store is the truth: a reader registers first and reads then, so
 * that nothing falls between.
 *
 * <p>Thread rule: any thread may call any method; none blocks. Listeners run on the executor. Wake-ups of a channel
 * that come while one waits there are merged, so a lively channel does not fill the executor.
 */
public final class ChannelWatch {
    /** A reader that waits. Called on the executor; must not block. */
    public interface Listener {
        /** The channel has a message with this seq. */
        void grown(long head);

        /** The right to read the channel may be lost, or its epoch renewed. */
        void changed();
    }

    private static final class Watched {
        private final Set<Listener> listeners = ConcurrentHashMap.newKeySet();
        private final AtomicLong head = new AtomicLong();
        private final AtomicBoolean isChanged = new AtomicBoolean();
        private final AtomicBoolean isWaking = new AtomicBoolean();

        void wake() {
            // Cleared before the values are taken: what comes later starts another wake-up.
            isWaking.set(false);
            boolean changed = isChanged.getAndSet(false);
            long grownTo = head.get();
            for (Listener listener : listeners) {
                if (changed) {
                    listener.changed();
                }
                listener.grown(grownTo);
            }
        }
    }

    private final Map<Channel, Watched> channels = new ConcurrentHashMap<>();
    private final Executor executor;

    /** @param executor runs every task, also if it is overloaded */
    public ChannelWatch(Executor executor) {
        this.executor = executor;
    }

    public void register(Channel channel, Listener listener) {
        channels.compute(channel, (same, present) -> {
            Watched watched = present == null ? new Watched() : present;
            watched.listeners.add(listener);
            return watched;
        });
    }

    public void unregister(Channel channel, Listener listener) {
        channels.computeIfPresent(channel, (same, watched) -> {
            watched.listeners.remove(listener);
            return watched.listeners.isEmpty() ? null : watched;
        });
    }

    /** The channels for which somebody waits. */
    public Set<Channel> channels() {
        return Set.copyOf(channels.keySet());
    }

    /** Reports that a message with this seq is committed. */
    public void grown(Channel channel, long head) {
        Watched watched = channels.get(channel);
        if (watched != null) {
            watched.head.accumulateAndGet(head, Math::max);
            wake(watched);
        }
    }

    /** Reports that an identity has lost the right to read, or that the epoch was renewed. */
    public void changed(Channel channel) {
        Watched watched = channels.get(channel);
        if (watched != null) {
            watched.isChanged.set(true);
            wake(watched);
        }
    }

    /** Reports that the epochs of all channels were renewed. */
    public void changedAll() {
        channels.keySet().forEach(this::changed);
    }

    private void wake(Watched watched) {
        if (watched.isWaking.compareAndSet(false, true)) {
            executor.execute(watched::wake);
        }
    }
}
