package dev.parley.acceptance.swarm;

import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;

/**
 * The single thread of a swarm. It keeps the first exception of a task, so that a bug in the test clients does not look
 * like a fault of the server. Tasks after the shutdown are dropped.
 */
final class TalkLoop extends ScheduledThreadPoolExecutor {
    private volatile Optional<Throwable> bug = Optional.empty();

    TalkLoop() {
        super(1);
        setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
    }

    Optional<Throwable> bug() {
        return bug;
    }

    @Override
    protected void afterExecute(Runnable task, Throwable thrown) {
        if (task instanceof Future<?> done && done.isDone() && !done.isCancelled()) {
            try {
                done.get();
            } catch (ExecutionException e) {
                bug = bug.or(() -> Optional.of(e.getCause()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
