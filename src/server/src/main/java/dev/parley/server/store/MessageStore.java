package dev.parley.server.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Identity;
import dev.parley.server.fanout.Backlog;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.MessageEncoding;
import dev.parley.server.session.ThreadLiveness;
import dev.parley.server.store.jdbc.AppendTables;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.MessageTables;
import dev.parley.server.store.jdbc.TokenUserTables;
import dev.parley.server.store.jdbc.search.SearchTables;
import dev.parley.server.store.model.Append;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.ChannelPage;
import dev.parley.server.store.model.ChannelView;
import dev.parley.server.store.model.FoundPage;
import dev.parley.server.store.model.HistoryPage;
import dev.parley.server.store.model.OpenedChannels;
import dev.parley.server.store.model.Retention;
import dev.parley.server.store.model.StageFailure;
import dev.parley.server.store.model.StoreUnavailable;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
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
 * The store of channels and their messages. All appends of this node go through one thread, in groups, in the order of
 * the calls. Everything else runs on the threads of {@link Database}, and sees every append that was queued before it
 * unless its method says otherwise.
 *
 * <p>Thread rule: any thread may call any method; only {@link #close} blocks. Stages complete on a store thread, where
 * nothing may block. A transient failure (a database that does not answer, a full queue) fails a stage with
 * {@link StoreUnavailable}; any other failure is a bug in Parley.
 */
public final class MessageStore implements Backlog, AutoCloseable {
    private static final Logger LOG = System.getLogger(MessageStore.class.getName());

    /** Bound of the cache; an entry takes some 200 bytes. */
    private static final int EXISTING_MAX = 100_000;

    private final Database database;
    private final Supplier<String> epochs;
    private final MessageTables tables;
    private final SearchTables searches;
    private final AppendTables appendTables;
    private final TokenUserTables tokenUsers = new TokenUserTables();
    private final RetentionJob retention;

    /** Channels that this node has seen. Only inboxes of guests are ever deleted, when nobody can name them. */
    private final Cache<Channel, Boolean> existing =
            Caffeine.newBuilder().maximumSize(EXISTING_MAX).build();

    /** Sign-ins, and what their readers missed in inboxes: after a failure they come all at once. */
    private final QueryBatch<MessageTables.Viewer, OpenedChannels> views;

    private final QueryBatch<MessageTables.Missed, Optional<Page>> missed;

    private final AtomicBoolean isTrimming = new AtomicBoolean();
    private final KnownCommits known = new KnownCommits();
    private final LogCheck logCheck;
    /** Whether other nodes write to the database too. */
    private final boolean isOneOfMany;

    private final GroupCommit writer;
    private volatile Supplier<Set<String>> others = Set::of;
    private volatile BiConsumer<Channel, Long> whenGrown = (channel, head) -> {};
    private volatile Consumer<String> whenTokenUser = name -> {};
    private volatile Consumer<String> whenNewTokenUser = name -> {};

    /**
     * @param epochs creates a random epoch for each new channel and each renewal
     * @param encoding encodes what is stored and delivered
     * @param clusterNode id of this node, if other nodes are to find its commits in the growth log
     */
    public MessageStore(
            Database database,
            Retention retention,
            ThreadFactory threads,
            InstantSource clock,
            Supplier<String> epochs,
            MessageEncoding encoding,
            Optional<String> clusterNode) {
        this.database = database;
        this.epochs = epochs;
        this.isOneOfMany = clusterNode.isPresent();
        this.tables = new MessageTables(retention);
        this.searches = new SearchTables(tables);
        this.appendTables = new AppendTables(epochs, encoding);
        this.retention = new RetentionJob(database.transactions(), retention, clock);
        this.logCheck = new LogCheck(known, tables, epochs, tables::server, clusterNode);
        this.writer = new GroupCommit(
                database.transactions(),
                appendTables,
                threads,
                clock,
                (channel, head) -> whenGrown.accept(channel, head),
                known,
                new LogBarrier(logCheck, () -> others.get(), LogBarrier.WAIT_MAX),
                clusterNode,
                GroupCommit.CLOSE_DEADLINE);
        this.views = new QueryBatch<>(database, asked -> durably(sql -> tables.views(sql, asked)));
        this.missed = new QueryBatch<>(database, asked -> durably(sql -> few(sql, asked)));
        onStored(copy -> {});
    }

    /**
     * @param scheduler runs an action after a time, on any thread: under load, sign-ins and reads wait for each other
     */
    public void pauseBy(BiConsumer<Duration, Runnable> scheduler) {
        views.pauseBy(scheduler);
        missed.pauseBy(scheduler);
    }

    /**
     * @param listener called with each copy after its commit and after the ack, one after the other, in the order of
     *     the appends
     */
    public void onStored(Consumer<Appended.StoredCopy> listener) {
        writer.onStored(copy -> {
            retention.markGrown(copy.channel());
            listener.accept(copy);
        });
    }

    /**
     * @param listener called with the seq of a channel's head if a message may have been committed without a report,
     *     because the answer to the commit was lost
     */
    public void onHead(BiConsumer<Channel, Long> listener) {
        whenGrown = listener;
    }

    /**
     * @param listener called with the seq up to which messages of a channel were deleted, on a store thread; must not
     *     block
     */
    public void onTrimmed(BiConsumer<Channel, Long> listener) {
        retention.onTrimmed(listener);
    }

    /**
     * @param listener called with the name of each user that signs in, on a store thread, when the name is reserved for
     *     users; must not block
     */
    public void onTokenUser(Consumer<String> listener) {
        whenTokenUser = listener;
    }

    /**
     * @param listener called with each channel that got a new epoch, because the database has lost messages of it that
     *     this node knew to be committed; must not block
     */
    public void onLost(Consumer<Channel> listener) {
        logCheck.onLost(listener);
    }

    /**
     * @param ids of the other nodes that may know what the database has lost: nothing is appended before they have
     *     compared their logs with it, up to a deadline; must not block
     */
    public void waitFor(Supplier<Set<String>> ids) {
        others = ids;
    }

    /** The server process of the database that this node has compared its log with; empty before the first time. */
    public Optional<String> checkedServer() {
        return logCheck.checked();
    }

    /**
     * Another node has stored a message: the database must have it from now on.
     *
     * @param server the server process of the database that has it; empty if the node did not say it
     * @return whether it is the process that this node has compared its log with; otherwise the message may not be
     *     delivered before it is found in the database
     */
    public boolean storedElsewhere(Channel channel, Position position, Encoded message, Optional<String> server) {
        return logCheck.committedElsewhere(channel, position, message.json(), server);
    }

    /**
     * Compares what this node knows to be committed with the database, if that was started anew.
     *
     * @param server the process of the database that answers now
     */
    public void checkLog(String server) {
        if (!logCheck.isChecked(server)) {
            database.query(logCheck::check).whenComplete((result, failure) -> {
                if (failure == null) {
                    logCheck.done(result);
                } else {
                    LOG.log(Level.DEBUG, "The log is compared again in a second.", failure);
                }
            });
        }
    }

    /**
     * @param listener called with the name of each user that signs in for the first time, when the name is reserved, on
     *     a store thread; must not block
     */
    public void onNewTokenUser(Consumer<String> listener) {
        whenNewTokenUser = listener;
    }

    /**
     * Stores a message.
     *
     * @param mayFollow asked just before the message is stored, perhaps more than once; false holds the message back,
     *     because an earlier one of its sender failed
     * @param outcome called once, after the commit and before the message is fanned out, in the order of the appends
     * @return false, with nothing done or reported, if too much waits already
     */
    public boolean append(Append append, BooleanSupplier mayFollow, Consumer<Appended> outcome) {
        return writer.append(append, mayFollow, outcome);
    }

    /**
     * Runs an action once the outcomes of all earlier appends are reported, on a store thread, where nothing may block.
     *
     * @return false, without running the action, if too much waits already
     */
    public boolean afterAppends(Runnable action) {
        return writer.runAfterAppends(action);
    }

    /** The outcome of a message that was sent before; empty if its id is new. Stores nothing. */
    public CompletionStage<Optional<Appended>> findDuplicate(Append append) {
        return ask(statements(sql -> appendTables.findDuplicate(sql, append)));
    }

    /** Transactions with messages since the start. */
    public long commits() {
        return writer.commits();
    }

    /** Resolves commits whose answer was lost. To be called once a second. */
    public void resolveUncertainCommits() {
        writer.resolveUncertainCommits();
    }

    /**
     * Opens channels for a reader and returns its views of them, in the order given. Channels that do not exist yet are
     * created. Private rooms that do not exist, or that the reader may not read, are left out.
     */
    public CompletionStage<Map<Channel, ChannelView>> open(UserKey reader, Collection<? extends Channel> channels) {
        return afterQueuedAppends(() -> open(reader, channels, List.of()));
    }

    /**
     * The same at a sign-in, which does not wait for queued appends: messages that are stored meanwhile follow live.
     *
     * @param ifThere further channels, which are left out if they do not exist: claiming to know a channel must not
     *     create it
     */
    public CompletionStage<Map<Channel, ChannelView>> open(
            UserKey reader, Collection<? extends Channel> channels, Collection<? extends Channel> ifThere) {
        return noted(views.ask(viewer(reader, channels, ifThere, Optional.empty()))
                .thenCompose(seen -> completed(
                        isMissing(channels, seen), () -> withMissing(reader, channels, ifThere, seen.views()))));
    }

    /**
     * The same at the sign-in of a user with a token, whose name is reserved for it. A name that differs only in case
     * from the {@linkplain OpenedChannels#user canonical} one gets no channels. The revocation is that of before the
     * first channel was looked up.
     *
     * @param name of the user, as its token spells it
     */
    public CompletionStage<OpenedChannels> openForUser(
            UserKey reader,
            String name,
            Collection<? extends Channel> channels,
            Collection<? extends Channel> ifThere) {
        return views.ask(viewer(reader, channels, ifThere, Optional.of(name)))
                .thenCompose(seen -> {
                    boolean isNew = seen.user().isEmpty();
                    boolean isIncomplete = seen.user().filter(name::equals).isPresent() && isMissing(channels, seen);
                    return completed(isNew || isIncomplete, () -> entered(reader, name, channels, ifThere, seen));
                })
                .thenApply(this::noteExisting);
    }

    private OpenedChannels entered(
            UserKey reader,
            String name,
            Collection<? extends Channel> channels,
            Collection<? extends Channel> ifThere,
            OpenedChannels seen) {
        String canonical = seen.user().orElseGet(() -> reserve(name));
        // Whatever becomes of the rest: no guest keeps the name.
        whenTokenUser.accept(canonical);
        if (!canonical.equals(name)) {
            return new OpenedChannels(Optional.of(canonical), seen.revocation(), Map.of());
        }
        // With the name the inbox was created.
        Map<Channel, ChannelView> all = seen.user().isPresent()
                ? withMissing(reader, channels, ifThere, seen.views())
                : opened(reader, channels, ifThere);
        return new OpenedChannels(Optional.of(canonical), seen.revocation(), all);
    }

    /** The same at the sign-in of a guest that comes back. A name that belongs to a user gets no channels. */
    public CompletionStage<OpenedChannels> openForGuest(
            Identity guest, Collection<? extends Channel> channels, Collection<? extends Channel> ifThere) {
        return views.ask(viewer(guest.key(), channels, ifThere, Optional.of(guest.name())))
                .thenCompose(seen -> seen.user().isPresent()
                        ? CompletableFuture.completedFuture(
                                new OpenedChannels(seen.user(), seen.revocation(), Map.of()))
                        : completed(
                                isMissing(channels, seen),
                                () -> new OpenedChannels(
                                        Optional.empty(),
                                        seen.revocation(),
                                        withMissing(guest.key(), channels, ifThere, seen.views()))))
                .thenApply(this::noteExisting);
    }

    private static MessageTables.Viewer viewer(
            UserKey reader,
            Collection<? extends Channel> channels,
            Collection<? extends Channel> ifThere,
            Optional<String> name) {
        Set<Channel> all = new LinkedHashSet<>(channels);
        all.addAll(ifThere);
        return new MessageTables.Viewer(reader, all, name);
    }

    /** What follows a shared query: at once on its thread, or by further statements. */
    private <T> CompletionStage<T> completed(boolean takesStatements, Supplier<T> rest) {
        return takesStatements ? read(rest) : CompletableFuture.completedFuture(rest.get());
    }

    private static boolean isMissing(Collection<? extends Channel> channels, OpenedChannels seen) {
        return !absent(channels, seen.views()).isEmpty();
    }

    private static List<? extends Channel> absent(
            Collection<? extends Channel> channels, Map<Channel, ChannelView> seen) {
        return channels.stream()
                .filter(channel -> !channel.isPrivate() && !seen.containsKey(channel))
                .distinct()
                .toList();
    }

    private Map<Channel, ChannelView> views(
            UserKey reader, Collection<? extends Channel> channels, Collection<? extends Channel> ifThere) {
        MessageTables.Viewer viewer = viewer(reader, channels, ifThere, Optional.empty());
        return database.transactions()
                .runStatements(sql -> tables.views(sql, List.of(viewer)))
                .get(0)
                .views();
    }

    private Map<Channel, ChannelView> opened(
            UserKey reader, Collection<? extends Channel> channels, Collection<? extends Channel> ifThere) {
        return withMissing(reader, channels, ifThere, views(reader, channels, ifThere));
    }

    /** The views of all channels, after those that do not exist yet were created. */
    private Map<Channel, ChannelView> withMissing(
            UserKey reader,
            Collection<? extends Channel> channels,
            Collection<? extends Channel> ifThere,
            Map<Channel, ChannelView> seen) {
        List<? extends Channel> missing = absent(channels, seen);
        if (missing.isEmpty()) {
            return seen;
        }
        database.transactions().runStatements(sql -> appendTables.create(sql, missing));
        return views(reader, channels, ifThere);
    }

    private CompletionStage<Map<Channel, ChannelView>> noted(CompletionStage<Map<Channel, ChannelView>> opened) {
        return opened.thenApply(views -> {
            noteExisting(views);
            return views;
        });
    }

    private OpenedChannels noteExisting(OpenedChannels opened) {
        noteExisting(opened.views());
        return opened;
    }

    private void noteExisting(Map<Channel, ChannelView> views) {
        views.keySet().forEach(this::noteExisting);
    }

    /**
     * Number of these channels that opening them, or storing a message in them, would create. Completed at once if this
     * node knows that all exist.
     */
    public CompletionStage<Integer> missing(Collection<? extends Channel> channels) {
        Set<Channel> unknown = channels.stream()
                .filter(channel -> !channel.isPrivate() && existing.getIfPresent(channel) == null)
                .collect(Collectors.toSet());
        if (unknown.isEmpty()) {
            return CompletableFuture.completedFuture(0);
        }
        return ask(statements(sql -> appendTables.existing(sql, unknown))).thenApply(found -> {
            found.forEach(this::noteExisting);
            return unknown.size() - found.size();
        });
    }

    private void noteExisting(Channel channel) {
        existing.put(channel, true);
    }

    /** Does not wait for queued appends. Without messages if there is no such channel. */
    @Override
    public CompletionStage<Page> after(Channel channel, Set<UserKey> readers, long seq, int limit, int maxBytes) {
        Supplier<CompletionStage<Page>> alone = () -> read(statements(sql -> {
            Page page = tables.after(sql, channel, readers, seq, limit, maxBytes);
            noteCommitted(sql, Map.of(channel, page));
            return page;
        }));
        // Each inbox has a reader of its own; what is missed in one is mostly little.
        boolean mayShare = channel.isInbox()
                && limit >= MessageTables.FEW
                && maxBytes >= MessageTables.FEW * MessageTables.FEW_BYTES;
        return mayShare
                ? missed.ask(new MessageTables.Missed(channel, readers, seq))
                        .thenCompose(few -> few.<CompletionStage<Page>>map(CompletableFuture::completedFuture)
                                .orElseGet(alone))
                : alone.get();
    }

    private List<Optional<Page>> few(Handle sql, List<MessageTables.Missed> asked) {
        List<Optional<Page>> found = tables.few(sql, asked);
        Map<Channel, Page> pages = new HashMap<>();
        for (int i = 0; i < asked.size(); i++) {
            Channel channel = asked.get(i).channel();
            found.get(i).ifPresent(page -> pages.put(channel, page));
        }
        noteCommitted(sql, pages);
        return found;
    }

    /**
     * Notes the last message that was read of each channel. A node that is the only one wrote all of them, so none
     * hides what it knows.
     */
    private void noteCommitted(Handle sql, Map<Channel, Page> pages) {
        Map<Channel, Page> news = new HashMap<>(pages);
        news.entrySet().removeIf(entry -> isKnown(entry.getKey(), entry.getValue()));
        if (news.isEmpty()) {
            return;
        }
        Optional<String> server = isOneOfMany ? Optional.of(tables.server(sql)) : Optional.empty();
        news.forEach((channel, page) -> logCheck.committedElsewhere(
                channel,
                lastOf(page),
                page.entries().get(page.entries().size() - 1).message().json(),
                server));
    }

    private boolean isKnown(Channel channel, Page page) {
        return page.entries().isEmpty() || known.has(channel, lastOf(page));
    }

    private static Position lastOf(Page page) {
        return page.head().at(page.entries().get(page.entries().size() - 1).seq());
    }

    /**
     * The messages after a position, and where the channel is; bounded as those of {@link #after}. Does not wait for
     * queued appends. Empty if there is no such channel or the reader may not read it.
     *
     * @param after empty for the state of the channel only
     */
    public CompletionStage<Optional<ChannelPage>> page(
            Channel channel, UserKey reader, Optional<Position> after, int limit, int maxBytes) {
        return read(() -> database.transactions()
                .runRetryingCollision(sql -> tables.page(sql, channel, reader, after, limit, maxBytes)));
    }

    @Override
    public boolean isUnavailable(Throwable failure) {
        return StageFailure.cause(failure) instanceof StoreUnavailable;
    }

    /** @return false if there is no such channel */
    @Override
    public CompletionStage<Boolean> renewEpoch(Channel channel) {
        return database.statements(sql -> tables.renewEpoch(sql, channel, epochs.get()));
    }

    /** Gives every channel a new epoch: rooms, inboxes and the broadcast channel. */
    public CompletionStage<?> renewEpochs() {
        return database.statements(sql -> tables.renewEpochs(sql, epochs.get()));
    }

    /**
     * The newest messages before a seq, bounded by {@code maxBytes}. Empty if the channel does not exist or the reader
     * may not read it.
     */
    public CompletionStage<Optional<HistoryPage>> history(
            Channel channel, UserKey reader, long before, int limit, int maxBytes) {
        return ask(statements(sql -> tables.history(sql, channel, reader, before, limit, maxBytes)));
    }

    /**
     * The newest messages before a seq that hold a text, of a bounded part of the channel. Empty if the channel does
     * not exist or the reader may not read it.
     */
    public CompletionStage<Optional<FoundPage>> search(
            Channel channel, UserKey reader, String text, long before, int limit, int maxBytes) {
        return ask(statements(
                sql -> searches.search(sql, channel, reader, new SearchTables.Wanted(text, before, limit, maxBytes))));
    }

    /** Moves a read mark forward, never back. Returns its seq; empty if there is no such channel. */
    public CompletionStage<Optional<Long>> mark(Channel channel, UserKey reader, long seq) {
        return ask(() -> database.transactions().runRetryingCollision(sql -> tables.mark(sql, channel, reader, seq)));
    }

    /** Unread messages of this reader in each room that it may read, by name, private rooms first. */
    public CompletionStage<Map<String, Long>> rooms(UserKey reader, int limit) {
        return ask(statements(sql -> tables.rooms(sql, reader, limit)));
    }

    /**
     * Reserves a username for users with a token. Returns its canonical spelling, which is that of the first sign-in.
     * Does not wait for queued appends.
     */
    public CompletionStage<String> rememberTokenUser(String name) {
        return database.run(() -> database.transactions()
                        .runStatements(sql -> tokenUsers.find(sql, name))
                        .orElseGet(() -> reserve(name)))
                .thenApply(canonical -> {
                    whenTokenUser.accept(canonical);
                    return canonical;
                });
    }

    /** Reserves a name that no user seems to have; returns its canonical spelling. */
    private String reserve(String name) {
        boolean isNew = database.transactions()
                .runStatements(sql -> tokenUsers.insert(sql, name, UserKey.user(name), epochs.get()));
        // Otherwise it was reserved just now, or its folded form is outdated.
        String canonical =
                isNew ? name : database.transactions().runRetryingCollision(sql -> tokenUsers.remember(sql, name));
        whenNewTokenUser.accept(canonical);
        return canonical;
    }

    /** Whether the channel exists and this reader may read it. */
    public CompletionStage<Boolean> exists(Channel channel, UserKey reader) {
        return ask(statements(sql -> tables.exists(sql, channel, reader)));
    }

    /** Deletes what exceeds the retention limits. A call while another one is running does nothing. */
    public CompletionStage<?> trim() {
        return trim(true);
    }

    /** The same for the channels that this node has stored messages in: another node trims the others. */
    public CompletionStage<?> trimGrown() {
        return trim(false);
    }

    private CompletionStage<?> trim(boolean isForAll) {
        if (!isTrimming.compareAndSet(false, true)) {
            return CompletableFuture.completedFuture(null);
        }
        return database.run(() -> {
                    retention.run(isForAll);
                    return null;
                })
                .whenComplete((done, failure) -> isTrimming.set(false));
    }

    /** The present problem of the database, for administrators; empty if there is none. */
    public Optional<String> problem() {
        return database.problem();
    }

    /** Completes when the database has shown that it would store a message. */
    public CompletionStage<?> ping() {
        return database.statements(appendTables::canWrite);
    }

    /** The liveness of the threads that append. */
    public List<ThreadLiveness> liveness() {
        return writer.liveness();
    }

    /** Runs a query after the appends that are queued now, so that it sees their rows. */
    private <T> CompletionStage<T> ask(Supplier<T> query) {
        return afterQueuedAppends(() -> read(query));
    }

    private <T> CompletionStage<T> afterQueuedAppends(Supplier<CompletionStage<T>> next) {
        CompletableFuture<Boolean> written = new CompletableFuture<>();
        if (!writer.runAfterAppends(() -> written.complete(true))) {
            return CompletableFuture.failedFuture(Database.overloaded());
        }
        return written.thenCompose(done -> next.get());
    }

    /**
     * Runs a query whose result is durable when it is given out: a reader must not get a message whose place a kill of
     * the process could give to another one.
     */
    private <T> CompletionStage<T> read(Supplier<T> query) {
        return database.run(() -> writer.durably(query));
    }

    private <T> T durably(Function<Handle, T> query) {
        return writer.durably(statements(query));
    }

    private <T> Supplier<T> statements(Function<Handle, T> work) {
        return () -> database.transactions().runStatements(work);
    }

    /** Stores the waiting messages, up to a deadline. */
    @Override
    public void close() {
        writer.close();
    }
}
