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
 * Says what became of appends, one after the other: on the caller's thread, or on one of its own while the database
 * works on what comes next.
 *
 * <p>Thread rule: the appending thread calls, nobody else, but for {@link #onStored}; it tells nothing itself while
 * another thread does.
 */
final class CommitNotifier implements AutoCloseable {
    private static final Logger LOG = System.getLogger(CommitNotifier.class.getName());

    private static final Future<?> NOTHING = CompletableFuture.completedFuture(null);

    private final ExecutorService executor;
    private final BiConsumer<Channel, Long> onHead;
    private final ThreadLiveness liveness;
    private volatile Consumer<Appended.StoredCopy> onStored = placed -> {};
    private Future<?> notified = NOTHING;

    CommitNotifier(ThreadFactory threads, BiConsumer<Channel, Long> onHead, LongSupplier nanoTime) {
        this.executor = Executors.newSingleThreadExecutor(threads);
        this.liveness = new ThreadLiveness("acknowledgements", nanoTime);
        this.onHead = onHead;
    }

    void onStored(Consumer<Appended.StoredCopy> listener) {
        onStored = listener;
    }

    /** Returns at once, unless what was begun before is not told yet: one group waits, not a queue of them. */
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

    /** Returns when all that was begun is told. */
    void await() throws InterruptedException {
        Future<?> last = notified;
        notified = NOTHING;
        try {
            last.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("What follows a commit threw what attempt() does not catch.", e);
        }
    }

    void notifyOutcome(Consumer<Appended> listener, Appended outcome) {
        runLogged(() -> listener.accept(outcome));
        if (outcome instanceof Appended.Stored stored) {
            stored.copies().forEach(placed -> runLogged(() -> onStored.accept(placed)));
        } else if (outcome instanceof Appended.Duplicate again) {
            // The commit may have come to its end after everybody stopped waiting for it.
            notifyHead(again.place().channel(), again.place().seq());
        }
    }

    /** The head of this channel is known to be here. */
    void notifyHead(Channel channel, long head) {
        runLogged(() -> onHead.accept(channel, head));
    }

    void runLogged(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException | Error e) {
            liveness.failed(e);
            LOG.log(Level.ERROR, "A bug in what follows a commit; the next messages are stored.", e);
        }
    }

    /** What was begun is told, nothing more. */
    @Override
    public void close() {
        executor.shutdown();
    }
}
