package dev.parley.server.fanout;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;

/**
 * Where a session begins to read a channel.
 *
 * @param position the messages that follow have a greater seq
 * @param recovered whether it is the position that the client asked for
 * @param head seq of the channel's newest message when it was looked up
 * @param unread number of unread messages, for the client's badge
 * @param aclVersion version of the access list under which it has the right to read
 * @param asOf the monotonic clock when the look-up began, in nanoseconds
 */
public record ReadFrom(
        Channel channel, Position position, boolean recovered, long head, long unread, long aclVersion, long asOf) {}
