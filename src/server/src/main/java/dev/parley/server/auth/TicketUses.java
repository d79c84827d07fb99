package dev.parley.server.auth;

import java.time.Instant;

/** Remembers which tickets were used. Any thread. */
public interface TicketUses {
    /** What became of a use. */
    enum Use {
        /** The ticket was not used before. */
        FIRST,
        USED_BEFORE,
        /** The holder's tokens were revoked after it was issued. Not every implementation looks for this. */
        REVOKED,
        TOO_MANY,
        /** Nobody knows at the moment. */
        UNKNOWN
    }

    /**
     * Uses a ticket: of several uses of one ticket, one is the first. May wait for the database, for a short time.
     *
     * @param expires when the ticket expires, by the clock of the node that gave it
     * @param holder identity that it stands for
     */
    Use use(String id, Instant expires, Identity holder);
}
