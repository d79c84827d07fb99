package dev.parley.server.store.model;

import java.util.Set;

/**
 * Who of those asked about may read a channel.
 *
 * @param readers keys of identities
 * @param aclVersion under which they may; see {@link Access}
 */
public record AuthorizedReaders(Set<String> readers, long aclVersion) {}
