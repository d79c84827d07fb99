package dev.parley.server.fanout;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The query for a page that a channel has under way, one at a time, and those who wait for the next one. However many
 * readers fall behind together, they share its answer. Confined to the fan-out's event loop.
 */
final class SharedFetch {
    /** Whether a query is under way, or the next one waits for the end of a pause or of an outage. */
    private boolean isBusy;

    private Set<Reader> waiting = Set.of();
    /** Whether the live readers wait too, because a message did not come. */
    private boolean isGapDue;

    private boolean isGapWatched;
    private long notBefore = Long.MIN_VALUE;

    void await(Reader reader) {
        if (waiting.isEmpty()) {
            waiting = new LinkedHashSet<>(2);
        }
        waiting.add(reader);
    }

    void gapDue() {
        isGapDue = true;
    }

    /** Whether somebody waits, and no query is under way or decided. */
    boolean mayAsk() {
        return !isBusy && (isGapDue || !waiting.isEmpty());
    }

    /** Nanoseconds until it may ask; 0 or less if it may now. */
    long pause(long now) {
        return notBefore == Long.MIN_VALUE ? 0 : notBefore - now;
    }

    void pauseUntil(long nanoTime) {
        notBefore = nanoTime;
    }

    void busy() {
        isBusy = true;
    }

    /** The pause is over, or the query is answered. */
    void idle() {
        isBusy = false;
    }

    /** Takes the readers that wait and are still there. */
    List<Reader> takeWaiting() {
        List<Reader> taken = new ArrayList<>(waiting);
        taken.removeIf(Reader::isGone);
        waiting = Set.of();
        return taken;
    }

    /** Whether a gap was due; from now on it is not. */
    boolean takeGap() {
        boolean was = isGapDue;
        isGapDue = false;
        return was;
    }

    /** Begins to watch a gap; false if it is watched already. */
    boolean watchGap() {
        boolean begins = !isGapWatched;
        isGapWatched = true;
        return begins;
    }

    void gapWatched() {
        isGapWatched = false;
    }
}
