package dev.parley.server.store.model;

import dev.parley.protocol.Channel;
import java.time.Duration;

/**
 * How long what is kept.
 *
 * @param rooms for rooms and the broadcast
 * @param dedupeAge how long the id of a message keeps a second one of the same id out
 */
public record Retention(Kind rooms, Kind inboxes, Duration dedupeAge) {
    public Kind of(Channel channel) {
        return channel.isInbox() ? inboxes : rooms;
    }

    /**
     * A message goes when either says so.
     *
     * @param count messages that a channel keeps at most
     */
    public record Kind(int count, Duration age) {}
}
