package dev.parley.server.store;

import dev.parley.protocol.Channel;
import dev.parley.server.backplane.BatchPace;
import dev.parley.server.session.ThreadLiveness;
import dev.parley.server.store.jdbc.AppendTables;
import dev.parley.server.store.jdbc.GrowthTables;
import dev.parley.server.store.jdbc.SqlErrors;
import dev.parley.server.store.jdbc.Transactions;
import dev.parley.server.store.model.Append;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.StoreRefused;
import dev.parley.server.store.model.StoreUnavailable;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jdbi.v3.core.JdbiException;

/**
 * The thread of this node that appends messages. It stores all waiting messages in one transaction (group commit), in
 * the order of their arrival, because a commit costs as much as hundreds of rows. The messages are encoded before, on
 * their callers' threads. If a group fails, its messages are tried one by one, so that one bad message does not fail
 * the others. If the database itself does not answer, all messages of the group are unavailable.
 *
 * <p>Thread rule: any thread may call any method; only {@link #close} blocks. Outcomes are reported one after the
 * other, in the order of the appends, on threads of the store; callbacks must not block.
 */
final class GroupCommit implements AutoCloseable {
    private static final int GROUP_MAX = 500;
    private static final int GROUP_BYTES_MAX = 4 * 1024 * 1024;
    /** So many messages share a commit well enough: on H2 the next hundred saves a tenth. */
    private static final int ENOUGH = 100;

    private static final Duration DELAY_MAX = Duration.ofMillis(5);

    /** Bound of the queue: about a second's work of a slow disk. More messages wait at their senders. */
    static final int WAITING_MAX = 10_000;

    private static final long WAITING_BYTES_MAX = 64L * 1024 * 1024;
    static final Duration CLOSE_DEADLINE = Duration.ofSeconds(10);
    private static final Logger LOG = System.getLogger(GroupCommit.class.getName());

    private sealed interface Work {
        /**
         * @param bytes of the encoded message
         * @param encoded throws what encoding the message threw
         */
        record PendingAppend(
                Append append,
                int bytes,
                Supplier<AppendTables.EncodedAppend> encoded,
                BooleanSupplier mayFollow,
                Consumer<Appended> outcome)
                implements Work {}

        /** An action that runs after all appends that were queued before it. */
        record FollowUp(Runnable action) implements Work {}

        record Stop() implements Work {}
    }

    /** How long an idle connection is kept for the next group. */
    private static final Duration IDLE_MAX = Duration.ofSeconds(1);

    /** For {@link #durably}; longer than a statement may take. */
    private static final Duration COMMIT_DEADLINE = Duration.ofSeconds(15);

    private final Transactions transactions;
    private final Transactions.PinnedConnection connection;
    private final AppendTables tables;
    private final InstantSource clock;
    private final CommitNotifier notifier;
    private final KnownCommits known;
    private final LogBarrier barrier;
    /** The id of this node, if it tells others of its commits. */
    private final Optional<String> clusterNode;

    private final Duration closeDeadline;
    /** The thread is never reported as stuck: a database may block it for any time, and no restart would heal that. */
    private final ThreadLiveness liveness = new ThreadLiveness("writer", System::nanoTime);

    private final LinkedBlockingQueue<Work> queue = new LinkedBlockingQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicLong waitingBytes = new AtomicLong();
    private final LongAdder commits = new LongAdder();
    private final Thread thread;
    /** Number of the last attempt to commit. Confined to the writer thread, as are the next two. */
    private long commitNumber;

    /** The server process of the database behind the connection. */
    private Optional<String> server = Optional.empty();

    private final BatchPace pace = new BatchPace(ENOUGH, DELAY_MAX, System.nanoTime());

