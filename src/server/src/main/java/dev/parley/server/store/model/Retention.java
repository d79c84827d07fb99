package dev.parley.server.store.model;

import dev.parley.protocol.Channel;
import java.time.Duration;

/**
 * Retention limits of channels.
 *
 * @param rooms limits of rooms and of the broadcast channel
 * @param dedupeAge how long the id of a message is remembered, to find duplicates
 */
public record Retention(Kind rooms, Kind inboxes, Duration dedupeAge) {
    public Kind of(Channel channel) {
        return channel.isInbox() ? inboxes : rooms;
    }

    /**
     * The limits of one kind of channel. A message is deleted when it exceeds either.
     *
     * @param count the most messages that a channel keeps
     */
    public record Kind(int count, Duration age) {}
}
