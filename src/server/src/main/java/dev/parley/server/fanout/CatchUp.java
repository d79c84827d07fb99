package dev.parley.server.fanout;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.UserKey;
import dev.parley.server.session.Session;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Brings readers that are behind to the head of their channel. It reads page by page from the store, the next page when
 * the outbox has drained. A reader becomes live in one step when it has everything. Confined to the fan-out's event
 * loop.
 */
final class CatchUp {
    private static final int PAGE = 1_000;
    /**
     * Bound of a page: it waits in memory for an outbox that may be slow, and a thousand readers may be behind at once.
     */
    private static final int PAGE_BYTES = 256 * 1024;

    private static final int RETRIES_MAX = 1_024;

    private static final Logger LOG = System.getLogger(CatchUp.class.getName());

    private final EventLoop loop;
    private final Backlog backlog;
    private final Consumer<Session> toFlush;
    private final Consumer<Reader> onEvicted;
    private final Consumer<ChannelReaders> onLogWentBack;
    private final Set<Reader> toRetry = new LinkedHashSet<>();
    /**
     * Retries per tick. A store that has recovered gets few queries at first: the number doubles with each answer and
     * is 1 again after each failure.
     */
    private int retriesATick = 1;

    /**
     * @param toFlush called with each session that was offered a message
     * @param onEvicted called with each reader that has lost the right to read
     * @param onLogWentBack called with a channel whose head or access list is older in the store than on this node; its
     *     readers must be disconnected
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

    /** Makes a reader live at once if it has everything; otherwise after pages from the store. */
    void start(Reader reader) {
        if (reader.channel().hasAll(reader)) {
            reader.goneLive();
        } else {
            fetchPage(reader);
        }
    }

    /** Requests the next page of a reader. */
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
        if (backlog.isUnavailable(failure)) {
            retriesATick = 1;
            toRetry.add(reader);
        } else {
            LOG.log(Level.ERROR, "A bug while reading " + reader.channel().channel(), failure);
            reader.session().closeNow(CloseCode.INTERNAL_ERROR);
        }
    }

    /**
     * Rechecks the readers of a channel after an identity lost the right to read it. One query for all of them, because
     * a thousand pages at once would block the store for everybody else.
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
        Set<UserKey> keys = toRecheck.stream().map(CatchUp::key).collect(Collectors.toSet());
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
                    // Another identity may have lost the right meanwhile.
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

    private static UserKey key(Reader reader) {
        return reader.session().signedInAs().key();
    }

    /** Retries the pages that could not be read. */
    void tick() {
        toRetry.removeIf(Reader::isGone);
        Set<Reader> now = new LinkedHashSet<>();
        toRetry.stream().limit(retriesATick).forEach(now::add);
        toRetry.removeAll(now);
        now.forEach(this::fetchPage);
    }

    /** @param known what this node knew of the channel when it requested the page */
    private void apply(Reader reader, Backlog.Page page, ChannelReaders.Known known) {
        ChannelReaders readers = reader.channel();
        if (!page.mayRead()) {
            onEvicted.accept(reader);
            return;
        }
        if (page.head() < known.head() || page.aclVersion() < known.aclVersion()) {
            // Both only grow. A retry would return the same, endlessly.
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
            // A slow consumer: what it lacks was trimmed. It reconnects with its position and gets recovered: false.
            reader.session().closeNow(CloseCode.SLOW_CONSUMER);
            return;
        }
        for (Backlog.Entry entry : page.entries()) {
            // A page may exceed the room in the outbox; the rest is read again when the outbox has drained.
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