    private volatile boolean isClosed;
    /** Whether the thread has begun to run: a server may hold it back until the application has started. */
    private volatile boolean hasBegun;
    /** Messages that the thread has taken and not finished. Written by the thread. */
    private volatile long inRound;
    /** The last commit of messages; done when it has ended. Written by the thread. */
    private volatile CompletableFuture<Void> inFlight = CompletableFuture.completedFuture(null);

    /**
     * Channels of transactions that failed: a commit whose answer was lost may have happened. Confined to the writer
     * thread; other threads read {@link #hasUncertain}.
     */
    private final Set<Channel> uncertain = new HashSet<>();

    private volatile boolean hasUncertain;

    /** Work of this round whose outcome has not been reported. Confined to the writer thread. */
    private final Deque<Work> unnotified = new ArrayDeque<>();

    /**
     * Whether the database failed in this round; then the rest of the round does not try it again. Confined to the
     * writer thread.
     */
    private boolean isDatabaseDown;

    /**
     * @param onHead called with the seq of a channel's head, after a commit that may or may not have happened
     * @param known told of what was committed
     * @param barrier passed before the first message is appended to another server process
     * @param clusterNode id of this node, if it writes the growth log
     * @param closeDeadline how long {@link #close} waits for the waiting messages
     */
    GroupCommit(
            Transactions transactions,
            AppendTables tables,
            ThreadFactory threads,
            InstantSource clock,
            BiConsumer<Channel, Long> onHead,
            KnownCommits known,
            LogBarrier barrier,
            Optional<String> clusterNode,
            Duration closeDeadline) {
        this.known = known;
        this.barrier = barrier;
        this.transactions = transactions;
        this.connection = transactions.pin();
        this.tables = tables;
        this.clock = clock;
        this.clusterNode = clusterNode;
        this.closeDeadline = closeDeadline;
        this.notifier = new CommitNotifier(threads, onHead, System::nanoTime);
        this.thread = threads.newThread(this::run);
        thread.start();
    }

    /** The liveness of the writer thread and of the notifier's thread. */
    List<ThreadLiveness> liveness() {
        return List.of(liveness, notifier.liveness());
    }

    void onStored(Consumer<Appended.StoredCopy> listener) {
        notifier.onStored(listener);
    }

    /**
     * Encodes a message on the caller's thread, and queues it.
     *
     * @return false, with nothing queued, if too much waits already
     */
    boolean append(Append append, BooleanSupplier mayFollow, Consumer<Appended> outcome) {
        return hasRoom() && offer(pending(append, mayFollow, outcome));
    }

    /** A failure is kept for the writer, which reports it when it is the message's turn. */
    private Work pending(Append append, BooleanSupplier mayFollow, Consumer<Appended> outcome) {
        try {
            AppendTables.EncodedAppend encoded = tables.encode(append);
            return new Work.PendingAppend(append, encoded.bytes(), () -> encoded, mayFollow, outcome);
        } catch (RuntimeException | Error e) {
            Supplier<AppendTables.EncodedAppend> failing = () -> {
                throw e;
            };
            return new Work.PendingAppend(append, 0, failing, mayFollow, outcome);
        }
    }

    /** @return false, with nothing queued, if too much waits already */
    boolean runAfterAppends(Runnable action) {
        return offer(new Work.FollowUp(action));
    }

    private boolean hasRoom() {
        return !isClosed && waiting.get() < WAITING_MAX && waitingBytes.get() < WAITING_BYTES_MAX;
    }

    private boolean offer(Work work) {
        if (!hasRoom()) {
            return false;
        }
        waiting.incrementAndGet();
        waitingBytes.addAndGet(bytes(work));
        queue.add(work);
        return true;
    }

    private static long messages(Collection<Work> work) {
        return work.stream().filter(Work.PendingAppend.class::isInstance).count();
    }

    private static int bytes(Work work) {
        return work instanceof Work.PendingAppend one ? one.bytes() : 0;
    }

