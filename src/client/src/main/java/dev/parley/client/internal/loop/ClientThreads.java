package dev.parley.client.internal.loop;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads of one client, named {@code parley-NAME-loop}, {@code -connect}, {@code -listener}, {@code -results},
 * {@code -close} and {@code -connection}. All but the event loop end when they are idle.
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
    /** The threads that run now. */
    private final Set<Thread> running = ConcurrentHashMap.newKeySet();

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
            Thread thread = factory.newThread(() -> run(task));
            thread.setName("parley-" + name + "-" + role);
            return thread;
        };
    }

    private void run(Runnable task) {
        running.add(Thread.currentThread());
        try {
            task.run();
        } finally {
            running.remove(Thread.currentThread());
        }
    }

    /** Returns true on a thread of this client. */
    public boolean isOwnThread() {
        return running.contains(Thread.currentThread());
    }

    private ThreadPoolExecutor one(String role) {
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                1,
                1,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                named(role),
                // After the shutdown, a task runs on the caller's thread, so that no stage stays incomplete.
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

    /**
     * Creates the two threads of a connection on Tyrus, which end with the connection, or the thread of a handshake on
     * another container.
     */
    public ThreadFactory transports() {
        return named("connection");
    }

    /**
     * Lets submitted tasks run, then ends the threads.
     *
     * @param whenTold run when all results have been completed, or after 1 s: a callback of a result may block and wait
     *     for this very call
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
