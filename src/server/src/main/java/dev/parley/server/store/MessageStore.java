package dev.parley.server.store;

import dev.parley.protocol.Channel;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/**
 * Where channels live. All writes of this node go through one thread, in the order in which they were asked for; reads
 * have a few threads of their own and see every write that was asked for before them.
 *
 * <p>Thread rule: any thread may call any method; none blocks but {@link #isReachable} and {@link #close}. Results come
 * on a store thread, where nothing may block. Weather (a database that does not answer, too much waiting) fails a stage with
 * {@link StoreUnavailable}; anything else is a bug of ours.
 */
public final class MessageStore implements AutoCloseable {
    /** Appends that may wait: about a second's work of a slow disk. More wait at their senders. */
    private static final int WAITING_MAX = 10_000;

    private static final int READER_THREADS = 3;
    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(10);
    private static final Logger LOG = System.getLogger(MessageStore.class.getName());

    private final Jdbi jdbi;
    private final MessageTables tables;
    private final InstantSource clock;
    private final ThreadPoolExecutor writer;
    private final ThreadPoolExecutor readers;
    private volatile Consumer<Appended.Placed> whenStored = placed -> {};
    private final AtomicBoolean isHealthy = new AtomicBoolean(true);

    /** @param epochs makes a random name for each new channel's log */
    public MessageStore(DataSource dataSource, ThreadFactory threads, InstantSource clock, Supplier<String> epochs) {
        this.jdbi = Jdbi.create(dataSource);
        this.tables = new MessageTables(epochs);
        this.clock = clock;
        this.writer = pool(1, threads);
        this.readers = pool(READER_THREADS, threads);
    }