    private void run() {
        hasBegun = true;
        List<Work> round = new ArrayList<>();
        try {
            while (take(round)) {
                inRound = messages(round);
                unnotified.addAll(round);
                try {
                    long begin = System.nanoTime();
                    handle(round);
                    pace.written(begin, System.nanoTime(), waiting.get());
                } catch (RuntimeException | Error e) {
                    liveness.failed(e);
                    LOG.log(Level.ERROR, "A bug in the writer; what was to be stored with it was not acknowledged.", e);
                    notifier.await();
                    unnotified.forEach(this::giveUp);
                }
                unnotified.clear();
                round.clear();
                inRound = 0;
            }
            notifier.await();
        } catch (InterruptedException e) {
            // The container reclaims its thread, which happens only while the application stops.
            Thread.currentThread().interrupt();
        } finally {
            if (!isClosed) {
                liveness.ended();
            }
            connection.close();
            notifier.close();
        }
    }

    /** Takes the next work. While the queue is idle for long, the connection is returned to its pool. */
    private Work first() throws InterruptedException {
        Work soon = queue.poll(IDLE_MAX.toMillis(), TimeUnit.MILLISECONDS);
        if (soon != null) {
            return soon;
        }
        connection.close();
        return queue.take();
    }

    /** Blocks until there is work and it is due; returns false when no more will follow. */
    private boolean take(List<Work> round) throws InterruptedException {
        if (!isClosed) {
            LockSupport.parkNanos(pace.dueIn(System.nanoTime()));
        }
        int bytes = 0;
        for (Work next = first(); next != null; next = queue.poll()) {
            if (next instanceof Work.Stop) {
                queue.add(next);
                return !round.isEmpty();
            }
            round.add(next);
            bytes += bytes(next);
            if (round.size() >= GROUP_MAX || bytes >= GROUP_BYTES_MAX) {
                break;
            }
        }
        waiting.addAndGet(-round.size());
        waitingBytes.addAndGet(-bytes);
        return true;
    }

    private void handle(List<Work> round) throws InterruptedException {
        List<Work.PendingAppend> group = new ArrayList<>();
        int appends = 0;
        for (Work work : round) {
            if (work instanceof Work.PendingAppend one) {
                appends++;
                if (one.mayFollow().getAsBoolean()) {
                    group.add(one);
                }
            }
        }
        isDatabaseDown = false;
        Optional<List<Appended>> together =
                group.size() == 1 ? Optional.of(List.of(storeAlone(group.get(0)))) : storeTogether(group);
        boolean isAllAcked = group.size() == appends
                && together.filter(GroupCommit::areAcked).isPresent();
        if (isAllAcked) {
            notifyMeanwhile(round, together.get());
        } else {
            // A refusal here may hold back later messages of its sender: their mayFollow must not be asked before it is
            // reported.
            notifier.await();
            notifyNow(round, group, together);
        }
        if (hasUncertain) {
            notifier.await();
            resolveUncertain();
        }
    }

    private static boolean areAcked(List<Appended> outcomes) {
        return outcomes.stream()
                .allMatch(outcome -> outcome instanceof Appended.Stored || outcome instanceof Appended.Duplicate);
    }

    /** Reports the outcomes while the database works on the next round. */
    private void notifyMeanwhile(List<Work> round, List<Appended> outcomes) throws InterruptedException {
        List<Runnable> callbacks = new ArrayList<>();
        Iterator<Appended> next = outcomes.iterator();
        for (Work work : round) {
            if (work instanceof Work.FollowUp then) {
                callbacks.add(then.action());
            } else if (work instanceof Work.PendingAppend one) {
                Appended outcome = next.next();
                callbacks.add(() -> notifier.notifyOutcome(one.outcome(), outcome));
            }
        }
        notifier.start(callbacks);
        unnotified.clear();
    }

