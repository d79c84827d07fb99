package dev.parley.server.store.model;

import java.util.Set;

/**
 * The identities that may read a channel, out of those that were asked for.
 *
 * @param readers keys of identities
 * @param aclVersion version of the access list for which this is true; see {@link Access}
 */
public record AuthorizedReaders(Set<String> readers, long aclVersion) {}
