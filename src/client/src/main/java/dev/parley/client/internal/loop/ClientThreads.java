package dev.parley.client.internal.loop;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads of one client, named {@code parley-NAME-loop}, {@code -connect}, {@code -listener}, {@code -results},
 * {@code -close} and {@code -connection}. All but the event loop end when they have nothing to do.
 */
public final class ClientThreads {
    private static final long IDLE_SECONDS = 10;
    private static final long RESULTS_SECONDS = 1;

    private final String name;
    private final ThreadFactory factory;
    private final EventLoop eventLoop;
    private final ThreadPoolExecutor connecting;
    private final ThreadPoolExecutor listening;
    private final ThreadPoolExecutor results;
    private final ThreadPoolExecutor closing;

    public ClientThreads(String name, ThreadFactory factory) {
        this.name = name;
        this.factory = factory;
        eventLoop = new EventLoop(named("loop"));
        connecting = one("connect");
        listening = one("listener");
        results = one("results");
        closing = one("close");
    }

    private ThreadFactory named(String role) {
        return task -> {
            Thread thread = factory.newThread(task);
            thread.setName("parley-" + name + "-" + role);
            return thread;
        };
    }

    private ThreadPoolExecutor one(String role) {
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                1,
                1,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                named(role),
                // After the end, the little that is left runs where it stands: nobody waits for ever.
                (task, ended) -> task.run());
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    public EventLoop eventLoop() {
        return eventLoop;
    }

    public ThreadPoolExecutor connecting() {
        return connecting;
    }

    public ThreadPoolExecutor listening() {
        return listening;
    }

    public ThreadPoolExecutor results() {
        return results;
    }

    public ThreadPoolExecutor closing() {
        return closing;
    }

    /** For the two threads that a connection has on Tyrus; they end with it. */
    public ThreadFactory transports() {
        return named("connection");
    }

    /**
     * What was handed over still runs; then the threads end.
     *
     * @param whenTold run when all results have been told, or one of them blocks: it may be waiting for just this
     */
    public void shutdown(Runnable whenTold) {
        connecting.shutdown();
        results.shutdown();
        closing.execute(() -> {
            try {
                results.awaitTermination(RESULTS_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            whenTold.run();
        });
        closing.shutdown();
        listening.shutdown();
        eventLoop.shutdown();
    }
}