    private void notifyNow(List<Work> round, List<Work.PendingAppend> group, Optional<List<Appended>> together) {
        int next = 0;
        for (Work work : round) {
            unnotified.remove();
            if (work instanceof Work.FollowUp then) {
                notifier.runLogged(then.action());
            } else if (work instanceof Work.PendingAppend one) {
                boolean isInGroup = next < group.size() && group.get(next) == one;
                if (together.isEmpty()) {
                    notifier.notifyOutcome(one.outcome(), storeAlone(one));
                } else {
                    notifier.notifyOutcome(
                            one.outcome(), isInGroup ? together.get().get(next) : new Appended.HeldBack());
                }
                next += isInGroup ? 1 : 0;
            }
        }
    }

    private void giveUp(Work work) {
        if (work instanceof Work.FollowUp then) {
            notifier.runLogged(then.action());
        } else if (work instanceof Work.PendingAppend one) {
            markUncertain(one.append());
            notifier.notifyOutcome(one.outcome(), new Appended.Unavailable());
        }
    }

    /** Stores all messages or none; empty if each must be tried alone. */
    private Optional<List<Appended>> storeTogether(List<Work.PendingAppend> group) {
        if (group.isEmpty()) {
            return Optional.of(List.of());
        }
        try {
            return Optional.of(store(group));
        } catch (StoreRefused e) {
            // The attachment of one message may be the cause.
            return Optional.empty();
        } catch (StoreUnavailable e) {
            return Optional.of(group.stream()
                    .<Appended>map(one -> new Appended.Unavailable())
                    .toList());
        } catch (RuntimeException | Error e) {
            LOG.log(Level.DEBUG, "A group failed; its messages are tried one by one.", e);
            return Optional.empty();
        }
    }

    private Appended storeAlone(Work.PendingAppend one) {
        if (!one.mayFollow().getAsBoolean()) {
            return new Appended.HeldBack();
        }
        if (isDatabaseDown) {
            return new Appended.Unavailable();
        }
        try {
            return store(List.of(one)).get(0);
        } catch (StoreRefused e) {
            return new Appended.Failed();
        } catch (StoreUnavailable e) {
            isDatabaseDown = true;
            return new Appended.Unavailable();
        } catch (JdbiException e) {
            if (SqlErrors.isCollision(e)) {
                return new Appended.Unavailable();
            }
            LOG.log(Level.ERROR, "The database refuses message " + one.append().id(), e);
            return new Appended.Failed();
        } catch (RuntimeException | Error e) {
            // Goes on even after an OutOfMemoryError: encoding this message may have needed too much memory, which does
            // not concern the next ones.
            liveness.failed(e);
            LOG.log(Level.ERROR, "A bug while storing message " + one.append().id(), e);
            return new Appended.Failed();
        }
    }

    private List<Appended> store(List<Work.PendingAppend> group) {
        // Before any channel is locked.
        List<AppendTables.EncodedAppend> encoded =
                group.stream().map(one -> one.encoded().get()).toList();
        try {
            commits.increment();
            AppendTables.Attempt attempt = commit(encoded);
            if (!attempt.missing().isEmpty()) {
                Set<Channel> missing = attempt.missing();
                transactions.runStatements(sql -> tables.create(sql, missing));
                attempt = commit(encoded);
            }
            if (!attempt.missing().isEmpty()) {
                throw new IllegalStateException("A channel vanished while it was written to.");
            }
            noteCommitted(attempt.outcomes());
            return attempt.outcomes();
        } catch (StoreUnavailable | Error e) {
            group.forEach(one -> markUncertain(one.append()));
            throw e;
        }
    }

    private void noteCommitted(List<Appended> outcomes) {
        Map<Channel, Appended.StoredCopy> last = new HashMap<>();
        for (Appended outcome : outcomes) {
            if (outcome instanceof Appended.Stored stored) {
                stored.copies().forEach(copy -> last.put(copy.channel(), copy));
            }
        }
        last.forEach((channel, copy) ->
                known.committed(channel, copy.position(), copy.message().json(), server));
    }

