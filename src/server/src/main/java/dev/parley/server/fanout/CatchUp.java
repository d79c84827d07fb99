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
 * outbox has drained, and live in one step when nothing is missing any more. Owned by the fan-out's thread.
 */
final class CatchUp {
    private static final int PAGE = 1_000;
    /** A page waits in memory for an outbox that may be slow; a thousand readers may be behind at once. */
    private static final int PAGE_BYTES = 256 * 1024;

    private static final int RETRIES_MAX = 1_024;

    private static final Logger LOG = System.getLogger(CatchUp.class.getName());

    private final FanOutLoop loop;
    private final Backlog backlog;
    private final Consumer<Session> toFlush;
    private final Consumer<Reader> barred;
    private final Consumer<ChannelReaders> wentBack;
    private final Set<Reader> toRetry = new LinkedHashSet<>();
    /** A store that is back gets questions slowly at first; doubled by each answer, one after each failure. */
    private int retriesATick = 1;

    /**
     * @param toFlush told of each session that got something
     * @param barred told of each reader that turns out to have lost the right to read
     * @param wentBack told of a channel of which the store knows less than this node; its readers must go
     */
    CatchUp(
            FanOutLoop loop,
            Backlog backlog,
            Consumer<Session> toFlush,
            Consumer<Reader> barred,
            Consumer<ChannelReaders> wentBack) {
        this.loop = loop;
        this.backlog = backlog;
        this.toFlush = toFlush;
        this.barred = barred;
        this.wentBack = wentBack;
    }

    /** Live at once where nothing is missing; otherwise after pages from the store. */
    void begin(Reader reader) {
        if (reader.channel().hasAll(reader)) {
            reader.goneLive();
        } else {
            readOn(reader);
        }
    }

    /** Asks for the next page. */
    void readOn(Reader reader) {
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
                        take(reader, page, known);
                    }
                }));
    }

    private void failed(Reader reader, Throwable failure) {
        if (Backlog.Away.isReasonOf(failure)) {
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
    void revised(ChannelReaders channel, long revision) {
        List<Reader> doubted = channel.revised(revision).stream()
                .filter(reader -> !reader.isBehind())
                .toList();
        doubted.forEach(Reader::doubted);
        askForRight(channel, doubted);
    }

    private void askForRight(ChannelReaders channel, List<Reader> doubted) {
        if (doubted.isEmpty()) {
            return;
        }
        Set<String> keys = doubted.stream().map(CatchUp::key).collect(Collectors.toSet());
        long known = channel.revision();
        backlog.entitled(channel.channel(), keys)
                .whenComplete((found, failure) -> loop.execute(() -> {
                    List<Reader> present =
                            doubted.stream().filter(reader -> !reader.isGone()).toList();
                    if (failure != null) {
                        present.forEach(reader -> failed(reader, failure));
                        return;
                    }
                    for (Reader reader : present) {
                        if (found.readers().contains(key(reader))) {
                            reader.entitled(found.revision());
                        } else {
                            barred.accept(reader);
                        }
                    }
                    if (found.revision() < known && !present.stream().allMatch(Reader::isGone)) {
                        wentBack.accept(channel);
                        return;
                    }
                    revised(channel, found.revision());
                    // Somebody else may have lost it meanwhile.
                    askForRight(
                            channel,
                            present.stream()
                                    .filter(reader -> !reader.isGone() && !reader.isEntitled())
                                    .toList());
                    present.stream()
                            .filter(reader -> !reader.isGone() && reader.isEntitled())
                            .forEach(this::begin);
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
        now.forEach(this::readOn);
    }

    /** @param known when the page was asked for */
    private void take(Reader reader, Backlog.Page page, ChannelReaders.Known known) {
        ChannelReaders readers = reader.channel();
        if (!page.mayRead()) {
            barred.accept(reader);
            return;
        }
        if (page.head() < known.head() || page.revision() < known.revision()) {
            // Both only grow. Asking again would give the same, without end.
            wentBack.accept(readers);
            return;
        }
        reader.entitled(page.revision());
        revised(readers, page.revision());
        readers.seen(page.head());
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
            reader.session().whenDrained(() -> loop.execute(() -> readOn(reader)));
        }
    }
}
