package dev.parley.server.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.parley.protocol.Channel;
import dev.parley.server.session.ThreadLiveness;
import dev.parley.server.store.jdbc.AppendTables;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.MessageTables;
import dev.parley.server.store.model.Append;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.AuthorizedReaders;
import dev.parley.server.store.model.ChannelPage;
import dev.parley.server.store.model.ChannelView;
import dev.parley.server.store.model.HistoryPage;
import dev.parley.server.store.model.Retention;
import dev.parley.server.store.model.StoreUnavailable;
import java.time.InstantSource;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/**
 * Where channels live. All appends of this node go through one thread, in groups, in the order in which they were asked
 * for; everything else waits on the database's own threads and sees every append that was asked for before it.
 *
 * <p>Thread rule: any thread may call any method; none blocks but {@link #close}. Results come on a store thread, where
 * nothing may block. Weather (a database that does not answer, too much waiting) fails a stage with
 * {@link StoreUnavailable}; anything else is a bug of ours.
 */
public final class MessageStore implements AutoCloseable {
    /** Some 200 bytes each. */
    private static final int EXISTING_MAX = 100_000;

    private final Database database;
    private final MessageTables tables;
    private final AppendTables appendTables;
    private final RetentionJob retention;

    /** Channels seen by this node, which stay for ever once they are there. */
    private final Cache<Channel, Boolean> existing =
            Caffeine.newBuilder().maximumSize(EXISTING_MAX).build();

    private final AtomicBoolean isTrimming = new AtomicBoolean();
    private final GroupCommit writer;
    private volatile BiConsumer<Channel, Long> whenGrown = (channel, head) -> {};

    /** @param epochs makes a random name for each new channel's log */
    public MessageStore(
            Database database,
            Retention retention,
            ThreadFactory threads,
            InstantSource clock,
            Supplier<String> epochs) {
        this.database = database;
        this.tables = new MessageTables(retention);
        this.appendTables = new AppendTables(epochs);
        this.retention = new RetentionJob(database.transactions(), retention, clock);
        this.writer = new GroupCommit(
                database.transactions(),
                appendTables,
                threads,
                clock,
                (channel, head) -> whenGrown.accept(channel, head));
        onStored(placed -> {});
    }

    /**
     * @param listener told of each copy after its commit and after the ack, one after the other, in the order of the
     *     appends
     */
    public void onStored(Consumer<Appended.StoredCopy> listener) {
        writer.onStored(placed -> {
            retention.markGrown(placed.channel());
            listener.accept(placed);
        });
    }

    /**
     * @param listener told where the head of a channel is, where a message may have been committed without anybody
     *     being told: the answer to the commit got lost
     */
    public void onHead(BiConsumer<Channel, Long> listener) {
        whenGrown = listener;
    }

    /**
     * Stores a message.
     *
     * @param mayFollow asked just before the message is stored, perhaps more than once: false holds it back, because
     *     its sender's earlier one failed
     * @param outcome told once, after the commit, before the message is fanned out; in the order of the appends
     * @return false, with nothing done or told, where too much waits already
     */
    public boolean append(Append append, BooleanSupplier mayFollow, Consumer<Appended> outcome) {
        return writer.append(append, mayFollow, outcome);
    }

    /**
     * Runs an action when the outcomes of all appends before it are told; on a store thread, where nothing may block.
     *
     * @return false, with nothing to be run, where too much waits already
     */
    public boolean afterAppends(Runnable action) {
        return writer.runAfterAppends(action);
    }

    /** What a message would be answered that was sent before; empty where it was not. Stores nothing. */
    public CompletionStage<Optional<Appended>> findDuplicate(Append append) {
        return ask(sql -> appendTables.findDuplicate(sql, append));
    }

    /** Transactions with messages in them, since the start. */
    public long commits() {
        return writer.commits();
    }

    /** To be called once a second: looks after commits whose answer got lost. */
    public void resolveUncertainCommits() {
        writer.resolveUncertainCommits();
    }

    /**
     * These channels as this reader finds them, in the order given; those that are not there yet are made. Private
     * rooms that are not there, or not this reader's, are left out.
     *
     * @param reader key of the identity
     */
    public CompletionStage<Map<Channel, ChannelView>> open(String reader, Collection<Channel> channels) {
        return open(reader, channels, List.of());
    }

    /**
     * @param ifThere further ones, which are left out where they are not there: nobody makes one by claiming to know it
     */
    public CompletionStage<Map<Channel, ChannelView>> open(
            String reader, Collection<? extends Channel> channels, Collection<? extends Channel> ifThere) {
        return ask(sql -> {
                    Map<Channel, ChannelView> views = views(sql, reader, channels);
                    List<? extends Channel> missing = channels.stream()
                            .filter(channel -> !channel.isPrivate() && !views.containsKey(channel))
                            .distinct()
                            .toList();
                    if (!missing.isEmpty()) {
                        appendTables.create(sql, missing);
                    }
                    Map<Channel, ChannelView> all = missing.isEmpty() ? views : views(sql, reader, channels);
                    all.putAll(views(sql, reader, ifThere));
                    return all;
                })
                .thenApply(views -> {
                    views.keySet().forEach(this::noteExisting);
                    return views;
                });
    }

