package dev.parley.server.fanout;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.UserKey;
import dev.parley.server.session.Session;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Brings readers that are behind to the head of their channel, and fills gaps for those that are live. It takes recent
 * messages from memory and others from the store, page by page, the next page when the outbox has drained. All readers
 * of a channel that wait share one query. A reader becomes live in one step when it has everything. Confined to the
 * fan-out's event loop.
 */
final class CatchUp {
    private static final int PAGE = 1_000;
    /**
     * Bound of a page: it waits in memory for an outbox that may be slow, and a thousand readers may be behind at once.
     */
    private static final int PAGE_BYTES = 256 * 1024;

    /** How long a message may be late before it is read from the store. */
    private static final long REORDER_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /** Pause after a query that many waited for: those that come meanwhile share the next one. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private static final int RETRIES_MAX = 1_024;

    private static final Logger LOG = System.getLogger(CatchUp.class.getName());

    private final EventLoop loop;
    private final Backlog backlog;
    private final Listener listener;
    private final Set<ChannelReaders> toRetry = new LinkedHashSet<>();
    /**
     * Retries per tick. A store that has recovered gets few queries at first: the number doubles with each answer and
     * is 1 again after each failure.
     */
    private int retriesATick = 1;

    /**
     * What the fan-out does with what is found.
     *
     * @param offered called with each session that was offered a message
     * @param inOrder called with messages of a channel that are in order now, for its live readers
     * @param evicted called with each reader that has lost the right to read
     * @param logWentBack called with a channel whose head or access list is older in the store than on this node; its
     *     readers must be disconnected
     * @param epochRenewed called with a channel that has another epoch in the store; its readers must be disconnected
     */
    record Listener(
            Consumer<Session> offered,
            BiConsumer<ChannelReaders, List<Backlog.Entry>> inOrder,
            Consumer<Reader> evicted,
            Consumer<ChannelReaders> logWentBack,
            Consumer<ChannelReaders> epochRenewed) {}

    CatchUp(EventLoop loop, Backlog backlog, Listener listener) {
        this.loop = loop;
        this.backlog = backlog;
        this.listener = listener;
    }

    /** Makes a reader live at once if it has everything; otherwise after what it misses. */
    void start(Reader reader) {
        if (reader.isGone()) {
            return;
        }
        ChannelReaders channel = reader.channel();
        if (channel.hasAll(reader)) {
            reader.goneLive();
        } else if (reader.isAuthorized() && channel.recent().covers(reader.next())) {
            take(reader, channel.recent().run());
        } else {
            channel.fetch().await(reader);
            request(channel);
        }
    }

    /** Offers a reader what its outbox has room for. It goes on when the outbox has drained. */
    private void take(Reader reader, MessageRun run) {
        if (reader.paged(run)) {
            listener.offered().accept(reader.session());
        }
        if (reader.channel().hasAll(reader)) {
            reader.goneLive();
        } else {
            reader.session().whenDrained(() -> loop.execute(() -> start(reader)));
        }
    }

    /**
     * Rechecks the readers of a channel after an identity lost the right to read it, before they get anything more. One
     * query for all of them.
     */
    void aclChanged(ChannelReaders channel, long aclVersion) {
        channel.aclChanged(aclVersion).stream().filter(Reader::isLive).forEach(this::fallBehind);
    }

    private void fallBehind(Reader reader) {
        reader.fellBehind();
        start(reader);
    }

    /** Waits for the messages that a channel lacks, a short time, and then reads them for all its live readers. */
    void watchGap(ChannelReaders channel) {
        if (channel.window().hasGap() && channel.fetch().watchGap()) {
            loop.schedule(REORDER_NANOS, () -> {
                channel.fetch().gapWatched();
                if (channel.window().hasGap()) {
                    channel.fetch().gapDue();
                    request(channel);
                }
            });
        }
    }

    /**
     * Asks the store for what is waited for: after a pause if there must be one, otherwise after the tasks that wait
     * now, because more readers may be among them.
     */
    private void request(ChannelReaders channel) {
        SharedFetch fetch = channel.fetch();
        if (!fetch.mayAsk()) {
            return;
        }
        fetch.busy();
        long pause = fetch.pause(loop.now());
        if (pause > 0) {
            loop.schedule(pause, () -> ask(channel));
        } else {
            loop.execute(() -> ask(channel));
        }
    }

    /**
     * A page that was asked for.
     *
     * @param readers those who wait for it; some may need other messages
     * @param next seq of the first message that it may have
     * @param gapUpTo seq of the last message that the live readers wait for; {@link Asked#NO_GAP} if they do not
     * @param toCheck keys of the readers whose right is to be rechecked
     * @param known what this node knew of the channel when it asked
     */
    private record Asked(
            ChannelReaders channel,
            List<Reader> readers,
            long next,
            long gapUpTo,
            Set<UserKey> toCheck,
            ChannelReaders.Known known) {
        static final long NO_GAP = 0;

        boolean isForGap() {
            return gapUpTo != NO_GAP;
        }
    }

