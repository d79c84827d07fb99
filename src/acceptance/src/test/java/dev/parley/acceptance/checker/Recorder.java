package dev.parley.acceptance.checker;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Collects the history. Any thread may call it; each client records its own events in order. */
public final class Recorder {
    private final List<Event> events = new ArrayList<>();
    private final Map<Message, Message> messages = new HashMap<>();

    public synchronized void record(Event event) {
        events.add(event);
    }

    /**
     * The first equal instance of the message, so that the heap holds each message once, however many clients receive
     * it.
     */
    public synchronized Message same(Message message) {
        return messages.computeIfAbsent(message, first -> first);
    }

    /** The events recorded so far. */
    public synchronized List<Event> history() {
        return List.copyOf(events);
    }
}
