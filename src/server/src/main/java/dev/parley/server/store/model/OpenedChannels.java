package dev.parley.server.store.model;

import dev.parley.protocol.Channel;
import java.util.Map;
import java.util.Optional;

/**
 * What an identity gets at its sign-in.
 *
 * @param user canonical spelling of the name under which it signs in, if that name belongs to a user with a token
 * @param revocation the last revocation of its tokens, if there was one
 * @param views the channels that it may read, in the order in which they were asked for
 */
public record OpenedChannels(Optional<String> user, Optional<Revocation> revocation, Map<Channel, ChannelView> views) {}
