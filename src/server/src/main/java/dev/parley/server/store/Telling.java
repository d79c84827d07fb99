package dev.parley.server.store;

import dev.parley.protocol.Channel;
import dev.parley.server.session.ThreadLiveness;
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
 * <p>Thread rule: the appending thread calls, nobody else, but for {@link #whenStored}; it tells nothing itself while
 * another thread does.
 */
final class Telling implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Telling.class.getName());

    private static final Future<?> NOTHING = CompletableFuture.completedFuture(null);

    private final ExecutorService teller;
    private final BiConsumer<Channel, Long> whenGrown;
    private final ThreadLiveness liveness;
    private volatile Consumer<Appended.Placed> whenStored = placed -> {};
    private Future<?> told = NOTHING;

    Telling(ThreadFactory threads, BiConsumer<Channel, Long> whenGrown, LongSupplier nanoTime) {
        this.teller = Executors.newSingleThreadExecutor(threads);
        this.liveness = new ThreadLiveness("acknowledgements", nanoTime);
        this.whenGrown = whenGrown;
    }

    void whenStored(Consumer<Appended.Placed> listener) {
        whenStored = listener;
    }

    /** Returns at once, unless what was begun before is not told yet: one group waits, not a queue of them. */
    void begin(List<Runnable> news) throws InterruptedException {
        await();
        liveness.working();
        told = teller.submit(() -> {
            news.forEach(this::attempt);
            liveness.idle();
        });
    }

    ThreadLiveness liveness() {
        return liveness;
    }

    /** Returns when all that was begun is told. */
    void await() throws InterruptedException {
        Future<?> last = told;
        told = NOTHING;
        try {
            last.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("What follows a commit threw what attempt() does not catch.", e);
        }
    }

    void tell(Consumer<Appended> listener, Appended outcome) {
        attempt(() -> listener.accept(outcome));
        if (outcome instanceof Appended.Stored stored) {
            stored.copies().forEach(placed -> attempt(() -> whenStored.accept(placed)));
        } else if (outcome instanceof Appended.Again again) {
            // The commit may have come to its end after everybody stopped waiting for it.
            grown(again.place().channel(), again.place().seq());
        }
    }

    /** The head of this channel is known to be here. */
    void grown(Channel channel, long head) {
        attempt(() -> whenGrown.accept(channel, head));
    }

    void attempt(Runnable action) {
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
        teller.shutdown();
    }
}
