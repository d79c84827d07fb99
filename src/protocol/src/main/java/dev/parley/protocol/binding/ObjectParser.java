package dev.parley.protocol.binding;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import jakarta.json.stream.JsonLocation;
import jakarta.json.stream.JsonParser;
import java.math.BigDecimal;

/**
 * The platform's parser over an object, with {@link #getObject}, which Parsson's lacks. JSON Binding calls it for the
 * root of every polymorphic type.
 */
final class ObjectParser implements JsonParser {
    private final JsonObject root;
    private final JsonParser events;

    /** Events so far; after the first one, the root has begun. */
    private int eventCount;

    /** @param events a parser over {@code root}, before its first event */
    ObjectParser(JsonObject root, JsonParser events) {
        this.root = root;
        this.events = events;
    }

    @Override
    public boolean hasNext() {
        return events.hasNext();
    }

    @Override
    public Event next() {
        eventCount++;
        return events.next();
    }

    @Override
    public JsonObject getObject() {
        if (eventCount != 1) {
            return events.getObject();
        }
        skipObject();
        return root;
    }

    @Override
    public JsonValue getValue() {
        return eventCount == 1 ? getObject() : events.getValue();
    }

    @Override
    public void skipObject() {
        eventCount++;
        events.skipObject();
    }

    @Override
    public void skipArray() {
        events.skipArray();
    }

    @Override
    public String getString() {
        return events.getString();
    }

    @Override
    public boolean isIntegralNumber() {
        return events.isIntegralNumber();
    }

    @Override
    public int getInt() {
        return events.getInt();
    }

    @Override
    public long getLong() {
        return events.getLong();
    }

    @Override
    public BigDecimal getBigDecimal() {
        return events.getBigDecimal();
    }

    @Override
    public JsonLocation getLocation() {
        return events.getLocation();
    }

    @Override
    public void close() {
        events.close();
    }
}
