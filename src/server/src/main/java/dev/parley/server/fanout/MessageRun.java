package dev.parley.server.fanout;

import dev.parley.server.session.Encoded;
import dev.parley.server.session.Framing;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Messages of one channel whose seqs follow each other. Readers at the same place share one batch. Confined to the
 * fan-out's event loop.
 */
final class MessageRun {
    static final MessageRun EMPTY = new MessageRun(List.of());

    private final List<Backlog.Entry> entries;
    /** The batches that were asked for, by the seq of their first message. */
    private final Map<Long, Encoded.Batch> batches = new HashMap<>();

    private MessageRun(List<Backlog.Entry> entries) {
        this.entries = entries;
    }

    /** @param entries in seq order, without gaps */
    static MessageRun of(List<Backlog.Entry> entries) {
        return new MessageRun(List.copyOf(entries));
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    List<Backlog.Entry> entries() {
        return entries;
    }

    /** Seq of the first message. */
    long first() {
        return entries.get(0).seq();
    }

    /** Seq of the last message. */
    long last() {
        return entries.get(entries.size() - 1).seq();
    }

    boolean covers(long seq) {
        return !isEmpty() && seq >= first() && seq <= last();
    }

    /** The messages from a covered seq on, as many as one frame takes. */
    Encoded.Batch from(long seq) {
        return batches.computeIfAbsent(seq, first -> Encoded.Batch.of(frame(first)));
    }

    private List<Encoded> frame(long seq) {
        List<Encoded> frame = new ArrayList<>();
        long bytes = 0;
        for (Backlog.Entry entry : entries.subList((int) (seq - first()), entries.size())) {
            bytes += entry.message().bytes();
            if (!frame.isEmpty() && (bytes > Framing.LENGTH_MAX || frame.size() == Framing.MESSAGES_MAX)) {
                break;
            }
            frame.add(entry.message());
        }
        return frame;
    }
}