    private void ask(ChannelReaders channel) {
        channel.fetch().idle();
        if (channel.isEmpty()) {
            return;
        }
        List<Reader> readers = channel.fetch().takeWaiting();
        boolean isForGap = channel.fetch().takeGap() && channel.window().hasGap();
        if (readers.isEmpty() && !isForGap) {
            return;
        }
        // Live readers first, then who has waited longest: nobody waits for another one's long way.
        long next = isForGap ? channel.window().next() : readers.get(0).next();
        long farthest = readers.stream().mapToLong(Reader::next).max().orElse(0);
        Asked asked = new Asked(
                channel,
                readers,
                next,
                isForGap ? channel.window().gapEnd() : Asked.NO_GAP,
                readers.stream()
                        .filter(reader -> !reader.isAuthorized())
                        .map(Reader::key)
                        .collect(Collectors.toSet()),
                channel.known(farthest - 1));
        channel.fetch().busy();
        backlog.after(channel.channel(), asked.toCheck(), next - 1, PAGE, PAGE_BYTES)
                .whenComplete((page, failure) -> loop.execute(() -> {
                    channel.fetch().idle();
                    if (failure != null) {
                        failed(asked, failure);
                    } else {
                        retriesATick = Math.min(2 * retriesATick, RETRIES_MAX);
                        answered(asked, page);
                    }
                    request(channel);
                }));
    }

    private void failed(Asked asked, Throwable failure) {
        ChannelReaders channel = asked.channel();
        if (backlog.isUnavailable(failure)) {
            retriesATick = 1;
            asked.readers().forEach(channel.fetch()::await);
            if (asked.isForGap()) {
                channel.fetch().gapDue();
            }
            channel.fetch().busy();
            toRetry.add(channel);
            return;
        }
        LOG.log(Level.ERROR, "A bug while reading " + channel.channel(), failure);
        asked.readers().forEach(reader -> reader.session().closeNow(CloseCode.INTERNAL_ERROR));
        if (asked.isForGap()) {
            channel.all().stream().filter(Reader::isLive).forEach(reader -> reader.session()
                    .closeNow(CloseCode.INTERNAL_ERROR));
        }
    }

    /** Retries the queries that failed. */
    void tick() {
        toRetry.removeIf(ChannelReaders::isEmpty);
        List<ChannelReaders> now = toRetry.stream().limit(retriesATick).toList();
        now.forEach(toRetry::remove);
        now.forEach(this::ask);
    }

    private void answered(Asked asked, Backlog.Page page) {
        ChannelReaders channel = asked.channel();
        if (page.isForbidden()) {
            List.copyOf(channel.all()).forEach(listener.evicted());
            return;
        }
        if (!channel.isSameLog(page.head())) {
            listener.epochRenewed().accept(channel);
            return;
        }
        recheck(asked, page);
        List<Reader> present =
                asked.readers().stream().filter(reader -> !reader.isGone()).toList();
        if (channel.isEmpty() || (present.isEmpty() && !asked.isForGap())) {
            return;
        }
        if (page.head().seq() < asked.known().head()
                || page.aclVersion() < asked.known().aclVersion()) {
            // Both only grow. A retry would return the same, endlessly.
            listener.logWentBack().accept(channel);
            return;
        }
        if (present.size() > 1 || asked.isForGap()) {
            channel.fetch().pauseUntil(loop.now() + PAUSE_NANOS);
        }
        aclChanged(channel, page.aclVersion());
        MessageRun run = MessageRun.of(page.entries());
        if (asked.isForGap()) {
            fill(asked, page, run);
        }
        channel.window().headSeen(page.head().seq());
        watchGap(channel);
        // When a crowd comes back, the next ones lack the same.
        channel.recent().addBefore(run.entries(), channel.window().next());
        present.forEach(reader -> apply(reader, asked, page, run));
    }

    private void recheck(Asked asked, Backlog.Page page) {
        for (Reader reader : asked.readers()) {
            if (reader.isGone() || !asked.toCheck().contains(reader.key())) {
                continue;
            }
            if (page.authorized().contains(reader.key())) {
                reader.authorized(page.aclVersion());
            } else {
                listener.evicted().accept(reader);
            }
        }
    }

    /** Gives the live readers what they lacked. If it is too much for one page, each gets it as its outbox drains. */
    private void fill(Asked asked, Backlog.Page page, MessageRun run) {
        ChannelReaders channel = asked.channel();
        ReorderWindow window = channel.window();
        listener.inOrder().accept(channel, window.filled(run.entries()));
        if (window.next() > asked.gapUpTo()) {
            return;
        }
        window.skipTo(page.head().seq());
        listener.inOrder().accept(channel, window.takeHeld());
        List<Reader> live = channel.all().stream().filter(Reader::isLive).toList();
        live.forEach(this::fallBehind);
    }

    private void apply(Reader reader, Asked asked, Backlog.Page page, MessageRun run) {
        if (!reader.isAuthorized() || reader.next() < asked.next()) {
            // Another identity has lost the right meanwhile, or it needs earlier messages.
            start(reader);
            return;
        }
        long first = run.isEmpty() ? page.head().seq() + 1 : run.first();
        if (reader.next() < first) {
            // A slow consumer: what it lacks was trimmed. It reconnects with its position and gets recovered: false.
            reader.session().closeNow(CloseCode.SLOW_CONSUMER);
            return;
        }
        take(reader, run);
    }
}