    private static ThreadPoolExecutor pool(int size, ThreadFactory threads) {
        return new ThreadPoolExecutor(size, size, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING_MAX), threads);
    }

    /** @param listener told of each copy after its commit and after the ack, on the writing thread, in order */
    public void whenStored(Consumer<Appended.Placed> listener) {
        whenStored = listener;
    }

    /**
     * Stores a message.
     *
     * @param outcome told once, after the commit, before the message is fanned out; in the order of the appends. Only where
     *     too much waits already it is told at once, on the caller's thread, that the store is unavailable.
     */
    public void append(Append append, Consumer<Appended> outcome) {
        try {
            writer.execute(() -> {
                Appended appended = appendNow(append);
                try {
                    outcome.accept(appended);
                } finally {
                    if (appended instanceof Appended.Stored stored) {
                        stored.copies().forEach(whenStored);
                    }
                }
            });
        } catch (RejectedExecutionException e) {
            outcome.accept(new Appended.Unavailable());
        }
    }

    private Appended appendNow(Append append) {
        try {
            return inTransaction(sql -> tables.append(sql, append, clock.instant()));
        } catch (StoreUnavailable e) {
            return new Appended.Unavailable();
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "A bug while storing message " + append.id(), e);
            return new Appended.Failed();
        }
    }

    /**
     * These channels as this reader finds them, in the order given; those that are not there yet are made.
     *
     * @param reader key of the identity
     */
    public CompletionStage<Map<Channel, ChannelView>> open(String reader, Collection<Channel> channels) {
        return read(sql -> views(sql, reader, channels))
                .thenCompose(views -> views.size() == channels.size()
                        ? CompletableFuture.completedFuture(views)
                        : run(writer, sql -> {
                            channels.forEach(channel -> tables.ensure(sql, channel));
                            return views(sql, reader, channels);
                        }));
    }

    private Map<Channel, ChannelView> views(Handle sql, String reader, Collection<Channel> channels) {
        Map<Channel, ChannelView> views = new LinkedHashMap<>();
        for (Channel channel : channels) {
            tables.view(sql, channel, reader).ifPresent(view -> views.put(channel, view));
        }
        return views;
    }

    /** What comes after a seq, in order. Does not wait for writes under way. */
    public CompletionStage<List<Appended.Placed>> after(Channel channel, long seq, int limit) {
        return run(readers, sql -> tables.after(sql, channel, seq, limit));
    }

    /** The newest messages before a seq; ends early at {@code maxBytes}. Empty where there is no such channel. */
    public CompletionStage<Optional<HistoryPage>> history(Channel channel, long before, int limit, int maxBytes) {
        return read(sql -> tables.exists(sql, channel)
                ? Optional.of(tables.history(sql, channel, before, limit, maxBytes))
                : Optional.empty());
    }

    /** Moves a read mark forward, never back; gives where it is now, empty where there is no such channel. */
    public CompletionStage<Optional<Long>> mark(Channel channel, String reader, long seq) {
        return run(
                writer,
                sql -> tables.exists(sql, channel)
                        ? Optional.of(tables.mark(sql, channel, reader, seq))
                        : Optional.empty());
    }

    /** Unread messages of this reader in each public room, by name, in alphabetical order. */
    public CompletionStage<Map<String, Long>> publicRooms(String reader, int limit) {
        return read(sql -> tables.publicRooms(sql, reader, limit));
    }

    /** Whether this name ever signed in with a token. */
    public CompletionStage<Boolean> isTokenUser(String name) {
        return read(sql -> tables.isTokenUser(sql, name));
    }

    public CompletionStage<Boolean> rememberTokenUser(String name) {
        return isTokenUser(name)
                .thenCompose(known -> known
                        ? CompletableFuture.completedFuture(true)
                        : run(writer, sql -> {
                            tables.rememberTokenUser(sql, name);
                            return true;
                        }));
    }

    /** Whether there is such a channel. */
    public CompletionStage<Boolean> exists(Channel channel) {
        return read(sql -> tables.exists(sql, channel));
    }

    /** Whether the database answers within the time; blocks that long at most. */
    public boolean isReachable(Duration deadline) {
        try {
            return run(readers, sql -> sql.createQuery("select 1")
                                    .mapTo(Integer.class)
                                    .one())
                            .get(deadline.toMillis(), TimeUnit.MILLISECONDS)
                    == 1;
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Lets the writer pass first, so that whoever asks sees what it wrote. */
    private <T> CompletionStage<T> read(Function<Handle, T> work) {
        try {
            return CompletableFuture.runAsync(() -> {}, writer).thenCompose(written -> run(readers, work));
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(overloaded(e));
        }
    }

    private <T> CompletableFuture<T> run(ExecutorService threads, Function<Handle, T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        try {
            threads.execute(() -> {
                try {
                    result.complete(inTransaction(work));
                } catch (RuntimeException e) {
                    result.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(overloaded(e));
        }
        return result;
    }

    private static StoreUnavailable overloaded(RejectedExecutionException e) {
        return new StoreUnavailable("More than " + WAITING_MAX + " requests wait for the database.", e);
    }

    private <T> T inTransaction(Function<Handle, T> work) {
        try {
            T result = jdbi.inTransaction(work::apply);
            if (isHealthy.compareAndSet(false, true)) {
                LOG.log(Level.INFO, "The store answers again.");
            }
            return result;
        } catch (JdbiException e) {
            if (isHealthy.compareAndSet(true, false)) {
                LOG.log(Level.WARNING, "The store does not answer; senders are told store_unavailable.", e);
            }
            throw new StoreUnavailable("The database did not do what was asked: " + e.getMessage(), e);
        }
    }

    /** Lets what waits be stored, up to a deadline. */
    @Override
    public void close() {
        writer.shutdown();
        readers.shutdown();
        try {
            if (!writer.awaitTermination(CLOSE_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.log(
                        Level.WARNING,
                        "{0} messages were not stored in time and not acknowledged.",
                        writer.shutdownNow().size());
            }
            readers.shutdownNow();
        } catch (InterruptedException e) {
            writer.shutdownNow();
            readers.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
