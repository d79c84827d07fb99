package dev.parley.server.store;

import java.util.Set;

/**
 * Who of those asked about may read a channel.
 *
 * @param readers keys of identities
 * @param revision under which they may; see {@link Access}
 */
public record Entitled(Set<String> readers, long revision) {}
