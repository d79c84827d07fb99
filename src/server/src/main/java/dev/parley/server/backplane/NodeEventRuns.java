package dev.parley.server.backplane;

import java.util.ArrayList;
import java.util.List;

/** Puts stored messages that follow each other together, so that they share one text. Pure functions. */
final class NodeEventRuns {
    /** Bounds of one text. */
    private static final int MESSAGES_MAX = 100;

    private static final int BYTES_MAX = 128 * 1024;

    private NodeEventRuns() {}

    /**
     * The same events in the same order within each channel. Each run has one event, or several stored messages of one
     * channel.
     */
    static List<List<NodeEvent>> of(List<NodeEvent> events) {
        List<List<NodeEvent>> runs = new ArrayList<>();
        List<NodeEvent> run = new ArrayList<>();
        int bytes = 0;
        for (NodeEvent event : events) {
            int more =
                    event instanceof NodeEvent.Stored stored ? stored.message().bytes() : 0;
            boolean fits = run.size() < MESSAGES_MAX && bytes + more <= BYTES_MAX;
            if (!run.isEmpty() && !(fits && follows(run.get(run.size() - 1), event))) {
                runs.add(run);
                run = new ArrayList<>();
                bytes = 0;
            }
            run.add(event);
            bytes += more;
        }
        if (!run.isEmpty()) {
            runs.add(run);
        }
        return runs;
    }

    private static boolean follows(NodeEvent before, NodeEvent after) {
        return before instanceof NodeEvent.Stored first
                && after instanceof NodeEvent.Stored next
                && next.channel().equals(first.channel())
                && next.position().equals(first.position().at(first.seq() + 1))
                && next.aclVersion() == first.aclVersion()
                && next.server().equals(first.server());
    }

    /** The stored messages of a run of several. */
    static List<NodeEvent.Stored> stored(List<NodeEvent> run) {
        return run.stream().map(NodeEvent.Stored.class::cast).toList();
    }
}
