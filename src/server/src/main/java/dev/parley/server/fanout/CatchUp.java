package dev.parley.server.fanout;

import dev.parley.protocol.CloseCode;
import dev.parley.server.session.Session;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Brings readers that are behind to the head of their channel: page by page from the store, the next one when the
 * outbox has drained, and live in one step when nothing is missing any more. Confined to the fan-out's event loop.
 */
final class CatchUp {
    private static final int PAGE = 1_000;
    /** A page waits in memory for an outbox that may be slow; a thousand readers may be behind at once. */
    private static final int PAGE_BYTES = 256 * 1024;

    private static final int RETRIES_MAX = 1_024;

    private static final Logger LOG = System.getLogger(CatchUp.class.getName());

    private final EventLoop loop;
    private final Backlog backlog;
    private final Consumer<Session> toFlush;
    private final Consumer<Reader> onEvicted;
    private final Consumer<ChannelReaders> onLogWentBack;
    private final Set<Reader> toRetry = new LinkedHashSet<>();
    /** A store that is back gets questions slowly at first; doubled by each answer, one after each failure. */
    private int retriesATick = 1;

    /**
     * @param toFlush told of each session that got something
     * @param onEvicted told of each reader that turns out to have lost the right to read
     * @param onLogWentBack told of a channel of which the store knows less than this node; its readers must go
     */
    CatchUp(
            EventLoop loop,
            Backlog backlog,
            Consumer<Session> toFlush,
            Consumer<Reader> onEvicted,
            Consumer<ChannelReaders> onLogWentBack) {
        this.loop = loop;
        this.backlog = backlog;
        this.toFlush = toFlush;
        this.onEvicted = onEvicted;
        this.onLogWentBack = onLogWentBack;
    }

    /** Live at once where nothing is missing; otherwise after pages from the store. */
    void start(Reader reader) {
        if (reader.channel().hasAll(reader)) {
            reader.goneLive();
        } else {
            fetchPage(reader);
        }
    }

    /** Asks for the next page. */
    void fetchPage(Reader reader) {
        if (reader.isGone()) {
            return;
        }
        ChannelReaders.Known known = reader.channel().known(reader);
        backlog.after(reader.channel().channel(), key(reader), reader.position().seq(), PAGE, PAGE_BYTES)
                .whenComplete((page, failure) -> loop.execute(() -> {
                    if (reader.isGone()) {
                        return;
                    }
                    if (failure != null) {
                        failed(reader, failure);
                    } else {
                        retriesATick = Math.min(2 * retriesATick, RETRIES_MAX);
                        apply(reader, page, known);
                    }
                }));
    }

    private void failed(Reader reader, Throwable failure) {
        if (Backlog.BacklogUnavailable.isReasonOf(failure)) {
            retriesATick = 1;
            toRetry.add(reader);
        } else {
            LOG.log(Level.ERROR, "A bug while reading " + reader.channel().channel(), failure);
            reader.session().closeNow(CloseCode.INTERNAL_ERROR);
        }
    }

    /**
     * Somebody lost the right to read: whoever was let in before must show it again. One question for all of them,
     * because a thousand pages at once would keep everybody else from the store.
     */
    void aclChanged(ChannelReaders channel, long aclVersion) {
        List<Reader> toRecheck = channel.aclChanged(aclVersion).stream()
                .filter(reader -> !reader.isBehind())
                .toList();
        toRecheck.forEach(Reader::needsRecheck);
        recheck(channel, toRecheck);
    }

    private void recheck(ChannelReaders channel, List<Reader> toRecheck) {
        if (toRecheck.isEmpty()) {
            return;
        }
        Set<String> keys = toRecheck.stream().map(CatchUp::key).collect(Collectors.toSet());
        long known = channel.aclVersion();
        backlog.authorized(channel.channel(), keys)
                .whenComplete((found, failure) -> loop.execute(() -> {
                    List<Reader> present = toRecheck.stream()
                            .filter(reader -> !reader.isGone())
                            .toList();
                    if (failure != null) {
                        present.forEach(reader -> failed(reader, failure));
                        return;
                    }
                    for (Reader reader : present) {
                        if (found.readers().contains(key(reader))) {
                            reader.authorized(found.aclVersion());
                        } else {
                            onEvicted.accept(reader);
                        }
                    }
                    if (found.aclVersion() < known && !present.stream().allMatch(Reader::isGone)) {
                        onLogWentBack.accept(channel);
                        return;
                    }
                    aclChanged(channel, found.aclVersion());
                    // Somebody else may have lost it meanwhile.
                    recheck(
                            channel,
                            present.stream()
                                    .filter(reader -> !reader.isGone() && !reader.isAuthorized())
                                    .toList());
                    present.stream()
                            .filter(reader -> !reader.isGone() && reader.isAuthorized())
                            .forEach(this::start);
                }));
    }

    private static String key(Reader reader) {
        return reader.session().signedInAs().key();
    }

    /** Asks again for readers whose page could not be read. */
    void tick() {
        toRetry.removeIf(Reader::isGone);
        Set<Reader> now = new LinkedHashSet<>();
        toRetry.stream().limit(retriesATick).forEach(now::add);
        toRetry.removeAll(now);
        now.forEach(this::fetchPage);
    }

    /** @param known when the page was asked for */
    private void apply(Reader reader, Backlog.Page page, ChannelReaders.Known known) {
        ChannelReaders readers = reader.channel();
        if (!page.mayRead()) {
            onEvicted.accept(reader);
            return;
        }
        if (page.head() < known.head() || page.aclVersion() < known.aclVersion()) {
            // Both only grow. Asking again would give the same, without end.
            onLogWentBack.accept(readers);
            return;
        }
        reader.authorized(page.aclVersion());
        aclChanged(readers, page.aclVersion());
        readers.headSeen(page.head());
        boolean isGone = page.entries().isEmpty()
                ? page.head() > reader.position().seq()
                : page.entries().get(0).seq() > reader.position().seq() + 1;
        if (isGone) {
            // Trimmed while this reader was behind. It comes back with its position and is told recovered: false.
            reader.session().closeNow(CloseCode.SLOW_CONSUMER);
            return;
        }
        for (Backlog.Entry entry : page.entries()) {
            // A page may be longer than the outbox has room for; the rest is read again when this has left.
            if (!reader.session().hasRoom(entry.message().bytes())) {
                break;
            }
            if (reader.paged(entry.seq(), entry.message())) {
                toFlush.accept(reader.session());
            }
        }
        if (readers.hasAll(reader)) {
            reader.goneLive();
        } else {
            reader.session().whenDrained(() -> loop.execute(() -> fetchPage(reader)));
        }
    }
}
