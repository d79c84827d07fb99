package dev.parley.server.dispatch.marks;

import dev.parley.protocol.Channel;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.budget.BudgetKeys;
import dev.parley.server.session.Session;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/**
 * Writes the read marks of all users of this node: the highest seq of each channel, at most ten a second for each user
 * over all its sessions. A client that marks each message of a lively room costs no more than that, and is never told
 * to slow down. Any thread; only {@link #close} blocks.
 */
public final class ReadMarks implements AutoCloseable {
    /** How often {@link #sweep} is to be called: a write begins so much late at most. */
    public static final Duration SWEEP = Duration.ofMillis(50);

    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(2);
    private static final Logger LOG = System.getLogger(ReadMarks.class.getName());

    /** @param payer whose budget pays for the writes */
    public record Reader(Identity who, BudgetKeys payer) {
        public static Reader of(Session session) {
            return new Reader(session.signedInAs(), BudgetKeys.of(session));
        }
    }

    /** Moves a mark forward, never back. */
    @FunctionalInterface
    public interface Store {
        /** @return the seq of the mark after the commit; empty if there is no such channel that the reader may read */
        CompletionStage<Optional<Long>> mark(Channel channel, UserKey reader, long seq);
    }

    /** Tells the sessions of a user where its mark is now. */
    @FunctionalInterface
    public interface Notifier {
        void marked(Identity who, Channel channel, long seq);
    }

    /** What becomes of one read. Called once, on a thread of the store; must not block. */
    public interface Answer {
        /** @param isThere whether the channel exists and the reader may read it */
        void written(boolean isThere);

        void failed(Throwable failure);
    }

    private final Store store;
    private final Notifier notifier;
    private final ToLongFunction<BudgetKeys> budget;
    private final LongSupplier nanoTime;

    private final Object lock = new Object();
    /** Users with marks that wait, and for some time after. Guarded by the lock. */
    private final Map<UserKey, UserMarks> users = new HashMap<>();

    /**
     * @param budget takes one write from the budget that a reader shares with others; returns the milliseconds to wait
     *     until there is one, or 0
     * @param nanoTime the monotonic clock
     */
    public ReadMarks(Store store, Notifier notifier, ToLongFunction<BudgetKeys> budget, LongSupplier nanoTime) {
        this.store = store;
        this.notifier = notifier;
        this.budget = budget;
        this.nanoTime = nanoTime;
    }

    /**
     * Takes a read of a signed-in session.
     *
     * @return completes when the session may bring its next message: at once, unless too many reads of its user wait
     */
    public CompletionStage<?> mark(Reader reader, Channel channel, long seq, Answer answer) {
        UserKey key = reader.who().key();
        Optional<CompletableFuture<?>> room;
        synchronized (lock) {
            UserMarks marks = users.computeIfAbsent(key, fresh -> new UserMarks(nanoTime.getAsLong()));
            marks.add(reader, channel, seq, answer);
            room = marks.room();
        }
        writeNext(key);
        return room.isPresent() ? room.get() : CompletableFuture.completedFuture(null);
    }

    /** Writes the marks of a user one after the other, because one of its sessions has ended. */
    public void flush(UserKey reader) {
        synchronized (lock) {
            find(reader).ifPresent(UserMarks::flush);
        }
        writeNext(reader);
    }

    /** Writes what is due, and forgets users for whom nothing waits. To be called every {@link #SWEEP}. */
    public void sweep() {
        long now = nanoTime.getAsLong();
        List<UserKey> due = new ArrayList<>();
        synchronized (lock) {
            users.values().removeIf(marks -> marks.isOver(now));
            users.forEach((reader, marks) -> {
                if (marks.due(now).isPresent()) {
                    due.add(reader);
                }
            });
        }
        due.forEach(this::writeNext);
    }

    private void writeNext(UserKey reader) {
        long now = nanoTime.getAsLong();
        Optional<Reader> due;
        synchronized (lock) {
            due = find(reader).flatMap(marks -> marks.due(now));
        }
        if (due.isEmpty()) {
            return;
        }
        long delay = budget.applyAsLong(due.get().payer());
        Optional<UserMarks.Write> next;
        synchronized (lock) {
            if (delay > 0) {
                find(reader).ifPresent(marks -> marks.postpone(now + TimeUnit.MILLISECONDS.toNanos(delay)));
            }
            // Another thread may have begun it in the meantime.
            next = find(reader).flatMap(marks -> marks.next(now));
        }
        next.ifPresent(write -> begin(reader, write)
                .whenComplete((mark, failure) -> written(reader, write, Optional.ofNullable(failure), mark)));
    }

    private Optional<UserMarks> find(UserKey reader) {
        return Optional.ofNullable(users.get(reader));
    }

    private CompletionStage<Optional<Long>> begin(UserKey reader, UserMarks.Write write) {
        try {
            return store.mark(write.channel(), reader, write.seq());
        } catch (RuntimeException | Error e) {
            // Otherwise this user's marks would wait for ever.
            return CompletableFuture.failedFuture(e);
        }
    }

    /** @param mark null after a failure */
    private void written(UserKey reader, UserMarks.Write write, Optional<Throwable> failure, Optional<Long> mark) {
        for (Answer read : write.reads()) {
            runLogged(() -> failure.ifPresentOrElse(read::failed, () -> read.written(mark.isPresent())));
        }
        if (failure.isEmpty()) {
            runLogged(() -> mark.ifPresent(seq -> notifier.marked(write.reader().who(), write.channel(), seq)));
        }
        // After the answers, so that close() waits for them too.
        Optional<CompletableFuture<?>> room;
        synchronized (lock) {
            room = users.get(reader).written(write);
            lock.notifyAll();
        }
        room.ifPresent(free -> free.complete(null));
        writeNext(reader);
    }

    private static void runLogged(Runnable answer) {
        try {
            answer.run();
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "A bug while answering a read mark; the others are answered.", e);
        }
    }

    /** Blocks until nothing waits any more, up to a deadline. Called when all sessions have ended. */
    @Override
    public void close() {
        long deadline = System.nanoTime() + CLOSE_DEADLINE.toNanos();
        List<UserKey> last;
        synchronized (lock) {
            last = List.copyOf(users.keySet());
        }
        last.forEach(this::flush);
        synchronized (lock) {
            try {
                for (long left = CLOSE_DEADLINE.toMillis();
                        left > 0 && !users.values().stream().allMatch(UserMarks::isIdle);
                        left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())) {
                    lock.wait(left);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
