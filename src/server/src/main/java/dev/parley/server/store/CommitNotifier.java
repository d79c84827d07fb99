package dev.parley.server.store;

import dev.parley.protocol.Channel;
import dev.parley.server.session.ThreadLiveness;
import dev.parley.server.store.model.Appended;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Notifies senders and listeners of the outcomes of appends, one after the other: on the caller's thread, or on a
 * thread of its own while the database works on the next group.
 *
 * <p>Thread rule: only the appending thread calls the methods; any thread may call {@link #onStored} and
 * {@link #liveness}. The appending thread runs no callbacks itself while {@link #start}ed ones are running.
 */
final class CommitNotifier implements AutoCloseable {
    private static final Logger LOG = System.getLogger(CommitNotifier.class.getName());

    private static final Future<?> NOTHING = CompletableFuture.completedFuture(null);

    private final ExecutorService executor;
    private final BiConsumer<Channel, Long> onHead;
    private final ThreadLiveness liveness;
    private volatile Consumer<Appended.StoredCopy> onStored = copy -> {};
    private Future<?> notified = NOTHING;

    CommitNotifier(ThreadFactory threads, BiConsumer<Channel, Long> onHead, LongSupplier nanoTime) {
        this.executor = Executors.newSingleThreadExecutor(threads);
        this.liveness = new ThreadLiveness("acknowledgements", nanoTime);
        this.onHead = onHead;
    }

    void onStored(Consumer<Appended.StoredCopy> listener) {
        onStored = listener;
    }

    /**
     * Starts running callbacks on the notifier's thread. Blocks while those of the previous call are running: one group
     * waits, not a queue of groups.
     */
    void start(List<Runnable> callbacks) throws InterruptedException {
        await();
        liveness.working();
        notified = executor.submit(() -> {
            callbacks.forEach(this::runLogged);
            liveness.idle();
        });
    }

    ThreadLiveness liveness() {
        return liveness;
    }

    /** Blocks until all callbacks that were started have run. */
    void await() throws InterruptedException {
        Future<?> last = notified;
        notified = NOTHING;
        try {
            last.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(
                    "A callback after a commit threw something that runLogged() does not catch.", e);
        }
    }

    void notifyOutcome(Consumer<Appended> listener, Appended outcome) {
        runLogged(() -> listener.accept(outcome));
        if (outcome instanceof Appended.Stored stored) {
            stored.copies().forEach(copy -> runLogged(() -> onStored.accept(copy)));
        } else if (outcome instanceof Appended.Duplicate again) {
            // The first attempt's commit may have succeeded after its answer was lost; then the head was not reported.
            notifyHead(again.position().channel(), again.position().seq());
        }
    }

    /** Reports the seq of a channel's head. */
    void notifyHead(Channel channel, long head) {
        runLogged(() -> onHead.accept(channel, head));
    }

    void runLogged(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException | Error e) {
            liveness.failed(e);
            LOG.log(Level.ERROR, "A bug in a callback after a commit; the next messages are stored.", e);
        }
    }

    /** Lets the callbacks that were started finish and accepts no more. */
    @Override
    public void close() {
        executor.shutdown();
    }
}
