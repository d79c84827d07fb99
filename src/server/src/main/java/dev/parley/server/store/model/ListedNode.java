package dev.parley.server.store.model;

import java.time.Instant;

/**
 * A node with a lease, as the database lists it.
 *
 * @param id random, another one at each start
 * @param name for people
 * @param version of Parley
 * @param backplane how it hears of others: {@code local} or {@code redis}
 * @param startedAt by the clock of the database
 * @param seenAt when it made its report, by the clock of the database
 */
public record ListedNode(
        String id,
        String name,
        String version,
        String backplane,
        Instant startedAt,
        Instant seenAt,
        NodeReport report) {}