    private AppendTables.Attempt commit(List<AppendTables.EncodedAppend> encoded) {
        CompletableFuture<Void> commit = new CompletableFuture<>();
        try {
            Optional<AppendTables.Attempt> done = append(encoded, commit);
            if (done.isEmpty()) {
                barrier.pass(connection);
                done = append(encoded, commit);
            }
            return done.orElseThrow();
        } catch (StoreUnavailable | Error e) {
            commit.completeExceptionally(e);
            throw e;
        } finally {
            // Any other failure has rolled the transaction back.
            commit.complete(null);
        }
    }

    /** Empty, with nothing appended, on a fresh connection to a server process whose barrier is not open. */
    private Optional<AppendTables.Attempt> append(
            List<AppendTables.EncodedAppend> encoded, CompletableFuture<Void> commit) {
        return connection.run(sql -> {
            if (connection.isFresh()) {
                String process = barrier.server(sql);
                server = Optional.of(process);
                if (!barrier.isOpen(process)) {
                    return Optional.empty();
                }
            }
            AppendTables.Attempt attempt = tables.append(sql, encoded, clock.instant(), nextCommit());
            // From here on another connection may see the rows.
            inFlight = commit;
            return Optional.of(attempt);
        });
    }

    private Optional<GrowthTables.Commit> nextCommit() {
        return clusterNode.map(node -> new GrowthTables.Commit(node, ++commitNumber));
    }

    /**
     * Runs a query, and returns its result when the commits that it may have seen are durable. Blocks, up to a
     * deadline. Any thread but the writer's.
     *
     * @throws StoreUnavailable if nobody knows whether they are
     */
    <T> T durably(Supplier<T> query) {
        CompletableFuture<Void> before = inFlight;
        // One that failed before the query began left nothing that the query could see.
        boolean isOver = before.isDone();
        T result = query.get();
        CompletableFuture<Void> last = inFlight;
        if (transactions.isVisibleBeforeDurable()) {
            if (!isOver) {
                awaitDurable(before);
            }
            if (last != before) {
                awaitDurable(last);
            }
        }
        return result;
    }

    private void awaitDurable(CompletableFuture<Void> commit) {
        if (!commit.isDone()) {
            transactions.returnConnection();
        }
        try {
            commit.get(COMMIT_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreUnavailable("The node is going down.", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new StoreUnavailable("A commit that this query may have seen is not known to be durable.", e);
        }
    }

    private void markUncertain(Append append) {
        uncertain.addAll(append.channels());
        hasUncertain = true;
    }

    /** Transactions with messages since the start. Any thread. */
    long commits() {
        return commits.sum();
    }

    /** Resolves commits whose answer was lost, as soon as the database answers again. Called every second. */
    void resolveUncertainCommits() {
        if (hasUncertain) {
            runAfterAppends(() -> {});
        }
    }

    private void resolveUncertain() {
        try {
            AppendTables.ResolvedCommits settled =
                    transactions.run(sql -> tables.resolveUncertainCommits(sql, uncertain, nextCommit()));
            uncertain.retainAll(settled.underWay());
            hasUncertain = !uncertain.isEmpty();
            settled.heads().forEach(notifier::notifyHead);
        } catch (RuntimeException e) {
            LOG.log(Level.DEBUG, "The database does not answer yet.", e);
        }
    }

    /** Stores the waiting messages, up to a deadline. */
    @Override
    public void close() {
        isClosed = true;
        queue.add(new Work.Stop());
        if (!hasBegun && waiting.get() == 0) {
            // A start that failed: the server may run the thread only after this returns. It ends by itself then.
            return;
        }
        try {
            thread.join(closeDeadline.toMillis());
            if (thread.isAlive()) {
                long left = messages(queue) + inRound;
                LOG.log(
                        Level.WARNING,
                        left == 0
                                ? "The thread that stores messages did not end in time."
                                : "{0} messages were not stored in time and not acknowledged.",
                        left);
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
    }
}
