package dev.parley.bench.load;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

/** Sends the messages of a schedule, each when it is due, from a thread of its own. */
public final class Pacer {
    private final Schedule schedule;
    private final LongConsumer send;
    private final Thread thread;
    private volatile boolean isStopped;
    private volatile long next;

    private Pacer(Schedule schedule, LongConsumer send) {
        this.schedule = schedule;
        this.send = send;
        this.next = schedule.first();
        this.thread = new Thread(this::run, "pacer");
        thread.setDaemon(true);
    }

    /** @param send sends the message with a number; must not wait for an answer */
    public static Pacer start(Schedule schedule, LongConsumer send) {
        Pacer pacer = new Pacer(schedule, send);
        pacer.thread.start();
        return pacer;
    }

    private void run() {
        while (!isStopped && next < schedule.end()) {
            long due = schedule.dueBefore(System.nanoTime());
            while (next < due) {
                send.accept(next);
                next = next + 1;
            }
            LockSupport.parkNanos(schedule.dueAt(next) - System.nanoTime());
        }
    }

    /** The number behind the last message that was sent. */
    public long next() {
        return next;
    }

    /** Sends nothing more. Returns the number behind the last message that was sent. */
    public long stop() throws InterruptedException {
        isStopped = true;
        LockSupport.unpark(thread);
        return awaitEnd();
    }

    /** Waits until everything is sent. Returns the number behind the last message that was sent. */
    public long awaitEnd() throws InterruptedException {
        thread.join();
        return next;
    }
}
