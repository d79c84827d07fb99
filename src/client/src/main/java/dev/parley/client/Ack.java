package dev.parley.client;

import dev.parley.protocol.Channel;

/**
 * The server's answer to a stored message: it is committed in this channel with this seq. A message that was sent again
 * gets its first answer again.
 *
 * @param id the id of the message, random or the application's; its readers see the same
 * @param channel the room, the broadcast channel or {@link Channel.Inbox#OWN}, which is the sender's own inbox for a
 *     message to a user and that user's inbox for a notification
 * @param seq number of the message in this channel
 * @param sentAt time of the commit, ISO 8601 in UTC
 */
public record Ack(String id, Channel channel, long seq, String sentAt) {}
