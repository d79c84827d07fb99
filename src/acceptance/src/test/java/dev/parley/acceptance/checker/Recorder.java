package dev.parley.acceptance.checker;

import java.util.ArrayList;
import java.util.List;

/** Collects a history. Any thread; a client leaves its own events in their order. */
public final class Recorder {
    private final List<Event> events = new ArrayList<>();

    public synchronized void record(Event event) {
        events.add(event);
    }

    /** What was recorded so far. */
    public synchronized List<Event> history() {
        return List.copyOf(events);
    }
}
