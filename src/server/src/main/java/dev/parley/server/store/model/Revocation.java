package dev.parley.server.store.model;

import java.time.Instant;

/**
 * The last revocation of a user's tokens.
 *
 * @param number given by the database: each revocation has a higher one than all before it, of any user. Sessions and
 *     tickets hold the number of the revocation that they came after
 * @param at the clock of the database, for tokens, which hold nothing but their {@code iat}
 */
public record Revocation(long number, Instant at) {}
