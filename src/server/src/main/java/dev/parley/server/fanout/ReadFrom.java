package dev.parley.server.fanout;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;

/**
 * Where a session begins to read a channel.
 *
 * @param position what follows has a greater seq
 * @param recovered whether this is the position that the client asked for
 * @param unread for the client's badge
 * @param aclVersion under which it has the right to read it
 */
public record ReadFrom(Channel channel, Position position, boolean recovered, long unread, long aclVersion) {}
