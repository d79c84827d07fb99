package dev.parley.acceptance.checker;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Collects a history. Any thread; a client leaves its own events in their order. */
public final class Recorder {
    private final List<Event> events = new ArrayList<>();
    private final Map<Message, Message> messages = new HashMap<>();

    public synchronized void record(Event event) {
        events.add(event);
    }

    /** The same message, held once however many receive it: a long history of long messages fits into the heap. */
    public synchronized Message same(Message message) {
        return messages.computeIfAbsent(message, first -> first);
    }

    /** What was recorded so far. */
    public synchronized List<Event> history() {
        return List.copyOf(events);
    }
}