    /**
     * How many of these would be made if somebody opened them or stored a message there. Answered at once where all are
     * known to be there, as those are that somebody is in.
     */
    public CompletionStage<Integer> missing(Collection<? extends Channel> channels) {
        Set<Channel> unknown = channels.stream()
                .filter(channel -> !channel.isPrivate() && existing.getIfPresent(channel) == null)
                .collect(Collectors.toSet());
        if (unknown.isEmpty()) {
            return CompletableFuture.completedFuture(0);
        }
        return ask(sql -> appendTables.existing(sql, unknown)).thenApply(found -> {
            found.forEach(this::noteExisting);
            return unknown.size() - found.size();
        });
    }

    private void noteExisting(Channel channel) {
        existing.put(channel, true);
    }

    private Map<Channel, ChannelView> views(Handle sql, String reader, Collection<? extends Channel> channels) {
        Map<Channel, ChannelView> views = new LinkedHashMap<>();
        for (Channel channel : channels) {
            tables.view(sql, channel, reader).ifPresent(view -> views.put(channel, view));
        }
        return views;
    }

    /**
     * What comes after a seq, in order. Does not wait for appends under way. Empty where there is no such channel.
     *
     * @param reader key of the identity that wants it
     * @param maxBytes the page ends before it is longer, but holds one message where there is one
     */
    public CompletionStage<ChannelPage> after(Channel channel, String reader, long seq, int limit, int maxBytes) {
        return database.query(sql -> tables.after(sql, channel, reader, seq, limit, maxBytes));
    }

    /**
     * Which of these may read a channel now. Does not wait for appends under way.
     *
     * @param readers keys of identities
     */
    public CompletionStage<AuthorizedReaders> authorized(Channel channel, Set<String> readers) {
        return database.query(sql -> tables.authorized(sql, channel, readers));
    }

    /**
     * The newest messages before a seq; ends early at {@code maxBytes}. Empty where this reader knows no such channel.
     */
    public CompletionStage<Optional<HistoryPage>> history(
            Channel channel, String reader, long before, int limit, int maxBytes) {
        return ask(sql -> tables.history(sql, channel, reader, before, limit, maxBytes));
    }

    /** Moves a read mark forward, never back; gives where it is now, empty where there is no such channel. */
    public CompletionStage<Optional<Long>> mark(Channel channel, String reader, long seq) {
        return ask(sql -> tables.mark(sql, channel, reader, seq));
    }

    /** Unread messages of this reader in each room that it may know of, by name, the private ones first. */
    public CompletionStage<Map<String, Long>> rooms(String reader, int limit) {
        return ask(sql -> tables.rooms(sql, reader, limit));
    }

    /** How the user writes its name that ever signed in with a token under this one, in whatever case. */
    public CompletionStage<Optional<String>> tokenUser(String name) {
        return ask(sql -> tables.tokenUser(sql, name));
    }

    /** Keeps a name for a user with a token; gives how it is written, by whoever came first. */
    public CompletionStage<String> rememberTokenUser(String name) {
        return ask(sql -> tables.rememberTokenUser(sql, name));
    }

    /** Whether there is such a channel, and this reader may know of it. */
    public CompletionStage<Boolean> exists(Channel channel, String reader) {
        return ask(sql -> tables.exists(sql, channel, reader));
    }

    /** Forgets what the policy keeps no longer; a call while another one runs does nothing. */
    public CompletionStage<?> trim() {
        if (!isTrimming.compareAndSet(false, true)) {
            return CompletableFuture.completedFuture(null);
        }
        return database.run(() -> {
                    retention.run();
                    return null;
                })
                .whenComplete((done, failure) -> isTrimming.set(false));
    }

    /** What is wrong with the database, for administrators; empty while all is well. */
    public Optional<String> problem() {
        return database.problem();
    }

    /** Done when the database has shown that it would take a message. */
    public CompletionStage<?> ping() {
        return database.query(appendTables::canWrite);
    }

    /** Of the threads that append. */
    public List<ThreadLiveness> liveness() {
        return writer.liveness();
    }

    /** Lets the appends pass first, so that whoever asks sees what they wrote. */
    private <T> CompletionStage<T> ask(Function<Handle, T> work) {
        CompletableFuture<Boolean> written = new CompletableFuture<>();
        if (!writer.runAfterAppends(() -> written.complete(true))) {
            return CompletableFuture.failedFuture(Database.overloaded());
        }
        return written.thenCompose(done -> database.query(work));
    }

    /** Lets what waits be stored, up to a deadline. */
    @Override
    public void close() {
        writer.close();
    }
}
